/*
 * See archive.h. One function, read_entry, reads a header and what follows it, with
 * every check; archive_open walks over all headers with it, and archive_next walks
 * again. Nothing is allocated. A member's name stands in one of four places: in the
 * header as GNU ends it ("name/") or as BSD pads it ("name  "), in the table of long
 * names ("/123"), or in front of the member's bytes ("#1/20").
 */
#include "domains/object/archive.h"

#include <string.h>

#define MAGIC "!<arch>\n"
#define MAGIC_THIN "!<thin>\n"
#define MAGIC_SIZE 8

/* The header: fields of characters, padded with blanks. */
#define NAME 0
#define NAME_SIZE 16
#define LENGTH 48
#define LENGTH_SIZE 10
#define END 58
#define HEADER_SIZE 60

enum entry_kind { ENTRY_MEMBER, ENTRY_INDEX, ENTRY_LONG_NAMES };

struct entry {
    enum entry_kind kind;
    size_t at;             /* where its header is */
    const uint8_t *header; /* there */
    const char *name;
    size_t name_size;
    const uint8_t *bytes;
    size_t size;
};

static status_t bad(const struct entry *entry, const char *what)
{
    return status_refuse(ERR_BAD_OBJECT, "member at 0x%zx: %s", entry->at, what);
}

/* A decimal number among blanks; false if it is none. 15 digits at most, so that it fits. */
static bool read_number(const uint8_t *field, size_t size, uint64_t *number)
{
    uint64_t value = 0;
    size_t from = 0;
    size_t i;

    while (size > 0 && field[size - 1] == ' ')
        size--;
    while (from < size && field[from] == ' ')
        from++;
    for (i = from; i < size && field[i] >= '0' && field[i] <= '9'; i++)
        value = value * 10 + (uint64_t)(field[i] - '0');
    *number = value;
    return i == size && from < size;
}

/* The bytes that the header announces. */
static status_t read_extent(const struct archive *archive, struct entry *entry)
{
    const uint8_t *length = entry->header + LENGTH;
    size_t left = archive->size - entry->at - HEADER_SIZE;
    uint64_t size;

    if (!read_number(length, LENGTH_SIZE, &size))
        return status_refuse(ERR_BAD_OBJECT, "member at 0x%zx: its size, \"%.*s\", is no number",
                             entry->at, LENGTH_SIZE, (const char *)length);
    if (size > left)
        return status_refuse(ERR_BAD_OBJECT,
                             "member at 0x%zx: its %llu bytes go beyond the end of the file",
                             entry->at, (unsigned long long)size);
    entry->bytes = entry->header + HEADER_SIZE;
    entry->size = (size_t)size;
    return OK;
}

/* "/123": the name begins there in the table and ends with its line. */
static status_t read_long_name(const struct archive *archive, struct entry *entry)
{
    const char *end;
    uint64_t at;

    if (!read_number(entry->header + NAME + 1, NAME_SIZE - 1, &at))
        return status_refuse(ERR_BAD_OBJECT, "member at 0x%zx: nothing is known of a \"%.*s\"",
                             entry->at, NAME_SIZE, (const char *)entry->header + NAME);
    if (archive->long_names == NULL)
        return bad(entry, "no table of long names comes before it");
    if (at >= archive->long_names_size)
        return status_refuse(ERR_BAD_OBJECT,
                             "member at 0x%zx: its name is at %llu of a table of %zu bytes",
                             entry->at, (unsigned long long)at, archive->long_names_size);
    entry->name = archive->long_names + at;
    end = memchr(entry->name, '\n', archive->long_names_size - (size_t)at);
    if (end == NULL)
        return bad(entry, "its name does not end in the table of long names");
    entry->name_size = (size_t)(end - entry->name);
    if (entry->name_size > 0 && end[-1] == '/')
        entry->name_size--;
    return OK;
}

/* "#1/20": the first 20 bytes are the name, with zeros behind it. */
static status_t read_name_in_bytes(struct entry *entry)
{
    const char *zero;
    uint64_t size;

    if (!read_number(entry->header + NAME + 3, NAME_SIZE - 3, &size))
        return status_refuse(ERR_BAD_OBJECT,
                             "member at 0x%zx: the size of its name, \"%.*s\", is no number",
                             entry->at, NAME_SIZE - 3, (const char *)entry->header + NAME + 3);
    if (size > entry->size)
        return status_refuse(ERR_BAD_OBJECT,
                             "member at 0x%zx: a name of %llu bytes is longer than the member",
                             entry->at, (unsigned long long)size);
    entry->name = (const char *)entry->bytes;
    zero = memchr(entry->name, 0, (size_t)size);
    entry->name_size = zero != NULL ? (size_t)(zero - entry->name) : (size_t)size;
    entry->bytes += size;
    entry->size -= (size_t)size;
    return OK;
}

static void read_short_name(struct entry *entry)
{
    const char *end;

    entry->name = (const char *)entry->header + NAME;
    end = memchr(entry->name, '/', NAME_SIZE);
    entry->name_size = end != NULL ? (size_t)(end - entry->name) : NAME_SIZE;
    while (end == NULL && entry->name_size > 0 && entry->name[entry->name_size - 1] == ' ')
        entry->name_size--;
}

