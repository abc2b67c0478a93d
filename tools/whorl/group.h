/* The objects that one -x names: a list of files, read into memory, whose names the kernel can take. */
#ifndef WHORL_GROUP_H
#define WHORL_GROUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct object {
    char *path;
    const char *name; /* the path's last part, which is what the kernel calls it */
    uint8_t *data;
    size_t size;
};

struct group {
    struct object *objects;
    size_t n_objects;
};

/* Reads the files of a list with commas. False, and the user was told why: nothing is to be closed then. */
bool group_open(struct group *group, const char *list);

/* The same of one file, whose name may have commas. */
bool group_open_file(struct group *group, const char *path);

void group_close(struct group *group);

/* The names with commas between them, to be freed. */
char *group_names(const struct group *group);

#endif
