/* What the guards of guards.inc look at. */
#ifndef TESTS_GUARDS_H
#define TESTS_GUARDS_H

#include <stdbool.h>
#include <stdint.h>

struct ip {
    uint8_t version, tos;
    uint16_t length;
    uint8_t ttl, proto;
    uint16_t sum;
    uint32_t src, dst;
};

struct packet {
    uint16_t type;
    uint16_t total;
    struct ip ip;
    uint16_t port;
    int16_t offset;
    uint32_t flags;
    bool broadcast;
    int8_t priority;
    uint32_t version : 4, class : 3, urgent : 1, serial : 14, rest : 10;
    int32_t delta : 5, other : 27;
    struct packet *next;
    uint8_t room[128];
    uint32_t far;
};

struct closure {
    uint16_t port;
    uint32_t address, mask, low, high;
};

enum kind { KIND_A, KIND_B, KIND_C, KIND_D, KIND_E };

struct guard {
    const char *name;
    void (*procedure)(void);
};

extern uint32_t guard_me;
extern int32_t guard_limit;
extern bool guard_enabled;
extern struct packet *guard_packet;
extern uint32_t guard_table[8];
uint32_t guard_called(uint32_t number);

static const int32_t guard_constant = 4711;

#ifndef RESULT
#define RESULT bool
#endif

#endif
