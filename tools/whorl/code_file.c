/*
 * See code_file.h. Objects go the way of a domain's: domains/image places and relocates them, with memory
 * from here. Imports are bound to their own slots, which so stand for what they name.
 */
#include "tools/whorl/code_file.h"

#include "tools/whorl/paths.h"
#include "tools/whorl/say.h"

#include "arch/ppc/code/reach.h"
#include "domains/image/image.h"
#include "domains/object/archive.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FILE_SIZE_MAX 0x10000000 /* bytes */
#define PAGE 4096u

/* Where a domain would be, so that branches reach what they reach there. */
#define TEXT_BASE 0x04000000u
#define DATA_BASE 0x20000000u

struct code_file {
    uint8_t *bytes;
    size_t size;
    struct elf_object *objects;
    char (*labels)[ARCHIVE_NAME_MAX + 1];
    size_t n_objects;
    vaddr_t **places; /* of each object's sections; 0: it has none */
    bool has_image;
    struct image image;
    struct code_index *index;
};

/* ---- what domains/image needs ---- */

static vaddr_t place(struct segment *segment, vaddr_t address)
{
    segment->address = address;
    segment->bytes = must_allocate(segment->size);
    return address + ((vaddr_t)segment->size + PAGE - 1) / PAGE * PAGE;
}

status_t image_allocate(struct image_memory *memory)
{
    (void)place(&memory->text, TEXT_BASE);
    (void)place(&memory->data, place(&memory->rodata, DATA_BASE));
    return OK;
}

void image_release(struct image_memory *memory, bool sealed)
{
    (void)sealed;
    free(memory->text.bytes);
    free(memory->rodata.bytes);
    free(memory->data.bytes);
}

/* Nothing is ever sealed here. */
void image_patch(struct image_memory *memory, vaddr_t address, const uint8_t *bytes, size_t size)
{
    (void)memory;
    (void)address;
    (void)bytes;
    (void)size;
    abort();
}

void image_fetch(const struct image_memory *memory, vaddr_t address, uint8_t *bytes, size_t size)
{
    (void)memory;
    (void)address;
    (void)bytes;
    (void)size;
    abort();
}

/* ---- reading ---- */

static bool read_all(struct code_file *file, FILE *from)
{
    size_t room = 0, n;

    do {
        if (file->size == room) {
            room = room == 0 ? 1 << 16 : room * 2;
            file->bytes = realloc(file->bytes, room);
            if (file->bytes == NULL)
                return false;
        }
        n = fread(file->bytes + file->size, 1, room - file->size, from);
        file->size += n;
    } while (n > 0 && file->size <= FILE_SIZE_MAX);
    return !ferror(from) && file->size <= FILE_SIZE_MAX;
}

static status_t read_file(struct code_file *file, const char *path)
{
    FILE *from = fopen(path, "rbe");
    bool well;

    if (from == NULL)
        return status_refuse(ERR_NOT_FOUND, "%s", strerror(errno));
    errno = EFBIG;
    well = read_all(file, from);
    fclose(from);
    return well ? OK : status_refuse(ERR_FAILED, "%s", strerror(errno));
}

static void add_object(struct code_file *file)
{
    size_t n_sections = file->objects[file->n_objects].n_sections;

    file->places[file->n_objects++] = must_allocate(n_sections * sizeof(vaddr_t));
}

static void expect_objects(struct code_file *file, size_t n)
{
    file->objects = must_allocate(n * sizeof *file->objects);
    file->labels = must_allocate(n * sizeof *file->labels);
    file->places = must_allocate(n * sizeof *file->places);
}

static status_t open_archive(struct code_file *file)
{
    struct archive archive;
    struct archive_member member;
    size_t offset = 0;
    status_t status = archive_open(file->bytes, file->size, &archive);

    if (status != OK)
        return status;
    expect_objects(file, archive.n_members);
    while (archive_next(&archive, &offset, &member)) {
        struct elf_object *object = &file->objects[file->n_objects];

        status = elf_open(member.bytes, member.size, object);
        if (status != OK)
            return status_context(status, member.name);
        object->label = strcpy(file->labels[file->n_objects], member.name);
        add_object(file);
    }
    return OK;
}

