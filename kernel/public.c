/*
 * The public interfaces of the kernel. A table of addresses makes the compiler
 * see each function's prototype, the C library's included, and makes the linker
 * take the function in.
 */
#define _GNU_SOURCE /* newlib declares its extensions only then */
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <malloc.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <whorl/clock.h>
#include <whorl/console.h>
#include <whorl/domain.h>
#include <whorl/memory.h>
#include <whorl/status.h>

#include "domains/interface.h"

PUBLIC_INTERFACE(Status, status_name, status_explain, status_refuse, status_context);

PUBLIC_INTERFACE(Console, console_print, console_read_line);

PUBLIC_INTERFACE(Memory, page_allocate, page_free, memory_use);

PUBLIC_INTERFACE(Clock, clock_ticks, clock_frequency, clock_microseconds, clock_to_microseconds);

PUBLIC_INTERFACE(Domain, domain_create, domain_resolve, domain_initialize, domain_initialize_group,
                 domain_destroy, domain_destroy_group, domain_find);

PUBLIC_INTERFACE(CString, memchr, memcmp, memcpy, memmove, memset, memccpy, mempcpy, memmem,
                 memrchr, stpcpy, stpncpy, strcasecmp, strcasestr, strcat, strchr, strchrnul,
                 strcmp, strcoll, strcpy, strcspn, strdup, strerror, strlcat, strlcpy, strlen,
                 strncasecmp, strncat, strncmp, strncpy, strndup, strnlen, strpbrk, strrchr, strsep,
                 strspn, strstr, strtok, strtok_r, strxfrm, bcmp, bcopy, bzero, ffs);

#undef isalnum
#undef isalpha
PUBLIC_INTERFACE(CCtype, isalnum, isalpha, isblank, iscntrl, isdigit, isgraph, islower, isprint,
                 ispunct, isspace, isupper, isxdigit, tolower, toupper, isascii, toascii, _ctype_);

PUBLIC_INTERFACE(CStdlib, abs, atoi, atol, atoll, bsearch, calloc, div, free, labs, ldiv, llabs,
                 lldiv, malloc, memalign, qsort, rand, rand_r, realloc, srand, strtol, strtoll,
                 strtoul, strtoull, atof, strtod, abort, imaxabs, __errno);

#undef putchar
#undef getchar
PUBLIC_INTERFACE(CStdio, printf, vprintf, fprintf, vfprintf, sprintf, snprintf, vsprintf, vsnprintf,
                 asprintf, vasprintf, puts, putchar, fputs, fputc, putc, fwrite, fflush, sscanf,
                 vsscanf, perror, _impure_ptr);

PUBLIC_INTERFACE(CSetjmp, setjmp, longjmp);

/* What the compiler calls by itself: libgcc's, and the save and restore routines of -Os. */
#define HELPERS(_)                                                                                 \
    _(__absvdi2)                                                                                   \
    _(__absvsi2)                                                                                   \
    _(__addvdi3)                                                                                   \
    _(__addvsi3)                                                                                   \
    _(__ashldi3) _(__ashrdi3) _(__bswapdi2) _(__bswapsi2) _(__clrsbdi2) _(__clrsbsi2) _(__clzdi2)  \
        _(__clzsi2) _(__cmpdi2) _(__ctzdi2) _(__ctzsi2) _(__divdi3) _(__divmoddi4) _(__ffsdi2)     \
            _(__ffssi2) _(__lshrdi3) _(__moddi3) _(__muldi3) _(__mulvdi3) _(__mulvsi3) _(__negdi2) \
                _(__negvdi2) _(__negvsi2) _(__paritydi2) _(__paritysi2) _(__popcountdi2)           \
                    _(__popcountsi2) _(__subvdi3) _(__subvsi3) _(__ucmpdi2) _(__udivdi3)           \
                        _(__udivmoddi4) _(__umoddi3) _(__adddf3) _(__addsf3) _(__divdf3)           \
                            _(__divsf3) _(__eqdf2) _(__eqsf2) _(__extendsfdf2) _(__fixdfdi)        \
                                _(__fixdfsi) _(__fixsfdi) _(__fixsfsi) _(__fixunsdfdi)             \
                                    _(__fixunsdfsi) _(__fixunssfdi) _(__fixunssfsi) _(__floatdidf) \
                                        _(__floatdisf) _(__floatsidf) _(__floatsisf)               \
                                            _(__floatundidf) _(__floatundisf) _(__floatunsidf)     \
                                                _(__floatunsisf) _(__gedf2) _(__gesf2) _(__gtdf2)  \
                                                    _(__gtsf2) _(__ledf2) _(__lesf2) _(__ltdf2)    \
                                                        _(__ltsf2) _(__muldf3) _(__mulsf3)         \
                                                            _(__nedf2) _(__negdf2) _(__negsf2)     \
                                                                _(__nesf2) _(__subdf3) _(__subsf3) \
                                                                    _(__truncdfsf2) _(__unorddf2)  \
                                                                        _(__unordsf2)

#define SAVERS(_)                                                                                  \
    _(_savegpr_14)                                                                                 \
    _(_savegpr_15)                                                                                 \
    _(_savegpr_16)                                                                                 \
    _(_savegpr_17)                                                                                 \
    _(_savegpr_18) _(_savegpr_19) _(_savegpr_20) _(_savegpr_21) _(_savegpr_22) _(_savegpr_23)      \
        _(_savegpr_24) _(_savegpr_25) _(_savegpr_26) _(_savegpr_27) _(_savegpr_28) _(_savegpr_29)  \
            _(_savegpr_30) _(_savegpr_31) _(_restgpr_14) _(_restgpr_15) _(_restgpr_16)             \
                _(_restgpr_17) _(_restgpr_18) _(_restgpr_19) _(_restgpr_20) _(_restgpr_21)         \
                    _(_restgpr_22) _(_restgpr_23) _(_restgpr_24) _(_restgpr_25) _(_restgpr_26)     \
                        _(_restgpr_27) _(_restgpr_28) _(_restgpr_29) _(_restgpr_30) _(_restgpr_31) \
                            _(_restgpr_14_x) _(_restgpr_15_x) _(_restgpr_16_x) _(_restgpr_17_x)    \
                                _(_restgpr_18_x) _(_restgpr_19_x) _(_restgpr_20_x)                 \
                                    _(_restgpr_21_x) _(_restgpr_22_x) _(_restgpr_23_x)             \
                                        _(_restgpr_24_x) _(_restgpr_25_x) _(_restgpr_26_x)         \
                                            _(_restgpr_27_x) _(_restgpr_28_x) _(_restgpr_29_x)     \
                                                _(_restgpr_30_x) _(_restgpr_31_x)

#define DECLARE(helper) extern void helper(void);
#define LIST(helper) {#helper, (const void *)&helper},
HELPERS(DECLARE)
SAVERS(DECLARE)

static const struct interface_symbol compiler_symbols[] = {HELPERS(LIST) SAVERS(LIST)};
static const struct interface compiler_interface __attribute__((section(".interfaces"), used)) = {
    "Compiler", compiler_symbols, sizeof compiler_symbols / sizeof compiler_symbols[0]};
