/* Calls a strand what no terminal should be told.
 * Expected: harmless */
#include "tests/hostile/stage.h"

static void wait(void *closure)
{
    (void)closure;
    (void)strand_sleep(100000);
}

status_t hostile_act(void)
{
    strand_t *strand;
    struct strand_options options = {
        .name = "\033[2J%s%n\r\n\001 a name that goes on and on and on and on\377"};

    return strand_create(wait, NULL, &options, &strand);
}
