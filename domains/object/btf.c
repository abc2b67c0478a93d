/*
 * See btf.h. Opening goes over the records once and only keeps the greatest name
 * and the greatest reference; as a compiler writes procedures and variables behind
 * all types, these say at once that every reference is to a type. If they do not,
 * the records are looked at one by one, to name the one at fault or to find none.
 *
 * What sections, linkage and tags say is not used, so only their ids are checked.
 */
#include "domains/object/btf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "domains/object/btf_record.h"

#define INLINE static inline __attribute__((always_inline))

#define MAGIC 0xeb9f
#define MAGIC_SWAPPED 0x9feb
#define VERSION 1
#define HEADER_SIZE 24
#define SECTION_SIZE_MAX 0x40000000u /* keeps every sum below within 32 bits */
#define INT_SIZE_MAX 16

/* Offsets in the header of a blob. */
#define H_VERSION 2
#define H_FLAGS 3
#define H_LENGTH 4
#define H_TYPES_OFFSET 8
#define H_TYPES_SIZE 12
#define H_STRINGS_OFFSET 16
#define H_STRINGS_SIZE 20

/* A blob whose header is right. */
struct extent {
    const uint8_t *types;
    const char *strings;
    uint32_t types_size, strings_size;
    size_t size; /* of all of it */
};

/* What the records of a blob refer to. */
struct seen {
    uint32_t name, type; /* the greatest */
    uint32_t any;        /* the greatest that need not be a type */
    uint32_t entry;      /* id of the first record that is no type */
    bool odd;            /* something is to be looked at again */
};

/* ---- headers ---- */

static status_t check_identity(const uint8_t *h, size_t left)
{
    if (left < HEADER_SIZE)
        return status_refuse(ERR_BAD_OBJECT, "%u bytes are too few for a header", (unsigned)left);
    if (get16(h) == MAGIC_SWAPPED)
        return status_refuse(ERR_BAD_OBJECT, "not big-endian");
    if (get16(h) != MAGIC)
        return status_refuse(ERR_BAD_OBJECT, "begins with 0x%04x instead of 0x%x", get16(h), MAGIC);
    if (h[H_VERSION] != VERSION)
        return status_refuse(ERR_UNSUPPORTED, "version %u instead of %u", h[H_VERSION], VERSION);
    if (h[H_FLAGS] != 0)
        return status_refuse(ERR_UNSUPPORTED, "unknown flags 0x%x", h[H_FLAGS]);
    return OK;
}

/* A longer header may say anything, unless it is all zeros. */
static status_t check_length(const uint8_t *h, size_t left)
{
    uint32_t length = get32(h + H_LENGTH);

    if (length < HEADER_SIZE || length > left)
        return status_refuse(ERR_BAD_OBJECT, "a header of %u bytes, where %u to %u are possible",
                             (unsigned)length, HEADER_SIZE, (unsigned)left);
    for (uint32_t i = HEADER_SIZE; i < length; i++)
        if (h[i] != 0)
            return status_refuse(ERR_UNSUPPORTED, "a header of %u bytes with something at %u",
                                 (unsigned)length, (unsigned)i);
    return OK;
}

static bool inside(uint32_t offset, uint32_t size, size_t left)
{
    return offset <= left && size <= left - offset;
}

static status_t check_parts(const uint8_t *h, size_t left)
{
    uint32_t types = get32(h + H_TYPES_OFFSET), types_size = get32(h + H_TYPES_SIZE);
    uint32_t strings = get32(h + H_STRINGS_OFFSET), strings_size = get32(h + H_STRINGS_SIZE);

    if (!inside(types, types_size, left))
        return status_refuse(ERR_BAD_OBJECT, "types (0x%x bytes at 0x%x) go beyond the end",
                             (unsigned)types_size, (unsigned)types);
    if (!inside(strings, strings_size, left))
        return status_refuse(ERR_BAD_OBJECT, "strings (0x%x bytes at 0x%x) go beyond the end",
                             (unsigned)strings_size, (unsigned)strings);
    if (types_size != 0 && strings < types + types_size && types < strings + strings_size)
        return status_refuse(ERR_BAD_OBJECT,
                             "types (0x%x bytes at 0x%x) and strings (at 0x%x) overlap",
                             (unsigned)types_size, (unsigned)types, (unsigned)strings);
    return OK;
}

