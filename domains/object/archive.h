/*
 * Reading `ar` archives as GNU and POSIX write them (ar(5)): a list of members, of
 * which the symbol index and the table of long names are not handed out. The bytes
 * are hostile: archive_open checks every header once.
 *
 * Portable and pure; the bytes stay the caller's.
 */
#ifndef DOMAINS_OBJECT_ARCHIVE_H
#define DOMAINS_OBJECT_ARCHIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <whorl/status.h>

#define ARCHIVE_NAME_MAX 255 /* longer names are cut */

struct archive {
    const uint8_t *bytes;
    size_t size;
    const char *long_names; /* NULL if there are none */
    size_t long_names_size;
    size_t n_members; /* that archive_next hands out */
};

struct archive_member {
    char name[ARCHIVE_NAME_MAX + 1];
    const uint8_t *bytes;
    size_t size;
};

/* Whether the bytes begin as an archive does, thin ones included. */
bool archive_begins(const void *bytes, size_t size);

/* ERR_BAD_OBJECT: damaged, or without members; ERR_UNSUPPORTED: a thin archive. */
status_t archive_open(const void *bytes, size_t size, struct archive *archive);

/* The next member; *offset is 0 at first and is private to this function. False at the end. */
bool archive_next(const struct archive *archive, size_t *offset, struct archive_member *member);

#endif
