/*
 * What newlib asks of an operating system. stdout and stderr are the console;
 * there are no files and no processes, and asking for them is a clean error. Memory for itself is kept track of for each strand.
 */
#include <errno.h>
#include <malloc.h>
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

#include "arch/ppc/cache.h"
#include "arch/ppc/processor.h"
#include "kernel/heap.h"
#include "kernel/libc.h"
#include "kernel/output.h"
#include "kernel/panic.h"
#include "kernel/strand/strand.h"

int kill(pid_t process, int signal);

static int refuse(int error)
{
    errno = error;
    return -1;
}

/* ---- streams ---- */

void __smakebuf_r(struct _reent *reent, FILE *stream);

/*
 * newlib's own would get the stream a buffer when it is first used. Unbuffered ones format on the stack and allocate nothing; and
 * a strand needs nothing for its streams until it prints.
 */
void __smakebuf_r(struct _reent *reent, FILE *stream)
{
    (void)reent;
    stream->_flags = (short)((stream->_flags & ~__SLBF) | __SNBF);
    stream->_bf._base = stream->_p = stream->_nbuf;
    stream->_bf._size = 1;
}

/* ---- memory ---- */

/*
 * In front of what newlib allocates for itself, for numbers that it prints and reads. Who is cut off in the middle of that has
 * it in no list of newlib's.
 */
struct libc_piece {
    struct libc_piece *next, **link;
};

static struct libc_piece **pieces_of(struct _reent *reent)
{
    struct strand *strand = (struct strand *)((char *)reent - offsetof(struct strand, own_reent));

    return reent == _global_impure_ptr ? &boot_strand.libc_pieces : &strand->libc_pieces;
}

/* Who is cut off has either nothing or a piece that is in the list. */
static void *allocate(struct _reent *reent, size_t size)
{
    uint32_t before = interrupts_off();
    struct libc_piece **list = pieces_of(reent);
    struct libc_piece *piece = heap_allocate(sizeof *piece + size, OWNER_KERNEL);

    if (piece != NULL) {
        *piece = (struct libc_piece){*list, list};
        if (*list != NULL)
            (*list)->link = &piece->next;
        *list = piece;
    }
    interrupts_restore(before);
    return piece == NULL ? NULL : piece + 1;
}

static void release(struct libc_piece *piece)
{
    uint32_t before = interrupts_off();

    *piece->link = piece->next;
    if (piece->next != NULL)
        piece->next->link = piece->link;
    heap_free(piece, OWNER_KERNEL);
    interrupts_restore(before);
}

void *_malloc_r(struct _reent *reent, size_t size)
{
    return size > SIZE_MAX / 2 ? heap_no_memory() : allocate(reent, size);
}

void _free_r(struct _reent *reent, void *memory)
{
    (void)reent;
    if (memory != NULL)
        release((struct libc_piece *)memory - 1);
}

void *_calloc_r(struct _reent *reent, size_t n, size_t size)
{
    size_t bytes;
    void *memory;

    if (__builtin_mul_overflow(n, size, &bytes))
        return heap_no_memory();
    memory = _malloc_r(reent, bytes);
    return memory == NULL ? NULL : memset(memory, 0, bytes);
}

void *_realloc_r(struct _reent *reent, void *memory, size_t size)
{
    void *moved = _malloc_r(reent, size);
    size_t old;

    if (memory == NULL || moved == NULL)
        return moved;
    old = heap_size((struct libc_piece *)memory - 1, OWNER_KERNEL) - sizeof(struct libc_piece);
    memcpy(moved, memory, size < old ? size : old);
    _free_r(reent, memory);
    return moved;
}

/* What newlib has of it besides are a list of free numbers, the text of the latest one, and powers of five. */
static void free_all(struct _reent *reent)
{
    struct libc_piece **list = pieces_of(reent);

    while (*list != NULL)
        release(*list);
    _REENT_MP_FREELIST(reent) = NULL;
    _REENT_MP_RESULT(reent) = NULL;
    _REENT_MP_P5S(reent) = NULL;
}

void libc_trim(void)
{
    free_all(_REENT);
}

/* ---- strands ---- */

void libc_begin_strand(struct _reent *reent)
{
    cache_clear(reent, (sizeof *reent + CACHE_LINE - 1) / CACHE_LINE * CACHE_LINE);
    _REENT_INIT_PTR_ZEROED(reent);
    *pieces_of(reent) = NULL;
}

void libc_end_strand(struct _reent *reent)
{
    free_all(reent);
}

/* ---- the operating system ---- */

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
