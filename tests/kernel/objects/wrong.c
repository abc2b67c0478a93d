/* See wrong.h. */
#include "tests/kernel/objects/wrong.h"

#include <stdlib.h>
#include <string.h>
#include <whorl/alarm.h>
#include <whorl/domain.h>
#include <whorl/identity.h>
#include <whorl/patch.h>
#include <whorl/shell.h>

#define NOWHERE 0x70000000
#define APART __attribute__((noinline, noclone))

static volatile unsigned depth;

static int APART recurse(volatile char *before)
{
    volatile char room[200];

    room[0] = *before;
    return ++depth == 0 ? 0 : recurse(room) + room[0];
}

/* It has called somebody, as who does so mostly has. */
static void APART smash(void)
{
    (void)contain_place_wanted();
    __asm__ volatile("lwz 9, 0(1)\n\tlwz 9, 0(9)\n\tlis 0, 0x7000\n\tstw 0, 4(9)"
                     :
                     :
                     : "r0", "r9", "memory");
}

static void loop_with_waits(void)
{
    for (;;) {
        for (volatile int i = 0; i < 1000; i++)
            ;
        (void)strand_yield();
    }
}

static void free_twice(void)
{
    void *volatile piece = malloc(20);
    void *volatile again = piece;

    free(piece);
    free(again);
}

/* In a frame of its own, which smash destroys. */
static void APART act(enum fault fault)
{
    static uint32_t data[2];

    switch (fault) {
    case FAULT_LOAD:
        data[0] = *(volatile uint32_t *)NOWHERE;
        break;
    case FAULT_STORE:
        *(volatile uint32_t *)NOWHERE = 1;
        break;
    case FAULT_ILLEGAL:
        __asm__ volatile(".long 0");
        break;
    case FAULT_TRAP:
        __asm__ volatile("trap");
        break;
    case FAULT_JUMP:
        ((void (*)(void))NOWHERE)();
        break;
    case FAULT_JUMP_TO_DATA:
        ((void (*)(void))(uintptr_t)data)();
        break;
    case FAULT_MISALIGNED:
        __asm__ volatile("lwarx 0, 0, %0" : : "b"((uint8_t *)data + 2) : "r0");
        break;
    case FAULT_LOOP:
        for (;;)
            __asm__ volatile("");
    case FAULT_LOOP_WITH_WAITS:
        loop_with_waits();
        break;
    case FAULT_RECURSION:
        (void)recurse((volatile char *)data);
        break;
    case FAULT_DOUBLE_FREE:
        free_twice();
        break;
    case FAULT_RETURN:
        smash();
        break;
    case FAULT_STACK:
        __asm__ volatile("lis 1, 0x7000\n\tlwz 0, 0(1)" : : : "r0", "memory");
        break;
    default:
        break;
    }
    __asm__ volatile("");
}

/* Without a frame: what is called returns to who has called this. */
static void APART act_last(enum fault fault)
{
    static uint32_t data[4];
    void *volatile piece = data;

    if (fault == FAULT_LAST_JUMP)
        ((void (*)(void))NOWHERE)();
    else
        free(piece);
}

static inline __attribute__((always_inline)) void wrong(enum place place)
{
    enum fault fault = contain_fault_wanted();

    if (place != contain_place_wanted())
        return;
    if (fault >= FAULT_LAST_JUMP) {
        act_last(fault);
        return;
    }
    act(fault);
    __asm__ volatile("");
}

/* ---- places ---- */

status_t wrong_call(void)
{
    wrong(PLACE_CALL);
    return OK;
}

status_t wrong_sleeps(void)
{
    status_t status = strand_sleep(1000000000);

    __asm__ volatile("");
    return status;
}

status_t wrong_blocks(void)
{
    status_t status = strand_block(strand_self());

    __asm__ volatile("");
    return status;
}

status_t wrong_short(void)
{
    for (volatile unsigned i = 0; i < 5000; i++)
        ;
    return OK;
}

