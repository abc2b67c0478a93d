/*
 * What a guest of contain_test.c does wrong, and where. One extension can do all of it (wrong.c); the suite says what is wanted, and makes it
 * come to that.
 */
#ifndef TESTS_KERNEL_OBJECTS_WRONG_H
#define TESTS_KERNEL_OBJECTS_WRONG_H

#include <whorl/event.h>
#include <whorl/status.h>
#include <whorl/strand.h>

enum fault {
    FAULT_NONE,
    FAULT_LOAD,
    FAULT_STORE,
    FAULT_ILLEGAL,
    FAULT_TRAP,
    FAULT_JUMP,
    FAULT_JUMP_TO_DATA,
    FAULT_MISALIGNED,
    FAULT_LOOP,
    FAULT_LOOP_WITH_WAITS,
    FAULT_RECURSION,
    FAULT_DOUBLE_FREE,
    FAULT_RETURN,    /* to a bad address */
    FAULT_STACK,     /* lost: a fault with r1 pointing nowhere */
    FAULT_LAST_JUMP, /* to nowhere, instead of returning */
    FAULT_LAST_CALL, /* of the kernel, which faults, instead of returning */
    N_FAULTS,
};

enum place {
    PLACE_NONE,
    PLACE_CALL,
    PLACE_CALLBACK,
    PLACE_HANDLER,
    PLACE_ANSWER, /* a handler that gives the result */
    PLACE_GUARD,
    PLACE_AUTHORIZER,
    PLACE_ASYNC,
    PLACE_EPHEMERAL,
    PLACE_COMMAND,
    PLACE_STRAND,
    PLACE_ALARM,
    PLACE_INIT,
    PLACE_FINI,
    PLACE_PATCH, /* of the privileged one */
    N_PLACES,
};

/* ---- the suite's */

enum fault contain_fault_wanted(void);
enum place contain_place_wanted(void);
void contain_each(void (*each)(void));
EVENT void contain_told(int n);
EVENT int contain_asked(int n);
EVENT void contain_looked(const int *p);

/* ---- the guest's */

status_t wrong_call(void);
status_t wrong_calls_back(void);
status_t wrong_sleeps(void);
status_t wrong_blocks(void);
status_t wrong_short(void); /* takes some time, and is right */
status_t wrong_begin(strand_t **strand);
EVENT status_t wrong_event(int n);
void wrong_work(void);

#endif