static status_t open_objects(struct code_file *file)
{
    status_t status;

    if (archive_begins(file->bytes, file->size))
        return open_archive(file);
    expect_objects(file, 1);
    status = elf_is_executable(file->bytes, file->size)
                 ? elf_open_executable(file->bytes, file->size, file->objects)
                 : elf_open(file->bytes, file->size, file->objects);
    if (status == OK)
        add_object(file);
    return status;
}

/* ---- placing ---- */

static void note_place(void *context, size_t object, unsigned section, vaddr_t address)
{
    struct code_file *file = context;

    file->places[object][section] = address;
}

/* An import whose slot is its own definition. */
static vaddr_t slot_of(const struct code_file *file, size_t import, unsigned island)
{
    return file->image.islands[island] + (vaddr_t)import * VENEER_SIZE;
}

static status_t bind_imports(struct code_file *file)
{
    status_t status = OK;

    for (size_t i = 0; status == OK && i < file->image.n_imports; i++) {
        struct import *import = &file->image.imports[i];
        struct symbol symbol = {.name = import->name, .value = slot_of(file, i, 0)};

        status = image_bind(&file->image, import, &symbol);
    }
    return status;
}

static status_t relocate(struct code_file *file)
{
    status_t status =
        image_create_placed(file->objects, file->n_objects, &file->image, note_place, file);

    file->has_image = status == OK;
    return status == OK ? bind_imports(file) : status;
}

/* One behind the other; of executables where they belong. Nothing refers to anything then. */
static void place_plainly(struct code_file *file)
{
    vaddr_t next = TEXT_BASE;

    for (size_t k = 0; k < file->n_objects; k++)
        for (unsigned i = 0; i < file->objects[k].n_loaded; i++) {
            unsigned section = file->objects[k].loaded[i];
            const struct elf_section *s = &file->objects[k].sections[section];

            file->places[k][section] = file->objects[k].executable ? s->address : next;
            next += (s->size + PAGE - 1) / PAGE * PAGE + PAGE;
        }
}

/* ---- the index ---- */

static const uint8_t *bytes_of(const struct code_file *file, const struct elf_section *section,
                               vaddr_t address)
{
    return file->has_image ? image_bytes(&file->image, address) : section->bytes;
}

static bool is_loaded(const struct code_file *file, size_t object, unsigned section)
{
    return (file->objects[object].sections[section].flags & SHF_ALLOC) != 0 &&
           (file->places[object][section] != 0 || file->objects[object].executable);
}

/* The kernel's names and types have addresses and numbers that nobody jumps to. */
static bool is_description(const struct elf_section *section)
{
    return strcmp(section->name, ".symbols") == 0 || strcmp(section->name, ".types") == 0;
}

static status_t add_section(struct code_file *file, size_t k, unsigned index)
{
    const struct elf_section *s = &file->objects[k].sections[index];
    bool code = (s->flags & SHF_EXECINSTR) != 0, written = (s->flags & SHF_WRITE) != 0;
    struct code_area area = {.address = file->places[k][index],
                             .shown = s->address,
                             .size = s->size,
                             .original = s->bytes,
                             .code = code};

    if (s->bytes == NULL || s->size == 0 || !is_loaded(file, k, index))
        return OK;
    area.bytes = bytes_of(file, s, area.address);
    area.constant = !written || strcmp(s->name, ".got2") == 0;
    area.pointers = (!code || written) && !is_description(s);
    return code_index_add_area(file->index, &area);
}

/* Where code and data are one section, as in boot/, local labels are as likely of data. */
static uint8_t kind_of(const struct elf_symbol *symbol, const struct elf_section *section)
{
    bool code = (section->flags & SHF_EXECINSTR) != 0, written = (section->flags & SHF_WRITE) != 0;

    if (symbol->type == STT_FUNC)
        return NAME_PROCEDURE;
    if (symbol->type != STT_NOTYPE || !code || (written && symbol->bind == STB_LOCAL))
        return NAME_DATA;
    return NAME_LABEL;
}

