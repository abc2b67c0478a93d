/* The smallest extension that does something: it says where it was linked. */
#include <whorl/console.h>
#include <whorl/domain.h>

DOMAIN("hello");

status_t domain_init(void)
{
    console_print("hello: linked into Whorl at %p\n", (void *)domain_init);
    return OK;
}

void domain_fini(void)
{
    console_print("hello: goodbye\n");
}
