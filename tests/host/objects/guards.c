/* The guards of GUARDS as procedures guard_NAME; with TABLE, that is a table of them. */
#include "tests/host/objects/guards.h"

#define NULL ((void *)0)

#define GUARD(NAME, ARGUMENTS, ...)        \
    LINKAGE RESULT guard_##NAME ARGUMENTS; \
    LINKAGE RESULT guard_##NAME ARGUMENTS  \
    {                                      \
        __VA_ARGS__;                       \
    }

#ifdef TABLE
#define LINKAGE static
#else
#define LINKAGE
#endif

#include GUARDS

#ifdef TABLE
#undef GUARD
#define GUARD(NAME, ...) {#NAME, (void (*)(void))guard_##NAME},
const struct guard TABLE[] = {
#include GUARDS
    {NULL, NULL}};
#endif
