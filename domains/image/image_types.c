/* See image_types.h. */
#include "domains/image/image_types.h"

#include <stdlib.h>
#include <string.h>

/* ---- names ---- */

/* A hash index over the imports, for as long as their types are looked up. */
struct index {
    struct import *imports;
    uint32_t *slots; /* index + 1 of an import, 0 for none */
    uint32_t mask;
};

static struct import *find_import(const struct index *index, const char *name, uint32_t hash)
{
    for (uint32_t i = hash;; i++) {
        uint32_t slot = index->slots[i & index->mask];

        if (slot == 0)
            return NULL;
        if (index->imports[slot - 1].hash == hash &&
            strcmp(index->imports[slot - 1].name, name) == 0)
            return &index->imports[slot - 1];
    }
}

static status_t make_index(struct image *image, struct index *index)
{
    size_t n = symbol_slots(image->n_imports);

    index->imports = image->imports;
    index->mask = (uint32_t)n - 1;
    index->slots = calloc(n, sizeof *index->slots);
    if (index->slots == NULL)
        return status_refuse(ERR_NO_MEMORY, "no memory to find the types of %u imports",
                             (unsigned)image->n_imports);
    for (size_t i = 0; i < image->n_imports; i++) {
        uint32_t k = image->imports[i].hash;

        while (index->slots[k & index->mask] != 0)
            k++;
        index->slots[k & index->mask] = (uint32_t)i + 1;
    }
    return OK;
}

/* The compiler calls its copies of a static procedure name.isra.0 and the like. */
static bool has_local(const struct elf_object *object, const char *name)
{
    size_t length = strlen(name);

    for (unsigned i = 1; i < object->n_symbols; i++) {
        struct elf_symbol symbol;

        elf_symbol(object, i, &symbol);
        if (symbol.bind == STB_LOCAL && strncmp(symbol.name, name, length) == 0 &&
            (symbol.name[length] == 0 || symbol.name[length] == '.'))
            return true;
    }
    return false;
}

/* A second entry of a name is rare: joined objects have some. */
static void set(uint32_t *type, const char *name, uint32_t position,
                const struct elf_object objects[], size_t n)
{
    if (*type == 0) {
        *type = position;
        return;
    }
    *type |= TYPE_SEVERAL;
    for (size_t i = 0; i < n && (*type & TYPE_ANY) == 0; i++)
        if (has_local(&objects[i], name))
            *type |= TYPE_ANY;
}

static void name_imports(struct image *image, const struct index *index,
                         const struct elf_object objects[], size_t n)
{
    struct btf_cursor cursor = {0, 0};
    struct btf_entry entry;
    uint32_t traits = 0;

    for (size_t i = 0; i < image->n_imports; i++)
        if (image->imports[i].name[0] != 0)
            traits |= btf_trait(image->imports[i].name);
    while (traits != 0 && btf_next_with(image->btf, traits, &cursor, &entry)) {
        struct import *import = find_import(index, entry.name, symbol_hash(entry.name));

        if (import == NULL)
            continue;
        set(&import->type, entry.name, entry.position, objects, n);
        import->procedure = entry.procedure;
    }
}

/* Joined objects may have several entries of a name; which are static only the object can tell. */
static void name_exports(struct image *image, const struct elf_object objects[], size_t n)
{
    struct btf_cursor cursor = {0, 0};
    struct btf_entry entry;

    image->exports_typed = true;
    while (btf_next(image->btf, &cursor, &entry)) {
        struct symbol *symbol = symbol_find(&image->symbols, entry.name, symbol_hash(entry.name));

        if (symbol != NULL)
            set(&symbol->type, entry.name, entry.position, objects, n);
    }
}

void image_types_of_exports(struct image *image)
{
    if (image->btf != NULL && !image->exports_typed)
        name_exports(image, NULL, 0);
}

/* ---- the section ---- */

static uint8_t *append_sections(uint8_t *to, const struct elf_object *object)
{
    for (unsigned i = 1; i < object->n_sections; i++) {
        const struct elf_section *s = &object->sections[i];

        if (!image_types_in_section(s))
            continue;
        memcpy(to, s->bytes, s->size);
        to += s->size;
    }
    return to;
}

/* The only type section of an object, if it is all there is. */
static const struct elf_section *single(const struct elf_object objects[], size_t n, size_t size)
{
    for (unsigned i = 1; n == 1 && i < objects[0].n_sections; i++)
        if (image_types_in_section(&objects[0].sections[i]))
            return objects[0].sections[i].size == size ? &objects[0].sections[i] : NULL;
    return NULL;
}

/*
 * Copying is four times as fast from word to word, so a single section keeps its place in words. What
 * stands before it in the object is copied along, no more than three bytes.
 */
static status_t copy_sections(struct image *image, const struct elf_object objects[], size_t n,
                              size_t size)
{
    const struct elf_section *only = single(objects, n, size);
    unsigned skew = only == NULL ? 0 : (uintptr_t)only->bytes % 4;
    uint8_t *end;

    if (size > TYPE_POSITION)
        return status_refuse(ERR_UNSUPPORTED, "section .BTF is too large");
    image->types = malloc(size + skew);
    if (image->types == NULL)
        return status_refuse(ERR_NO_MEMORY, "no memory for %u bytes of types", (unsigned)size);
    image->types_size = size;
    image->types_skew = (uint8_t)skew;
    end = image->types;
    if (only != NULL)
        memcpy(end, only->bytes - skew, size + skew);
    for (size_t i = 0; only == NULL && i < n; i++)
        end = append_sections(end, &objects[i]);
    return OK;
}

static status_t open_types(struct image *image)
{
    status_t status = btf_open((const uint8_t *)image->types + image->types_skew, image->types_size,
                               &image->own_btf);

    if (status == OK)
        image->btf = &image->own_btf;
    return status;
}

static status_t find_imports(struct image *image, const struct elf_object objects[], size_t n)
{
    struct index index;
    status_t status;

    if (image->n_imports == 0)
        return OK;
    status = make_index(image, &index);
    if (status != OK)
        return status;
    name_imports(image, &index, objects, n);
    free(index.slots);
    return OK;
}

status_t image_types_open(struct image *image, const struct elf_object objects[], size_t n,
                          size_t size)
{
    status_t status;

    if (size == 0)
        return OK;
    status = copy_sections(image, objects, n, size);
    if (status != OK)
        return status;
    status = open_types(image);
    if (status != OK) {
        status = status_context(status, "section .BTF");
        goto free_types;
    }
    status = find_imports(image, objects, n);
    if (status != OK)
        goto close;
    if (image->own_btf.n_blobs > 1)
        name_exports(image, objects, n);
    return OK;
close:
    btf_close(&image->own_btf);
    image->btf = NULL;
free_types:
    free(image->types);
    image->types = NULL;
    return status;
}

void image_types_rest(struct image *image)
{
    if (image->btf == NULL)
        return;
    btf_close(&image->own_btf);
    image->btf = NULL;
}

status_t image_types_wake(struct image *image)
{
    return image->types == NULL || image->btf != NULL ? OK : open_types(image);
}

void image_types_close(struct image *image)
{
    image_types_rest(image);
    free(image->types);
}
