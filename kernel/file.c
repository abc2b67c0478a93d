/* See file.h. */
#include "kernel/file.h"

#include <stdlib.h>
#include <string.h>
#include <whorl/memory.h>
#include <zlib.h>

#include "arch/ppc/machine.h"
#include "kernel/page.h"

#define MEMORY_SHARE 4 /* a file is at most one part in so many of memory */

struct file {
    char *name; /* NULL: this entry is free */
    char *bytes;
    size_t size, n_pages;
    bool complete, expected, compressed;
    size_t expected_size;
    uint32_t expected_crc;
};

static struct file files[FILES_MAX];

static void release_pages(struct file *file)
{
    if (file->n_pages != 0)
        page_give(file->bytes, file->n_pages);
}

static void discard(struct file *file)
{
    release_pages(file);
    free(file->name);
    memset(file, 0, sizeof *file);
}

static struct file *find(const char *name, bool complete)
{
    for (size_t i = 0; i < FILES_MAX; i++)
        if (files[i].name != NULL && files[i].complete == complete &&
            strcmp(files[i].name, name) == 0)
            return &files[i];
    return NULL;
}

static status_t check_name(const char *name)
{
    size_t length = strlen(name);

    if (length == 0 || length > FILE_NAME_MAX)
        return status_refuse(ERR_BAD_ARGUMENT, "a file's name has 1 to %d characters",
                             FILE_NAME_MAX);
    for (size_t i = 0; i < length; i++)
        if ((unsigned char)name[i] <= ' ' || name[i] == ',' || name[i] == 0x7f)
            return status_refuse(ERR_BAD_ARGUMENT,
                                 "a file's name has no blanks, commas or control characters");
    return OK;
}

status_t file_create(const char *name, file_t **file)
{
    status_t status = check_name(name);
    struct file *old = find(name, false);

    if (status != OK)
        return status;
    if (old != NULL)
        discard(old);
    for (size_t i = 0; i < FILES_MAX; i++) {
        if (files[i].name != NULL)
            continue;
        files[i].name = strdup(name);
        if (files[i].name == NULL)
            break;
        *file = &files[i];
        return OK;
    }
    return status_refuse(ERR_NO_MEMORY, "no room for one more file");
}

bool file_is_called(const file_t *file, const char *name)
{
    return strcmp(file->name, name) == 0;
}

static status_t check_size(const struct file *file, size_t size)
{
    if (size <= machine.memory_size / MEMORY_SHARE)
        return OK;
    return status_refuse(ERR_RANGE, "%s: %u bytes are more than a quarter of memory", file->name,
                         (unsigned)size);
}

static status_t reserve(struct file *file, size_t size)
{
    size_t n = (size + MEMORY_PAGE_SIZE - 1) / MEMORY_PAGE_SIZE;
    void *pages;
    status_t status = check_size(file, size);

    if (status != OK)
        return status;
    if (n <= file->n_pages)
        return OK;
    status = page_take(OWNER_KERNEL, n, &pages);
    if (status != OK)
        return status;
    if (file->size != 0)
        memcpy(pages, file->bytes, file->size);
    release_pages(file);
    file->bytes = pages;
    file->n_pages = n;
    return OK;
}

status_t file_expect(file_t *file, size_t size, uint32_t crc, bool compressed)
{
    status_t status = compressed ? check_size(file, size) : reserve(file, size);

    if (status != OK)
        return status;
    file->expected = true;
    file->compressed = compressed;
    file->expected_size = size;
    file->expected_crc = crc;
    return OK;
}

/* Twice the room when it is used up, so that a file of unknown size is copied rarely. */
static status_t grow(struct file *file, size_t end)
{
    size_t room = file->n_pages * MEMORY_PAGE_SIZE;
    status_t status;

    if (end <= room)
        return OK;
    if (end < room * 2) {
        status = reserve(file, room * 2);
        if (status == OK)
            return OK;
    }
    return reserve(file, end);
}

