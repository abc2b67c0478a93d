/*
 * The public interfaces of the kernel. A table of addresses makes the compiler
 * see each function's prototype, the C library's included, and makes the linker
 * take the function in.
 */
#define _GNU_SOURCE /* newlib declares its extensions only then */
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <whorl/clock.h>
#include <whorl/memory.h>
#include <whorl/status.h>

#include "kernel/busy.h"
#include "kernel/contain/contain.h"
#include "kernel/fault.h"
#include "kernel/identity.h"
#include "kernel/interface.h"

PUBLIC_INTERFACE(Status, status_name, status_explain, status_refuse, status_context);

PUBLIC_INTERFACE(Memory, memory_use);

PUBLIC_INTERFACE(Clock, clock_ticks, clock_frequency, clock_microseconds, clock_to_microseconds);

PUBLIC_INTERFACE(CString, memchr, memcmp, memcpy, memmove, memset, memccpy, mempcpy, memmem,
                 memrchr, stpcpy, stpncpy, strcasecmp, strcasestr, strcat, strchr, strchrnul,
                 strcmp, strcoll, strcpy, strcspn, strerror, strlcat, strlcpy, strlen, strncasecmp,
                 strncat, strncmp, strncpy, strnlen, strpbrk, strrchr, strsep, strspn, strstr,
                 strtok, strtok_r, strxfrm, bcmp, bcopy, bzero, ffs);

#undef isalnum
#undef isalpha
PUBLIC_INTERFACE(CCtype, isalnum, isalpha, isblank, iscntrl, isdigit, isgraph, islower, isprint,
                 ispunct, isspace, isupper, isxdigit, tolower, toupper, isascii, toascii, _ctype_);

PUBLIC_INTERFACE(CStdlib, abs, atoi, atol, atoll, bsearch, div, labs, ldiv, llabs, lldiv, qsort,
                 rand, rand_r, srand, strtol, strtoll, strtoul, strtoull, atof, strtod, strtof,
                 strtold, imaxdiv, strtoimax, strtoumax, abort, imaxabs, __errno);

#undef putchar
#undef getchar
PUBLIC_INTERFACE(CStdio, printf, vprintf, fprintf, vfprintf, sprintf, snprintf, vsprintf, vsnprintf,
                 puts, putchar, fputs, fputc, putc, fwrite, fflush, sscanf, vsscanf, perror,
                 _impure_ptr);

PUBLIC_INTERFACE(CSetjmp, setjmp);

/* As newlib's setjmp stores it: first of all, at the next multiple of 8. */
static vaddr_t stack_of(const jmp_buf context)
{
    return *(const vaddr_t *)(((vaddr_t)context + 7) & ~7u);
}

/* A domain can leave what it called itself, but not the call of the kernel that it runs in. */
static EVENT void __attribute__((noreturn)) identified_longjmp(jmp_buf context, int value)
{
    owner_t owner = identity_calling();

    if (fault_is_outside(stack_of(context))) {
        fprintf(stderr, "%s jumps out of the call that it runs in\n", owners[owner].name);
        __builtin_trap();
    }
    contain_unwound(stack_of(context));
    longjmp(context, value);
}

IDENTIFIED_INTERFACE(CSetjmp, longjmp);
