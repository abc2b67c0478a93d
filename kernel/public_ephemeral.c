/*
 * Which public procedures handlers with deadlines may call besides those that are functional: what ends soon, allocates nothing and never
 * waits; and either may be stopped at any instruction, because what it leaves half done is only its caller's, or
 * does what must not be stopped with interrupts off. The kernel's are not looked into (kernel/event/code.c).
 *
 * Not here is what has state of the C library's own: errno, strtok, rand, stdio.
 */
#define _GNU_SOURCE /* newlib declares its extensions only then */
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <whorl/clock.h>
#include <whorl/event.h>
#include <whorl/lock.h>
#include <whorl/strand.h>

#define DECLARE_EPHEMERAL(procedure) EPHEMERAL(procedure);

WHORL_FOR_EACH(DECLARE_EPHEMERAL, memccpy, memcpy, memmem, memmove, mempcpy, memset, bcopy, bzero)
WHORL_FOR_EACH(DECLARE_EPHEMERAL, strcat, strcpy, stpcpy, strncat, strncpy, stpncpy, strlcat,
               strlcpy, strrchr, strsep, strstr, strcasestr, strtok_r)
WHORL_FOR_EACH(DECLARE_EPHEMERAL, div, ldiv, lldiv, clock_ticks, clock_microseconds)
WHORL_FOR_EACH(DECLARE_EPHEMERAL, strand_self, strand_tag, strand_time, strand_unblock)
WHORL_FOR_EACH(DECLARE_EPHEMERAL, mutex_try_lock, mutex_unlock, semaphore_try, semaphore_post,
               condition_signal, condition_broadcast)