static void called_back(void)
{
    wrong(PLACE_CALLBACK);
}

status_t wrong_calls_back(void)
{
    contain_each(called_back);
    return OK;
}

static void told(int n)
{
    (void)n;
    wrong(PLACE_HANDLER);
}

static void told_later(int n)
{
    (void)n;
    wrong(PLACE_ASYNC);
}

static int asked(int n)
{
    wrong(PLACE_ANSWER);
    return n + 100;
}

static bool guard(const int *p)
{
    return *p > 0;
}

static void looked(const int *p)
{
    (void)p;
}

static void APART told_in_time(int n)
{
    if (n == FAULT_LOAD)
        depth = *(volatile uint32_t *)NOWHERE;
    else if (n == FAULT_STORE)
        *(volatile uint32_t *)NOWHERE = 1;
    else if (n == FAULT_TRAP)
        __asm__ volatile("trap");
    else if (n == FAULT_MISALIGNED)
        __asm__ volatile("lwarx 0, 0, %0" : : "b"((uint8_t *)&depth + 2) : "r0");
}
EPHEMERAL(told_in_time);

static status_t command(int argc, char *argv[])
{
    (void)argc;
    (void)argv;
    wrong(PLACE_COMMAND);
    return OK;
}

static bool is_wrong(int argc, char *argv[])
{
    (void)argc;
    return strcmp(argv[0], "wrong") == 0;
}

static void run(void *closure)
{
    (void)closure;
    wrong(PLACE_STRAND);
}

status_t wrong_begin(strand_t **strand)
{
    return strand_create(run, NULL, NULL, strand);
}

static void ring(void *closure)
{
    (void)closure;
    wrong(PLACE_ALARM);
}

status_t __attribute__((noipa)) wrong_event(int n)
{
    (void)n;
    return OK;
}

static bool authorize(const struct event_request *request)
{
    (void)request;
    wrong(PLACE_AUTHORIZER);
    return true;
}

void __attribute__((noipa)) wrong_work(void)
{
    depth++;
}

#ifdef WRONG_PRIVILEGED
static void patched(void *closure, uint32_t site)
{
    (void)closure;
    (void)site;
    wrong(PLACE_PATCH);
}

static status_t patch(void)
{
    patch_t *made;

    return patch_insert((const void *)wrong_work, (procedure_t)patched, NULL, NULL, &made);
}
#else
static status_t patch(void)
{
    return OK;
}
#endif

/* ---- */

static status_t install(void *event, void *handler, void *asks, const struct event_options *options)
{
    binding_t *binding;

    return event_install((procedure_t)event, (procedure_t)handler, (procedure_t)asks, options,
                         &binding);
}

static status_t prepare(enum place place)
{
    static const struct event_options async = {.async = true}, soon = {.ephemeral_us = 1000000};
    alarm_t *alarm;
    status_t status = OK;

    switch (place) {
    case PLACE_HANDLER:
        return install(contain_told, told, NULL, NULL);
    case PLACE_ANSWER:
        return install(contain_asked, asked, NULL, NULL);
    case PLACE_GUARD:
        return install(contain_looked, looked, guard, NULL);
    case PLACE_ASYNC:
        return install(contain_told, told_later, NULL, &async);
    case PLACE_EPHEMERAL:
        return install(contain_told, told_in_time, NULL, &soon);
    case PLACE_COMMAND:
        return install(shell_command, command, is_wrong, NULL);
    case PLACE_AUTHORIZER:
        return event_set_authorizer((procedure_t)wrong_event, authorize);
    case PLACE_ALARM:
        status = alarm_create(ring, NULL, &alarm);
        return status == OK ? alarm_start(alarm, 5000, 0) : status;
    case PLACE_PATCH:
        return patch();
    default:
        return OK;
    }
}

status_t domain_init(void)
{
    wrong(PLACE_INIT);
    return prepare(contain_place_wanted());
}

void domain_fini(void)
{
    wrong(PLACE_FINI);
}