/* A compiler that has nothing to tell counts no strings, though it may write some. */
static bool is_empty(const struct extent *extent)
{
    return extent->types_size == 0 && extent->strings_size == 0;
}

static status_t check_strings(const struct extent *extent)
{
    if (is_empty(extent))
        return OK;
    if (extent->strings_size == 0 || extent->strings[0] != 0)
        return status_refuse(ERR_BAD_OBJECT, "the strings do not begin with an empty one");
    if (extent->strings[extent->strings_size - 1] != 0)
        return status_refuse(ERR_BAD_OBJECT, "the strings are not terminated");
    return OK;
}

static void measure(const uint8_t *h, struct extent *extent)
{
    const uint8_t *parts = h + get32(h + H_LENGTH), *end;

    extent->types = parts + get32(h + H_TYPES_OFFSET);
    extent->types_size = get32(h + H_TYPES_SIZE);
    extent->strings = (const char *)parts + get32(h + H_STRINGS_OFFSET);
    extent->strings_size = get32(h + H_STRINGS_SIZE);
    end = extent->types + extent->types_size;
    if (end < (const uint8_t *)extent->strings + extent->strings_size)
        end = (const uint8_t *)extent->strings + extent->strings_size;
    extent->size = (size_t)(end - h);
}

static status_t check_header(const uint8_t *h, size_t left, struct extent *extent)
{
    status_t status = check_identity(h, left);

    if (status == OK)
        status = check_length(h, left);
    if (status == OK)
        status = check_parts(h, left - get32(h + H_LENGTH));
    if (status != OK)
        return status;
    measure(h, extent);
    return check_strings(extent);
}

/* ---- all records, quickly ---- */

INLINE void note_name(struct seen *seen, uint32_t name)
{
    if (name > seen->name)
        seen->name = name;
}

INLINE void note_type(struct seen *seen, uint32_t type)
{
    if (type > seen->type)
        seen->type = type;
}

/* The end of n names, each at the beginning of so many bytes; NULL if it lies beyond the end of the types. */
INLINE const uint8_t *note_names(struct seen *seen, const uint8_t *p, const uint8_t *end,
                                 uint32_t n, uint32_t size)
{
    if (n * size > (size_t)(end - p))
        return NULL;
    for (; n > 0; n--, p += size)
        note_name(seen, get32(p));
    return p;
}

/* The same where a reference follows each name. */
INLINE const uint8_t *note_fields(struct seen *seen, const uint8_t *p, const uint8_t *end,
                                  uint32_t n, uint32_t size)
{
    if (n * size > (size_t)(end - p))
        return NULL;
    for (; n > 0; n--, p += size) {
        note_name(seen, get32(p));
        note_type(seen, btf_field_type(p));
    }
    return p;
}

INLINE const uint8_t *skip(const uint8_t *p, const uint8_t *end, uint32_t size)
{
    return size > (size_t)(end - p) ? NULL : p + size;
}

static bool is_sane(const uint8_t *integer)
{
    uint32_t size = btf_size(integer), word = get32(integer + BTF_RECORD_SIZE);

    return size <= INT_SIZE_MAX && BTF_INT_BITS(word) != 0 &&
           BTF_INT_OFFSET(word) + BTF_INT_BITS(word) <= size * 8;
}

INLINE const uint8_t *note_int(struct seen *seen, const uint8_t *p, const uint8_t *end)
{
    const uint8_t *next = skip(p + BTF_RECORD_SIZE, end, BTF_INT_SIZE);

    if (next != NULL && !is_sane(p))
        seen->odd = true;
    return next;
}

INLINE const uint8_t *note_array(struct seen *seen, const uint8_t *p, const uint8_t *end)
{
    const uint8_t *next = skip(p, end, BTF_ARRAY_SIZE);

    if (next != NULL) {
        note_type(seen, get32(p));
        note_type(seen, get32(p + 4));
    }
    return next;
}

INLINE void note_entry(struct seen *seen, uint32_t id)
{
    if (id < seen->entry)
        seen->entry = id;
}

