/* The console with a capability, and who this is. */
#include <stdbool.h>
#include <string.h>
#include <whorl/console.h>
#include <whorl/domain.h>
#include <whorl/identity.h>

#include "tests/system/programs/check.h"

status_t domain_init(void)
{
    console_t *console = console_open(), *other = console_open();
    identity_t *self = identity_self();
    char text[30];

    EXPECT_TRUE(console != NULL && other != NULL && console != other);
    EXPECT(OK, console_write(console, "name? "));
    EXPECT(ERR_BAD_ARGUMENT, console_read(console, text, 0));
    EXPECT(OK, console_read(console, text, sizeof text));
    EXPECT(OK, console_write(other, "hello, "));
    EXPECT(OK, console_write(other, text));
    EXPECT(OK, console_write(other, "\n"));
    EXPECT(OK, console_close(other));
    EXPECT(ERR_BAD_CAPABILITY, console_write(other, "never\n"));
    EXPECT(ERR_BAD_CAPABILITY, console_read(other, text, sizeof text));
    EXPECT(ERR_BAD_CAPABILITY, console_close(other));
    EXPECT(OK, console_write(console, "still open\n"));
    EXPECT_TRUE(self != NULL && self == identity_self());
    EXPECT(OK, identity_name(self, text, sizeof text));
    EXPECT_TRUE(strcmp(text, "consoles") == 0);
    EXPECT(OK, identity_name(self, text, 4));
    EXPECT_TRUE(strcmp(text, "con") == 0);
    EXPECT(ERR_BAD_ARGUMENT, identity_name(self, text, 0));
    EXPECT(OK, identity_loader(self, text, sizeof text));
    EXPECT_TRUE(strcmp(text, "operator") == 0);
    console_print("%sprivileged, %d wrong\n", identity_is_privileged(self) ? "" : "not ", n_wrong);
    return OK;
}
