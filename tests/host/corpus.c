/* See corpus.h. */
#include "tests/host/corpus.h"

#include <glob.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void die(const char *what)
{
    printf("Bail out! corpus: %s\n", what);
    exit(1);
}

static void make_path(char path[PATH_MAX], const char *name)
{
    char program[PATH_MAX / 2];
    ssize_t length = readlink("/proc/self/exe", program, sizeof program - 1);

    if (length < 0)
        die("where is this program?");
    program[length] = 0;
    if (snprintf(path, PATH_MAX, "%s/objects/%s", dirname(program), name) >= PATH_MAX)
        die(name);
}

static struct object_file read_path(const char *path)
{
    FILE *stream = fopen(path, "rb");
    struct object_file file;

    if (stream == NULL)
        die(path);
    fseek(stream, 0, SEEK_END);
    file.size = (size_t)ftell(stream);
    rewind(stream);
    file.bytes = malloc(file.size);
    if (fread(file.bytes, 1, file.size, stream) != file.size)
        die(path);
    fclose(stream);
    return file;
}

struct object_file corpus_read(const char *name)
{
    char path[PATH_MAX];

    make_path(path, name);
    return read_path(path);
}

struct corpus corpus_open(const char *pattern)
{
    struct corpus corpus;
    char path[PATH_MAX];
    glob_t found;

    make_path(path, pattern);
    if (glob(path, 0, NULL, &found) != 0)
        die(path);
    corpus.n = found.gl_pathc;
    corpus.entries = calloc(corpus.n, sizeof *corpus.entries);
    for (size_t i = 0; i < corpus.n; i++) {
        corpus.entries[i].name = strdup(strrchr(found.gl_pathv[i], '/') + 1);
        corpus.entries[i].file = read_path(found.gl_pathv[i]);
    }
    globfree(&found);
    return corpus;
}

void corpus_close(struct corpus *corpus)
{
    for (size_t i = 0; i < corpus->n; i++) {
        free(corpus->entries[i].name);
        free(corpus->entries[i].file.bytes);
    }
    free(corpus->entries);
}