status_t file_write(file_t *file, size_t offset, const void *bytes, size_t size)
{
    status_t status;

    if (offset > file->size || size > SIZE_MAX - offset)
        return status_refuse(ERR_RANGE, "%s: nothing was written up to offset %u yet", file->name,
                             (unsigned)offset);
    status = grow(file, offset + size);
    if (status != OK)
        return status;
    if (size != 0)
        memcpy(file->bytes + offset, bytes, size);
    if (offset + size > file->size)
        file->size = offset + size;
    return OK;
}

static status_t inflate_to(const struct file *file, void *bytes, size_t size)
{
    z_stream stream = {
        .next_in = (Bytef *)file->bytes,
        .avail_in = file->size,
        .next_out = bytes,
        .avail_out = size,
    };
    int result = inflateInit(&stream);

    if (result == Z_OK) {
        result = inflate(&stream, Z_FINISH);
        (void)inflateEnd(&stream);
    }
    if (result == Z_STREAM_END && stream.avail_out == 0 && stream.avail_in == 0)
        return OK;
    return result == Z_MEM_ERROR
               ? status_refuse(ERR_NO_MEMORY, "%s: no memory to expand it", file->name)
               : status_refuse(ERR_DAMAGED, "%s does not expand to the announced %u bytes",
                               file->name, (unsigned)size);
}

/* Puts the bytes that the zlib stream stands for in its place. */
static status_t expand(struct file *file)
{
    struct file expanded = {.name = file->name};
    status_t status = file->expected_size == 0 ? OK : reserve(&expanded, file->expected_size);

    if (status == OK)
        status = inflate_to(file, expanded.bytes, file->expected_size);
    if (status != OK) {
        release_pages(&expanded);
        return status;
    }
    release_pages(file);
    file->bytes = expanded.bytes;
    file->n_pages = expanded.n_pages;
    file->size = file->expected_size;
    return OK;
}

static status_t check(const struct file *file)
{
    uint32_t crc;

    if (!file->expected)
        return OK;
    if (file->size != file->expected_size)
        return status_refuse(ERR_DAMAGED, "%s: %u bytes came, %u were announced", file->name,
                             (unsigned)file->size, (unsigned)file->expected_size);
    crc = (uint32_t)crc32(0, (const Bytef *)file->bytes, file->size);
    if (crc != file->expected_crc)
        return status_refuse(ERR_DAMAGED, "%s: CRC-32 is %08x, %08x was announced", file->name,
                             (unsigned)crc, (unsigned)file->expected_crc);
    return OK;
}

status_t file_close(file_t *file)
{
    status_t status = file->compressed ? expand(file) : OK;

    if (status == OK)
        status = check(file);
    if (status != OK) {
        discard(file);
        return status;
    }
    file_remove(file->name);
    file->complete = true;
    return OK;
}

status_t file_find(const char *name, const void **bytes, size_t *size)
{
    const struct file *file = find(name, true);

    if (file == NULL)
        return status_refuse(ERR_NOT_FOUND, "no file %s was sent", name);
    *bytes = file->bytes;
    *size = file->size;
    return OK;
}

void file_stem(const char *file, char name[FILE_NAME_MAX + 1])
{
    size_t length = strlen(file);

    strcpy(name, file);
    if (length > 2 &&
        (strcmp(file + length - 2, ".o") == 0 || strcmp(file + length - 2, ".a") == 0))
        name[length - 2] = 0;
}

void file_remove(const char *name)
{
    struct file *file = find(name, true);

    if (file != NULL)
        discard(file);
}

void file_remove_all(void)
{
    for (size_t i = 0; i < FILES_MAX; i++)
        if (files[i].name != NULL)
            discard(&files[i]);
}

void file_remove_unfinished(void)
{
    for (size_t i = 0; i < FILES_MAX; i++)
        if (files[i].name != NULL && !files[i].complete)
            discard(&files[i]);
}

bool file_any_unfinished(void)
{
    for (size_t i = 0; i < FILES_MAX; i++)
        if (files[i].name != NULL && !files[i].complete)
            return true;
    return false;
}
