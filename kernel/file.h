/*
 * Files: objects that were sent over the link port and wait to be loaded. They
 * live in pages and go away when they are used, or when the sender goes away.
 * Main line only.
 */
#ifndef KERNEL_FILE_H
#define KERNEL_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <whorl/status.h>

#define FILE_NAME_MAX 255 /* bytes, the final zero not counted */
#define FILES_MAX 16

typedef struct file file_t;

/*
 * A new file that is being written; an old one of that name goes away when the
 * new one is closed. ERR_BAD_ARGUMENT: the name; ERR_NO_MEMORY: too many files.
 */
status_t file_create(const char *name, file_t **file);

bool file_is_called(const file_t *file, const char *name);

/*
 * What the sender says the file will be: bytes, and their CRC-32. Compressed: what
 * is written is a zlib stream (RFC 1950) of it, which file_close expands.
 */
status_t file_expect(file_t *file, size_t size, uint32_t crc, bool compressed);

/*
 * Writes at offset, at most to the end of what is there. ERR_RANGE: further on,
 * or more than a quarter of memory; ERR_NO_MEMORY.
 */
status_t file_write(file_t *file, size_t offset, const void *bytes, size_t size);

/* Makes the file usable. ERR_DAMAGED: it is not what file_expect said; then it is gone. */
status_t file_close(file_t *file);

/* A complete file. ERR_NOT_FOUND. */
status_t file_find(const char *name, const void **bytes, size_t *size);

/* What a domain is called after a file: "hello" of hello.o, "net" of net.a, else as the file. */
void file_stem(const char *file, char name[FILE_NAME_MAX + 1]);

/* Removes a complete file if there is one of that name. */
void file_remove(const char *name);

/* Removes all files, or all that are still being written. */
void file_remove_all(void);
void file_remove_unfinished(void);

/* Whether some file is still being written. */
bool file_any_unfinished(void);

#endif
