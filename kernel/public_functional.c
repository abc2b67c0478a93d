/*
 * Which public procedures guards may call: those that store nothing, call only each other, and end, as the analyser
 * finds (tests/kernel/event_code_test.c has it prove all of them). Not here is what sets errno, keeps state, or
 * calls abort; nor, of those that do nothing of it, strrchr, memmem, strstr and strcasestr, whose loops
 * go on from what another procedure has found, or write tables. All of these are ephemeral, too.
 */
#define _GNU_SOURCE /* newlib declares its extensions only then */
#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <whorl/clock.h>
#include <whorl/event.h>
#include <whorl/status.h>

#include "kernel/status_own.h"

/* What is functional may be stopped at any instruction. */
#define DECLARE_FUNCTIONAL(procedure) \
    FUNCTIONAL(procedure);            \
    EPHEMERAL(procedure);

#undef isalnum
#undef isalpha
#undef isblank
#undef iscntrl
#undef isdigit
#undef isgraph
#undef islower
#undef isprint
#undef ispunct
#undef isspace
#undef isupper
#undef isxdigit
#undef isascii
#undef toascii
#undef tolower
#undef toupper

WHORL_FOR_EACH(DECLARE_FUNCTIONAL, memchr, memcmp, memrchr, strcasecmp, strchr, strchrnul, strcmp,
               strcoll, strcspn, strlen, strncasecmp, strncmp, strnlen, strpbrk, strspn, bcmp, ffs)
WHORL_FOR_EACH(DECLARE_FUNCTIONAL, isalnum, isalpha, isblank, iscntrl, isdigit, isgraph, islower,
               isprint, ispunct, isspace, isupper, isxdigit, isascii, toascii, tolower, toupper)
WHORL_FOR_EACH(DECLARE_FUNCTIONAL, abs, labs, llabs, imaxabs)
WHORL_FOR_EACH(DECLARE_FUNCTIONAL, status_name, status_explain, status_own, clock_frequency,
               clock_to_microseconds)

/* What the compiler calls by itself (kernel/public_compiler.c). */
#define HELPERS                                                                                    \
    __ashldi3, __ashrdi3, __bswapdi2, __bswapsi2, __clrsbdi2, __clrsbsi2, __clzdi2, __clzsi2,      \
        __cmpdi2, __ctzdi2, __ctzsi2, __divdi3, __ffsdi2, __ffssi2, __lshrdi3, __moddi3, __muldi3, \
        __negdi2, __paritydi2, __paritysi2, __popcountdi2, __popcountsi2, __ucmpdi2, __udivdi3,    \
        __umoddi3, __adddf3, __addsf3, __divdf3, __divsf3, __eqdf2, __eqsf2, __extendsfdf2,        \
        __fixdfdi, __fixdfsi, __fixsfdi, __fixsfsi, __fixunsdfdi, __fixunsdfsi, __fixunssfdi,      \
        __fixunssfsi, __floatdidf, __floatdisf, __floatsidf, __floatsisf, __floatundidf,           \
        __floatundisf, __floatunsidf, __floatunsisf, __gedf2, __gesf2, __gtdf2, __gtsf2, __ledf2,  \
        __lesf2, __ltdf2, __ltsf2, __muldf3, __mulsf3, __nedf2, __negdf2, __negsf2, __nesf2,       \
        __subdf3, __subsf3, __truncdfsf2, __unorddf2, __unordsf2

#define DECLARE(procedure) extern void procedure(void);
WHORL_FOR_EACH(DECLARE, HELPERS)
WHORL_FOR_EACH(DECLARE_FUNCTIONAL, HELPERS)
