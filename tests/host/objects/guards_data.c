/* What the guards of guards.inc refer to. */
#include "tests/host/objects/guards.h"

static struct packet packet;

uint32_t guard_me = 0x0a000001;
int32_t guard_limit = 30;
bool guard_enabled = true;
struct packet *guard_packet = &packet;
uint32_t guard_table[8] = {1, 2, 3, 9, 9, 6, 7, 8};

uint32_t guard_called(uint32_t number)
{
    return number == 3;
}