/* Whether the header's name is this one, with nothing but blanks behind it. */
static bool is_called(const struct entry *entry, const char *name)
{
    char padded[NAME_SIZE];

    memset(padded, ' ', sizeof padded);
    memcpy(padded, name, strlen(name));
    return memcmp(entry->header + NAME, padded, sizeof padded) == 0;
}

/* BSD's symbol index, sorted or not, for 32 bits or 64, is a member like others but for its name. */
static bool is_bsd_index(const struct entry *entry)
{
    static const char name[] = "__.SYMDEF";

    return entry->name_size >= sizeof name - 1 && memcmp(entry->name, name, sizeof name - 1) == 0;
}

static status_t read_name(const struct archive *archive, struct entry *entry)
{
    status_t status = OK;

    if (entry->header[NAME] == '/')
        status = read_long_name(archive, entry);
    else if (memcmp(entry->header + NAME, "#1/", 3) == 0)
        status = read_name_in_bytes(entry);
    else
        read_short_name(entry);
    if (status != OK)
        return status;
    if (entry->name_size == 0 || memchr(entry->name, 0, entry->name_size) != NULL)
        return bad(entry, "its name is empty or contains a zero");
    entry->kind = is_bsd_index(entry) ? ENTRY_INDEX : ENTRY_MEMBER;
    return OK;
}

/* at < archive->size */
static status_t read_entry(const struct archive *archive, size_t at, struct entry *entry)
{
    status_t status;

    *entry = (struct entry){.at = at, .header = archive->bytes + at};
    if (archive->size - at < HEADER_SIZE)
        return status_refuse(ERR_BAD_OBJECT, "%zu bytes at 0x%zx are too few for a member",
                             archive->size - at, at);
    if (memcmp(entry->header + END, "`\n", 2) != 0)
        return bad(entry, "its header does not end as one must");
    status = read_extent(archive, entry);
    if (status != OK)
        return status;
    if (is_called(entry, "/") || is_called(entry, "/SYM64/"))
        entry->kind = ENTRY_INDEX;
    else if (is_called(entry, "//"))
        entry->kind = ENTRY_LONG_NAMES;
    else
        status = read_name(archive, entry);
    return status;
}

/* Headers are at even offsets; the byte before one may be missing at the end of the file. */
static size_t after(const struct archive *archive, const struct entry *entry)
{
    size_t end = (size_t)(entry->bytes - archive->bytes) + entry->size;

    return end + (end % 2 != 0 && end < archive->size);
}

static status_t take_entry(struct archive *archive, const struct entry *entry)
{
    if (entry->kind == ENTRY_MEMBER)
        archive->n_members++;
    if (entry->kind != ENTRY_LONG_NAMES)
        return OK;
    if (archive->long_names != NULL)
        return bad(entry, "a second table of long names");
    archive->long_names = (const char *)entry->bytes;
    archive->long_names_size = entry->size;
    return OK;
}

bool archive_begins(const void *bytes, size_t size)
{
    return size >= MAGIC_SIZE &&
           (memcmp(bytes, MAGIC, MAGIC_SIZE) == 0 || memcmp(bytes, MAGIC_THIN, MAGIC_SIZE) == 0);
}

status_t archive_open(const void *bytes, size_t size, struct archive *archive)
{
    struct archive opened = {.bytes = bytes, .size = size};
    struct entry entry;

    if (!archive_begins(bytes, size))
        return status_refuse(ERR_BAD_OBJECT, "not an archive");
    if (memcmp(bytes, MAGIC_THIN, MAGIC_SIZE) == 0)
        return status_refuse(ERR_UNSUPPORTED,
                             "a thin archive, which has its members' names but not their bytes");
    for (size_t at = MAGIC_SIZE; at < size; at = after(&opened, &entry)) {
        status_t status = read_entry(&opened, at, &entry);

        if (status == OK)
            status = take_entry(&opened, &entry);
        if (status != OK)
            return status;
    }
    if (opened.n_members == 0)
        return status_refuse(ERR_BAD_OBJECT, "an archive without members");
    *archive = opened;
    return OK;
}

static void give(const struct entry *entry, struct archive_member *member)
{
    size_t size = entry->name_size < ARCHIVE_NAME_MAX ? entry->name_size : ARCHIVE_NAME_MAX;

    memcpy(member->name, entry->name, size);
    member->name[size] = 0;
    member->bytes = entry->bytes;
    member->size = entry->size;
}

bool archive_next(const struct archive *archive, size_t *offset, struct archive_member *member)
{
    size_t at = *offset == 0 ? MAGIC_SIZE : *offset;
    struct entry entry;

    while (at < archive->size && read_entry(archive, at, &entry) == OK) {
        at = after(archive, &entry);
        if (entry.kind != ENTRY_MEMBER)
            continue;
        *offset = at;
        give(&entry, member);
        return true;
    }
    return false;
}
