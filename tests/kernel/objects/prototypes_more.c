/* See prototypes_all.c. */
#include <stdlib.h>
#include <whorl/event.h>

#include "tests/kernel/objects/prototypes.h"

struct packet;

EVENT void udp_arrived(struct packet *packet, int port); /* incomplete here, and of the same type */

static int twice(int a)
{
    return a;
}

static int differently(long long a)
{
    return (int)a;
}

static int default_twice(void)
{
    return 0;
}

procedure_t prototypes_more[] = {(procedure_t)twice, (procedure_t)differently,
                                 (procedure_t)udp_arrived, (procedure_t)default_twice};