static status_t add_symbol(struct code_file *file, size_t k, const struct elf_symbol *symbol,
                           const char *source)
{
    const struct elf_object *object = &file->objects[k];
    struct code_name name = {.name = symbol->name, .size = symbol->size};

    if (symbol->section == SHN_UNDEF || symbol->section >= object->n_sections ||
        symbol->section >= SHN_LORESERVE || symbol->type == STT_SECTION || symbol->name[0] == 0 ||
        !is_loaded(file, k, symbol->section))
        return OK;
    name.address = symbol->value;
    if (!object->executable)
        name.address += file->places[k][symbol->section];
    name.kind = kind_of(symbol, &object->sections[symbol->section]);
    name.global = symbol->bind != STB_LOCAL;
    name.owner = name.global ? NULL : source;
    return code_index_add_name(file->index, &name);
}

/* A symbol of a file's name stands before those of its local ones. */
static status_t add_object_names(struct code_file *file, size_t k)
{
    const struct elf_object *object = &file->objects[k];
    const char *source = object->label;
    status_t status = OK;

    for (unsigned i = 1; status == OK && i < object->n_symbols; i++) {
        struct elf_symbol symbol;

        elf_symbol(object, i, &symbol);
        if (symbol.type == STT_FILE)
            source = symbol.name[0] != 0 ? symbol.name : object->label;
        else
            status = add_symbol(file, k, &symbol, source);
    }
    return status;
}

static status_t add_slots(struct code_file *file, unsigned island)
{
    const struct image *image = &file->image;
    vaddr_t start = image->islands[island];
    struct code_area area = {.address = start,
                             .shown = start,
                             .size = (uint32_t)image->n_imports * VENEER_SIZE,
                             .code = true,
                             .constant = true};
    status_t status;

    if (start == 0)
        return OK;
    area.bytes = area.original = image_bytes(image, start);
    status = code_index_add_area(file->index, &area);
    for (size_t i = 0; status == OK && i < image->n_imports; i++) {
        struct code_name name = {.name = image->imports[i].name,
                                 .address = slot_of(file, i, island),
                                 .size = VENEER_SIZE,
                                 .kind = NAME_IMPORT};

        status = code_index_add_name(file->index, &name);
    }
    return status;
}

static status_t add_offset_table(struct code_file *file)
{
    const struct array *table = &file->image.constants[1];
    struct code_area area = {.address = table->address,
                             .shown = table->address,
                             .size = table->count * 4,
                             .constant = true,
                             .pointers = true};

    if (table->count == 0)
        return OK;
    area.bytes = area.original = image_bytes(&file->image, table->address);
    return code_index_add_area(file->index, &area);
}

static status_t add_image(struct code_file *file)
{
    status_t status = OK;

    for (unsigned island = 0; status == OK && island < IMAGE_ISLANDS; island++)
        status = add_slots(file, island);
    return status == OK ? add_offset_table(file) : status;
}

static status_t make_index(struct code_file *file)
{
    status_t status = code_index_open(&file->index);

    for (size_t k = 0; status == OK && k < file->n_objects; k++) {
        for (unsigned i = 1; status == OK && i < file->objects[k].n_sections; i++)
            status = add_section(file, k, i);
        if (status == OK)
            status = add_object_names(file, k);
    }
    if (status == OK && file->has_image)
        status = add_image(file);
    return status == OK ? code_index_sort(file->index) : status;
}

/* ---- */

static status_t open_all(struct code_file *file, const char *path, bool related)
{
    status_t status = read_file(file, path);

    if (status == OK)
        status = open_objects(file);
    if (status != OK)
        return status;
    if (related && !file->objects[0].executable)
        status = relocate(file);
    else
        place_plainly(file);
    return status == OK ? make_index(file) : status;
}

struct code_file *code_file_open(const char *path, bool related)
{
    struct code_file *file = must_allocate(sizeof *file);

    if (open_all(file, path, related) == OK)
        return file;
    say("%s: %s", path, status_explain());
    code_file_close(file);
    return NULL;
}

void code_file_close(struct code_file *file)
{
    if (file->index != NULL)
        code_index_close(file->index);
    if (file->has_image)
        image_destroy(&file->image);
    for (size_t k = 0; k < file->n_objects; k++) {
        elf_close(&file->objects[k]);
        free(file->places[k]);
    }
    free(file->objects);
    free(file->labels);
    free(file->places);
    free(file->bytes);
    free(file);
}

const struct code_index *code_file_index(const struct code_file *file)
{
    return file->index;
}
