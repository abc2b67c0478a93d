/*
 * Reading the objects to load. A name goes into a command line of the kernel's shell, so one that could
 * be taken for more than one word, or for an option, is refused here.
 */
#define _GNU_SOURCE

#include "tools/whorl/group.h"

#include "tools/whorl/paths.h"
#include "tools/whorl/say.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LARGEST_OBJECT ((off_t)512 << 20) /* a quarter of the largest memory of any machine */
#define NAME_CHARACTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._+-"

static bool refuse(const struct object *object, const char *why)
{
    say("cannot load %s: %s", object->path, why);
    return false;
}

static bool check_name(const struct object *object)
{
    if (object->name[strspn(object->name, NAME_CHARACTERS)] != 0)
        return refuse(object, "a file name may hold letters, digits and . _ + - only");
    if (object->name[0] == '-')
        return refuse(object, "a file name that begins with - would be taken for an option");
    return true;
}

static bool check_file(const struct object *object, const struct stat *file)
{
    if (S_ISDIR(file->st_mode))
        return refuse(object, strerror(EISDIR));
    if (!S_ISREG(file->st_mode))
        return refuse(object, "it is not a regular file");
    if (file->st_size > LARGEST_OBJECT)
        return refuse(object, "it is larger than 512 MB");
    return true;
}

static bool read_all(struct object *object, int fd, size_t size)
{
    ssize_t n = 1;

    object->data = must_allocate(size);
    while (object->size < size && n > 0) {
        n = read(fd, object->data + object->size, size - object->size);
        if (n > 0)
            object->size += (size_t)n;
    }
    return n >= 0 || refuse(object, strerror(errno));
}

/* Non-blocking, so that a pipe without a writer is refused instead of waited for. */
static bool read_object(struct object *object)
{
    int fd = open(object->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    struct stat file;
    bool well = false;

    if (fd < 0)
        return refuse(object, strerror(errno));
    if (fstat(fd, &file) != 0)
        refuse(object, strerror(errno));
    else if (check_file(object, &file))
        well = check_name(object) && read_all(object, fd, (size_t)file.st_size);
    close(fd);
    return well;
}

static bool is_new(const struct group *group, const struct object *object)
{
    for (size_t i = 0; i < group->n_objects; i++) {
        if (strcmp(group->objects[i].name, object->name) == 0) {
            say("cannot load %s together with %s: both are called %s", group->objects[i].path,
                object->path, object->name);
            return false;
        }
    }
    return true;
}

static bool has_path(const struct object *object)
{
    if (object->path[0] == 0)
        say("cannot load a file without a name");
    return object->path[0] != 0;
}

static bool add(struct group *group, const char *path, size_t length)
{
    struct object object = {.path = must_format("%.*s", (int)length, path)};
    bool well;

    object.name = path_base(object.path);
    well = has_path(&object) && is_new(group, &object) && read_object(&object);
    group->objects[group->n_objects++] = object;
    return well;
}

static size_t count(const char *list)
{
    size_t n = 1;

    for (; *list != 0; list++)
        n += *list == ',';
    return n;
}

bool group_open(struct group *group, const char *list)
{
    bool well = true;

    group->objects = must_allocate(count(list) * sizeof(*group->objects));
    group->n_objects = 0;
    while (well) {
        size_t length = strcspn(list, ",");

        well = add(group, list, length);
        if (list[length] == 0)
            break;
        list += length + 1;
    }
    if (!well)
        group_close(group);
    return well;
}

bool group_open_file(struct group *group, const char *path)
{
    bool well;

    group->objects = must_allocate(sizeof(*group->objects));
    group->n_objects = 0;
    well = add(group, path, strlen(path));
    if (!well)
        group_close(group);
    return well;
}

void group_close(struct group *group)
{
    for (size_t i = 0; i < group->n_objects; i++) {
        free(group->objects[i].path);
        free(group->objects[i].data);
    }
    free(group->objects);
}

char *group_names(const struct group *group)
{
    char *names = must_format("%s", group->objects[0].name);

    for (size_t i = 1; i < group->n_objects; i++) {
        char *longer = must_format("%s,%s", names, group->objects[i].name);

        free(names);
        names = longer;
    }
    return names;
}