/* A prototype that stands before its procedure is recognized at once. */
INLINE void note_procedure(struct seen *seen, const struct btf_blob *blob, uint32_t id,
                           uint32_t prototype)
{
    note_entry(seen, id);
    if (prototype - 1 >= id - 1 || btf_kind(btf_record(blob, prototype)) != BTF_FUNC_PROTO)
        seen->odd = true;
}

INLINE const uint8_t *note_section(struct seen *seen, const uint8_t *p, const uint8_t *end,
                                   uint32_t n)
{
    if (skip(p, end, n * BTF_SECINFO_SIZE) == NULL)
        return NULL;
    for (; n > 0; n--, p += BTF_SECINFO_SIZE)
        if (get32(p) > seen->any)
            seen->any = get32(p);
    return p;
}

INLINE const uint8_t *note_tag(struct seen *seen, const uint8_t *p, const uint8_t *end)
{
    if (btf_target(p) > seen->any)
        seen->any = btf_target(p);
    return skip(p + BTF_RECORD_SIZE, end, BTF_DECL_TAG_SIZE);
}

/* The end of the record at p; NULL if it lies beyond the end of the types or the kind is unknown. */
INLINE const uint8_t *note_record(struct seen *seen, const struct btf_blob *blob, const uint8_t *p,
                                  const uint8_t *end, uint32_t id)
{
    const uint8_t *payload = p + BTF_RECORD_SIZE;

    note_name(seen, get32(p));
    switch (btf_kind(p)) {
    case BTF_PTR:
    case BTF_TYPEDEF:
    case BTF_VOLATILE:
    case BTF_CONST:
    case BTF_RESTRICT:
    case BTF_TYPE_TAG:
        note_type(seen, btf_target(p));
        return payload;
    case BTF_FWD:
    case BTF_FLOAT:
        return payload;
    case BTF_INT:
        return note_int(seen, p, end);
    case BTF_ARRAY:
        return note_array(seen, payload, end);
    case BTF_STRUCT:
    case BTF_UNION:
        return note_fields(seen, payload, end, btf_vlen(p), BTF_MEMBER_SIZE);
    case BTF_ENUM:
        return note_names(seen, payload, end, btf_vlen(p), BTF_ENUMERATOR_SIZE);
    case BTF_ENUM64:
        return note_names(seen, payload, end, btf_vlen(p), BTF_ENUMERATOR64_SIZE);
    case BTF_FUNC_PROTO:
        note_type(seen, btf_target(p));
        return note_fields(seen, payload, end, btf_vlen(p), BTF_PARAMETER_SIZE);
    case BTF_FUNC:
        note_procedure(seen, blob, id, btf_target(p));
        return payload;
    case BTF_VAR:
        note_entry(seen, id);
        note_type(seen, btf_target(p));
        return skip(payload, end, BTF_VAR_SIZE);
    case BTF_DATASEC:
        note_entry(seen, id);
        return note_section(seen, payload, end, btf_vlen(p));
    case BTF_DECL_TAG:
        note_entry(seen, id);
        return note_tag(seen, p, end);
    default:
        return NULL;
    }
}

static status_t refuse_record(const uint8_t *p, const uint8_t *end, uint32_t id)
{
    if (end - p < BTF_RECORD_SIZE)
        return status_refuse(ERR_BAD_OBJECT, "type %u goes beyond the end of the types",
                             (unsigned)id);
    if (btf_kind(p) == 0)
        return status_refuse(ERR_BAD_OBJECT, "type %u is of no kind", (unsigned)id);
    if (btf_kind(p) >= BTF_N_KINDS)
        return status_refuse(ERR_UNSUPPORTED, "type %u is of unknown kind %u", (unsigned)id,
                             btf_kind(p));
    return status_refuse(ERR_BAD_OBJECT,
                         "type %u, of kind %u and length %u, goes beyond the end of the types",
                         (unsigned)id, btf_kind(p), btf_vlen(p));
}

