/*
 * What newlib asks of an operating system. stdout and stderr are the console;
 * there are no files and no processes, and asking for them is a clean error.
 * (sbrk is with the pages it comes from, in page.c.)
 */
#include <errno.h>
#include <reent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/times.h>
#include <sys/types.h>
#include <unistd.h>
#include <whorl/clock.h>

#include "kernel/libc.h"
#include "kernel/output.h"
#include "kernel/panic.h"

#define N_BIGINT_LISTS (8 * sizeof(size_t)) /* _Kmax of newlib's mprec.h */

int kill(pid_t process, int signal);

static int refuse(int error)
{
    errno = error;
    return -1;
}

/* Unbuffered streams format on the stack and allocate nothing. */
void libc_initialize(void)
{
    setvbuf(stdin, NULL, _IONBF, 0);
    setvbuf(stdout, NULL, _IONBF, 0);
    setvbuf(stderr, NULL, _IONBF, 0);
}

static void free_chain(struct _Bigint *number)
{
    while (number != NULL) {
        struct _Bigint *next = number->_next;

        free(number);
        number = next;
    }
}

/* As newlib's own _reclaim_reent does for the state of a thread that ends. */
void libc_trim(void)
{
    struct _Bigint **lists = _REENT_MP_FREELIST(_REENT);

    for (size_t i = 0; lists != NULL && i < N_BIGINT_LISTS; i++)
        free_chain(lists[i]);
    free(lists);
    _REENT_MP_FREELIST(_REENT) = NULL;
    free(_REENT_MP_RESULT(_REENT));
    _REENT_MP_RESULT(_REENT) = NULL;
    free_chain(_REENT_MP_P5S(_REENT));
    _REENT_MP_P5S(_REENT) = NULL;
}

ssize_t write(int file, const void *bytes, size_t size)
{
    if (file != STDOUT_FILENO && file != STDERR_FILENO)
        return refuse(EBADF);
    output_write(file == STDOUT_FILENO ? OUTPUT_NORMAL : OUTPUT_ERROR, bytes, size);
    return (ssize_t)size;
}

ssize_t read(int file, void *bytes, size_t size)
{
    (void)bytes;
    (void)size;
    return refuse(file == STDIN_FILENO ? ENOSYS : EBADF);
}

int close(int file)
{
    (void)file;
    return refuse(EBADF);
}

off_t lseek(int file, off_t offset, int whence)
{
    (void)offset;
    (void)whence;
    return refuse(file <= STDERR_FILENO ? ESPIPE : EBADF);
}

int fstat(int file, struct stat *status)
{
    if (file < STDIN_FILENO || file > STDERR_FILENO)
        return refuse(EBADF);
    *status = (struct stat){.st_mode = S_IFCHR};
    return 0;
}

int isatty(int file)
{
    return file >= STDIN_FILENO && file <= STDERR_FILENO ? 1 : refuse(EBADF);
}

pid_t getpid(void)
{
    return 1;
}

int kill(pid_t process, int signal)
{
    (void)process;
    (void)signal;
    return refuse(ESRCH);
}

/* abort() in a domain ends what called it, by a fault at a place that tells why. */
void _exit(int status)
{
    (void)status;
    __builtin_trap();
}

/* ---- strands ---- */

/* The streams are everybody's. They are unbuffered, so there is nothing in them. */
void libc_begin_strand(struct _reent *reent)
{
    _REENT_INIT_PTR(reent);
    reent->_stdin = _GLOBAL_REENT->_stdin;
    reent->_stdout = _GLOBAL_REENT->_stdout;
    reent->_stderr = _GLOBAL_REENT->_stderr;
    reent->__sdidinit = 1;
}

void libc_end_strand(struct _reent *reent)
{
    reent->__sdidinit = 0;
    _reclaim_reent(reent);
}
