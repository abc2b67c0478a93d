/*
 * Objects that the real tools made: what the Makefile puts into the folder
 * `objects` beside the test programs.
 */
#ifndef TESTS_CORPUS_H
#define TESTS_CORPUS_H

#include "tests/host/object.h"

struct corpus {
    struct corpus_entry {
        char *name; /* without the folder */
        struct object_file file;
    } * entries;
    size_t n;
};

/* The file of that name, which must be there; at exactly its size, the caller's to free. */
struct object_file corpus_read(const char *name);

/* All whose names match a shell pattern, in the order of their names; there must be one. */
struct corpus corpus_open(const char *pattern);

void corpus_close(struct corpus *corpus);

#endif