/* Fills in the offsets. Returns the end, or the first record that is not right by itself: that of n_types. */
static const uint8_t *note_all(struct seen *seen, struct btf_blob *blob, const uint8_t *end)
{
    const uint8_t *p = blob->types;
    struct seen now = {.entry = UINT32_MAX};
    uint32_t id = 1;

    blob->offsets[0] = 0;
    while (end - p >= BTF_RECORD_SIZE) {
        const uint8_t *next;

        blob->offsets[id] = (uint32_t)(p - blob->types);
        next = note_record(&now, blob, p, end, id);
        if (next == NULL)
            break;
        p = next;
        id++;
    }
    blob->n_types = id;
    *seen = now;
    return p;
}

/* ---- one record, thoroughly ---- */

static status_t check_name(const struct extent *extent, uint32_t id, uint32_t name)
{
    if (name < extent->strings_size)
        return OK;
    return status_refuse(ERR_BAD_OBJECT, "type %u: name at 0x%x, outside the strings", (unsigned)id,
                         (unsigned)name);
}

static status_t check_present(const struct btf_blob *blob, uint32_t id, uint32_t reference)
{
    if (reference < blob->n_types)
        return OK;
    return status_refuse(ERR_BAD_OBJECT, "type %u refers to type %u, which is not there",
                         (unsigned)id, (unsigned)reference);
}

static unsigned kind_of(const struct btf_blob *blob, uint32_t id)
{
    return id == 0 ? BTF_VOID : btf_kind(btf_record(blob, id));
}

static status_t check_type(const struct btf_blob *blob, uint32_t id, uint32_t reference)
{
    const unsigned entries =
        BTF_BIT(BTF_FUNC) | BTF_BIT(BTF_VAR) | BTF_BIT(BTF_DATASEC) | BTF_BIT(BTF_DECL_TAG);
    status_t status = check_present(blob, id, reference);

    if (status == OK && (entries >> kind_of(blob, reference) & 1) != 0)
        status = status_refuse(ERR_BAD_OBJECT, "type %u refers to %u, which is no type (kind %u)",
                               (unsigned)id, (unsigned)reference, kind_of(blob, reference));
    return status;
}

static status_t check_prototype(const struct btf_blob *blob, uint32_t id, uint32_t reference)
{
    status_t status = check_present(blob, id, reference);

    if (status == OK && kind_of(blob, reference) != BTF_FUNC_PROTO)
        status = status_refuse(ERR_BAD_OBJECT,
                               "procedure %u is of type %u, which is no prototype (kind %u)",
                               (unsigned)id, (unsigned)reference, kind_of(blob, reference));
    return status;
}

static status_t check_target(const struct btf_blob *blob, uint32_t id)
{
    const unsigned types =
        BTF_MODIFIERS | BTF_BIT(BTF_PTR) | BTF_BIT(BTF_FUNC_PROTO) | BTF_BIT(BTF_VAR);
    const uint8_t *record = btf_record(blob, id);
    unsigned kind = btf_kind(record);

    if (kind == BTF_INT && !is_sane(record))
        return status_refuse(ERR_BAD_OBJECT, "type %u: %u bits at bit %u of an integer of %u bytes",
                             (unsigned)id, (unsigned)BTF_INT_BITS(get32(record + BTF_RECORD_SIZE)),
                             (unsigned)BTF_INT_OFFSET(get32(record + BTF_RECORD_SIZE)),
                             (unsigned)btf_size(record));
    if (kind == BTF_FUNC)
        return check_prototype(blob, id, btf_target(record));
    if (kind == BTF_DECL_TAG)
        return check_present(blob, id, btf_target(record));
    return (types >> kind & 1) != 0 ? check_type(blob, id, btf_target(record)) : OK;
}

/* What follows the record, in so many parts of the same size. */
static status_t check_fields(const struct btf_blob *blob, const struct extent *extent, uint32_t id,
                             unsigned size, bool typed)
{
    const uint8_t *record = btf_record(blob, id);

    for (unsigned i = 0; i < btf_vlen(record); i++) {
        const uint8_t *field = btf_field(record, size, i);
        status_t status = check_name(extent, id, get32(field));

        if (status == OK && typed)
            status = check_type(blob, id, btf_field_type(field));
        if (status != OK)
            return status;
    }
    return OK;
}

