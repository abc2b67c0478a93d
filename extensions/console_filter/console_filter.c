/*
 * A filter: what anybody prints comes out in capitals. It changes what the event's later handlers get,
 * the one that sends the text to the console included, and not the text itself, which is its printer's.
 * It must not print, and who hears everything has to be privileged.
 */
#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <whorl/console_private.h>
#include <whorl/domain.h>
#include <whorl/event.h>

DOMAIN("console_filter");
IMPORT_DOMAIN("SpinPrivate");

static char *room; /* for a text */
static size_t n_room;

static bool make_room(size_t size)
{
    char *larger;

    if (size <= n_room)
        return true;
    larger = realloc(room, size);
    if (larger == NULL)
        return false;
    room = larger;
    n_room = size;
    return true;
}

/* A text for which there is no memory passes as it is. */
static void capitalize(bool *error, const char **text, size_t *size)
{
    (void)error;
    if (!make_room(*size))
        return;
    for (size_t i = 0; i < *size; i++)
        room[i] = (char)toupper((unsigned char)(*text)[i]);
    *text = room;
}

status_t domain_init(void)
{
    static const struct event_options options = {.order = EVENT_FIRST, .filter = true};
    binding_t *binding;

    return event_install((procedure_t)text_printed, (procedure_t)capitalize, NULL, &options,
                         &binding);
}