static status_t check_section(const struct btf_blob *blob, uint32_t id)
{
    const uint8_t *record = btf_record(blob, id);
    status_t status = OK;

    for (unsigned i = 0; status == OK && i < btf_vlen(record); i++)
        status = check_present(blob, id, get32(btf_field(record, BTF_SECINFO_SIZE, i)));
    return status;
}

static status_t check_array(const struct btf_blob *blob, uint32_t id)
{
    const uint8_t *payload = btf_field(btf_record(blob, id), BTF_ARRAY_SIZE, 0);
    status_t status = check_type(blob, id, get32(payload));

    return status == OK ? check_type(blob, id, get32(payload + 4)) : status;
}

static status_t check_payload(const struct btf_blob *blob, const struct extent *extent, uint32_t id)
{
    switch (btf_kind(btf_record(blob, id))) {
    case BTF_ARRAY:
        return check_array(blob, id);
    case BTF_STRUCT:
    case BTF_UNION:
        return check_fields(blob, extent, id, BTF_MEMBER_SIZE, true);
    case BTF_FUNC_PROTO:
        return check_fields(blob, extent, id, BTF_PARAMETER_SIZE, true);
    case BTF_ENUM:
        return check_fields(blob, extent, id, BTF_ENUMERATOR_SIZE, false);
    case BTF_ENUM64:
        return check_fields(blob, extent, id, BTF_ENUMERATOR64_SIZE, false);
    case BTF_DATASEC:
        return check_section(blob, id);
    default:
        return OK;
    }
}

static status_t check_records(const struct btf_blob *blob, const struct extent *extent)
{
    for (uint32_t id = 1; id < blob->n_types; id++) {
        status_t status = check_name(extent, id, get32(btf_record(blob, id)));

        if (status == OK)
            status = check_target(blob, id);
        if (status == OK)
            status = check_payload(blob, extent, id);
        if (status != OK)
            return status;
    }
    return OK;
}

/* ---- opening ---- */

static status_t fill(struct btf_blob *blob, const struct extent *extent)
{
    const uint8_t *end = extent->types + extent->types_size, *stop;
    struct seen seen;

    stop = note_all(&seen, blob, end);
    if (stop != end)
        return refuse_record(stop, end, blob->n_types);
    if (seen.entry > blob->n_types)
        seen.entry = blob->n_types;
    blob->first_entry = seen.entry;
    if (!seen.odd && seen.name < extent->strings_size && seen.type < seen.entry &&
        seen.any < blob->n_types)
        return OK;
    return check_records(blob, extent);
}

/* No record is smaller than the smallest. */
static status_t open_blob(const struct extent *extent, struct btf_blob *blob)
{
    size_t n = extent->types_size / BTF_RECORD_SIZE + 2;
    status_t status;

    blob->types = extent->types;
    blob->strings = extent->strings;
    blob->offsets = malloc(n * sizeof *blob->offsets);
    if (blob->offsets == NULL)
        return status_refuse(ERR_NO_MEMORY, "no memory for %u types", (unsigned)n);
    status = fill(blob, extent);
    if (status != OK)
        free(blob->offsets);
    return status;
}

/* Makes room for one more blob, twice as many as there are whenever that is a power of two. */
static status_t reserve(struct btf *btf)
{
    unsigned n = btf->n_blobs;
    struct btf_blob *blobs;

    if ((n & (n - 1)) != 0)
        return OK;
    blobs = malloc((n == 0 ? 1 : 2 * n) * sizeof *blobs);
    if (blobs == NULL)
        return status_refuse(ERR_NO_MEMORY, "no memory for %u blobs", n + 1);
    if (n > 0)
        memcpy(blobs, btf->blobs, n * sizeof *blobs);
    free(btf->blobs);
    btf->blobs = blobs;
    return OK;
}

/* Where the next blob begins, behind strings that nobody counted. */
static size_t skip_uncounted(const uint8_t *p, size_t size, size_t at)
{
    while (at < size && (size - at < 2 || get16(p + at) != MAGIC))
        at++;
    return at;
}

/* The blob at p, of which *size bytes are left: in the end, those that it has. */
static status_t add_blob(struct btf *btf, const uint8_t *p, size_t *size)
{
    struct extent extent;
    status_t status = check_header(p, *size, &extent);

    if (status == OK && is_empty(&extent)) {
        *size = skip_uncounted(p, *size, extent.size);
        return OK;
    }
    if (status == OK)
        status = reserve(btf);
    if (status == OK)
        status = open_blob(&extent, &btf->blobs[btf->n_blobs]);
    if (status != OK)
        return status;
    btf->n_blobs++;
    *size = extent.size;
    return OK;
}

static status_t refuse_blob(status_t status, uint32_t position)
{
    char what[32];

    snprintf(what, sizeof what, "blob at 0x%x", (unsigned)position);
    return status_context(status, what);
}

static status_t add_blobs(struct btf *btf)
{
    const uint8_t *p = btf->bytes, *end = p + btf->size;

    while (p != end) {
        size_t size = (size_t)(end - p);
        status_t status;

        if (*p == 0) {
            p++;
            continue;
        }
        status = add_blob(btf, p, &size);
        if (status != OK)
            return refuse_blob(status, (uint32_t)(p - btf->bytes));
        p += size;
    }
    return OK;
}

status_t btf_open(const void *bytes, size_t size, struct btf *btf)
{
    struct btf new = {.bytes = bytes, .size = size};
    status_t status;

    if (size > SECTION_SIZE_MAX)
        return status_refuse(ERR_UNSUPPORTED, "BTF of more than 0x%x bytes", SECTION_SIZE_MAX);
    status = add_blobs(&new);
    if (status == OK)
        *btf = new;
    else
        btf_close(&new);
    return status;
}

void btf_close(struct btf *btf)
{
    for (unsigned i = 0; i < btf->n_blobs; i++)
        free(btf->blobs[i].offsets);
    free(btf->blobs);
    *btf = (struct btf){0};
}

/* ---- procedures and variables ---- */

static bool next_in_blob(const struct btf_blob *blob, uint32_t traits, struct btf_cursor *cursor,
                         struct btf_entry *entry)
{
    uint32_t id = cursor->id < blob->first_entry ? blob->first_entry : cursor->id + 1;

    for (; id < blob->n_types; id++) {
        const uint8_t *record = btf_record(blob, id);
        unsigned kind = btf_kind(record);
        const char *name;

        if (kind != BTF_FUNC && kind != BTF_VAR)
            continue;
        name = btf_name(blob, record);
        if (name[0] == 0 || (btf_trait(name) & traits) == 0)
            continue;
        entry->name = name;
        entry->position = blob->offsets[id];
        entry->procedure = kind == BTF_FUNC;
        cursor->id = id;
        return true;
    }
    return false;
}

bool btf_next(const struct btf *btf, struct btf_cursor *cursor, struct btf_entry *entry)
{
    return btf_next_with(btf, UINT32_MAX, cursor, entry);
}

bool btf_next_with(const struct btf *btf, uint32_t traits, struct btf_cursor *cursor,
                   struct btf_entry *entry)
{
    for (; cursor->blob < btf->n_blobs; cursor->blob++, cursor->id = 0) {
        const struct btf_blob *blob = &btf->blobs[cursor->blob];

        if (!next_in_blob(blob, traits, cursor, entry))
            continue;
        entry->position += (uint32_t)(blob->types - btf->bytes);
        return true;
    }
    return false;
}

/* Blobs stand in their order in the section. */
static const struct btf_blob *blob_at(const struct btf *btf, uint32_t position)
{
    const struct btf_blob *blob = btf->blobs;
    unsigned n = btf->n_blobs;

    while (n > 1) {
        if ((uint32_t)(blob[n / 2].types - btf->bytes) <= position) {
            blob += n / 2;
            n -= n / 2;
        } else {
            n /= 2;
        }
    }
    return blob;
}

struct btf_type btf_type_at(const struct btf *btf, uint32_t position)
{
    return (struct btf_type){blob_at(btf, position), btf_target(btf->bytes + position)};
}

bool btf_is_procedure(const struct btf *btf, uint32_t position)
{
    return btf_kind(btf->bytes + position) == BTF_FUNC;
}
