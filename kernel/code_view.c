/* See code_view.h. */
#include "kernel/code_view.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "arch/ppc/code/reach.h"
#include "arch/ppc/image.h"
#include "domains/domain.h"
#include "domains/object/relocation.h"
#include "kernel/event/event.h"
#include "kernel/event/routine.h"
#include "kernel/event/loop.h"
#include "kernel/event/splice.h"
#include "kernel/event_names.h"
#include "kernel/kernel_symbols.h"
#include "kernel/owner.h"
#include "kernel/patch/patch.h"

#define KERNEL "kernel"

/* ---- symbols ---- */

static uint8_t kind_of(const struct symbol *symbol, bool code)
{
    if (symbol->kind == SYMBOL_PROCEDURE)
        return NAME_PROCEDURE;
    return code && symbol->kind == SYMBOL_OTHER ? NAME_LABEL : NAME_DATA;
}

static status_t add_symbol(struct code_index *index, const struct symbol *symbol, const char *owner,
                           bool code)
{
    struct code_name name = {.name = symbol->name,
                             .owner = owner,
                             .address = symbol->value,
                             .size = symbol->size,
                             .kind = kind_of(symbol, code),
                             .global = symbol->exported};

    return code_index_add_name(index, &name);
}

/* ---- code that runs ---- */

static bool remark(vaddr_t address, char *text, size_t size)
{
    if (patch_code_part(address, text, size))
        return true;
    snprintf(text, size, "patched");
    return patch_is_on(address, 4);
}

/* Whether words may have been changed by patches or events. */
static bool may_be_changed(vaddr_t start, size_t size)
{
    return n_procedures_led != 0 || patch_is_on(start, size);
}

/* As it is without what patches and events have changed. */
static status_t copy_code(struct code_area *area)
{
    uint32_t *words = malloc(area->size);

    if (words == NULL)
        return status_refuse(ERR_NO_MEMORY, "no memory for %u bytes of code", (unsigned)area->size);
    memcpy(words, area->original, area->size);
    code_words_original(area->address, words, area->size / 4);
    splice_original(area->address, words, area->size / 4);
    area->bytes = (const uint8_t *)words;
    area->owned = true;
    return OK;
}

static status_t add_code(struct code_index *index, vaddr_t start, size_t size, owner_t program)
{
    struct code_area area = {.address = start,
                             .shown = start,
                             .size = (uint32_t)size,
                             .bytes = (const uint8_t *)start,
                             .original = (const uint8_t *)start,
                             .code = true,
                             .constant = true,
                             .program = program,
                             .remark = remark};
    status_t status = may_be_changed(start, size) ? copy_code(&area) : OK;

    if (status == OK)
        status = code_index_add_area(index, &area);
    if (status != OK && area.owned)
        free((void *)area.bytes);
    return status;
}

/* ---- the kernel ---- */

static struct code_area area_between(const char *start, const char *end)
{
    const uint8_t *bytes = (const uint8_t *)start;

    return (struct code_area){.address = IMAGE(start),
                              .shown = IMAGE(start),
                              .size = IMAGE(end) - IMAGE(start),
                              .bytes = bytes,
                              .original = bytes};
}

static status_t add_kernel_areas(struct code_index *index)
{
    struct code_area rodata = area_between(kernel_rodata_start, kernel_rodata_end);
    struct code_area data = area_between(kernel_data_start, kernel_bss_start);
    status_t status;

    rodata.constant = rodata.pointers = data.pointers = true;
    rodata.program = data.program = OWNER_KERNEL;
    status = add_code(index, IMAGE(kernel_text_start),
                      IMAGE(kernel_text_end) - IMAGE(kernel_text_start), OWNER_KERNEL);
    if (status == OK)
        status = code_index_add_area(index, &rodata);
    return status == OK ? code_index_add_area(index, &data) : status;
}

static status_t add_kernel(struct code_index *index)
{
    status_t status = add_kernel_areas(index);

    for (size_t i = 0; status == OK && i < kernel_symbol_count(); i++) {
        struct symbol symbol = kernel_symbol(i);

        if (symbol.value >= IMAGE(kernel_text_start))
            status = add_symbol(index, &symbol, KERNEL, symbol.value < IMAGE(kernel_text_end));
    }
    return status;
}

/* ---- domains ---- */

/* Text that is sealed has no other address than its own. */
static status_t add_range(struct code_index *index, const struct image *image, vaddr_t start,
                          vaddr_t end, const struct code_area *terms)
{
    struct code_area area = *terms;

    area.address = area.shown = start;
    area.program = image->memory.owner;
    area.size = end - start;
    if (area.size != 0)
        area.bytes = image->sealed ? (const uint8_t *)start : image_bytes(image, start);
    area.original = area.bytes;
    return code_index_add_area(index, &area);
}

static status_t add_segment(struct code_index *index, const struct image *image,
                            const struct segment *segment, const struct code_area *terms)
{
    return add_range(index, image, segment->address, segment->address + segment->size, terms);
}

/* The tables of offsets stand in the middle of data that the program writes. */
static status_t add_data(struct code_index *index, const struct image *image)
{
    const struct code_area written = {.pointers = true},
                           fixed = {.pointers = true, .constant = true};
    const struct segment *data = &image->memory.data;
    vaddr_t next = data->address;
    status_t status = OK;

    for (size_t i = 0; status == OK && i < sizeof image->constants / sizeof image->constants[0];
         i++) {
        const struct array *array = &image->constants[i];

        if (array->count == 0)
            continue;
        status = add_range(index, image, next, array->address, &written);
        next = array->address + array->count * 4;
        if (status == OK)
            status = add_range(index, image, array->address, next, &fixed);
    }
    return status == OK ? add_range(index, image, next, data->address + data->size, &written)
                        : status;
}

/* Makes a branch to an unbound import lead to its slot, in a copy of text. */
static void lead_to_slot(const struct image *image, const struct import *import,
                         const struct fixup *fixup, uint8_t *text)
{
    const struct segment *segment = &image->memory.text;
    uint32_t offset = fixup->place >> 5;
    uint8_t type = relocation_of_fixup(fixup->place & 31);
    vaddr_t slot = image->islands[0] + (vaddr_t)(import - image->imports) * VENEER_SIZE;

    if (offset < segment->size && relocation_types[type].kind == RELOCATION_BRANCH)
        (void)relocation_apply(type, text + offset, segment->address + offset, slot);
}

/* What does not reach stays as it is. */
static void lead_to_slots(const struct image *image, uint8_t *text)
{
    for (size_t i = 0; i < image->n_imports; i++) {
        const struct import *import = &image->imports[i];

        for (uint32_t k = 0; import->state != IMPORT_BOUND && k < import->n_fixups; k++)
            lead_to_slot(image, import, &image->fixups[import->first_fixup + k], text);
    }
}

static status_t add_unsealed_text(struct code_index *index, const struct image *image)
{
    const struct segment *text = &image->memory.text;
    struct code_area area = {.address = text->address,
                             .shown = text->address,
                             .size = (uint32_t)text->size,
                             .original = text->bytes,
                             .code = true,
                             .constant = true,
                             .program = image->memory.owner,
                             .owned = true};
    uint8_t *copy;
    status_t status;

    if (text->size == 0)
        return OK;
    copy = malloc(text->size);
    if (copy == NULL)
        return status_refuse(ERR_NO_MEMORY, "no memory for %u bytes of code", (unsigned)text->size);
    memcpy(copy, text->bytes, text->size);
    lead_to_slots(image, copy);
    area.bytes = copy;
    status = code_index_add_area(index, &area);
    if (status != OK)
        free(copy);
    return status;
}

static status_t add_text(struct code_index *index, const struct image *image)
{
    const struct segment *text = &image->memory.text;

    if (!image->sealed)
        return add_unsealed_text(index, image);
    return text->size == 0 ? OK : add_code(index, text->address, text->size, image->memory.owner);
}

static status_t add_areas(struct code_index *index, const struct image *image)
{
    const struct code_area constant = {.constant = true, .pointers = true};
    status_t status = add_text(index, image);

    if (status == OK)
        status = add_segment(index, image, &image->memory.rodata, &constant);
    return status == OK ? add_data(index, image) : status;
}

/* A slot in use is a procedure, which goes on to the definition; one that is empty stands for the import. */
static status_t add_slot(struct code_index *index, const struct domain *domain, size_t import,
                         vaddr_t slot)
{
    const struct image *image = &domain->image;
    const uint8_t *bytes = image->sealed ? (const uint8_t *)slot : image_bytes(image, slot);
    bool empty = (bytes[0] | bytes[1] | bytes[2] | bytes[3]) == 0;
    struct code_name name = {.name = image->imports[import].name,
                             .owner = domain->name,
                             .address = slot,
                             .size = VENEER_SIZE,
                             .kind = empty ? NAME_IMPORT : NAME_PROCEDURE};

    return code_index_add_name(index, &name);
}

static status_t add_slots(struct code_index *index, const struct domain *domain)
{
    const struct image *image = &domain->image;
    status_t status = OK;

    for (unsigned k = 0; k < IMAGE_ISLANDS && image->islands[k] != 0; k++)
        for (size_t i = 0; status == OK && i < image->n_imports; i++)
            status = add_slot(index, domain, i, image->islands[k] + i * VENEER_SIZE);
    return status;
}

static status_t add_domain(struct code_index *index, const struct domain *domain)
{
    const struct symbol_table *table = &domain->image.symbols;
    const struct segment *text = &domain->image.memory.text;
    status_t status = add_areas(index, &domain->image);

    for (size_t i = 0; status == OK && i < table->n_symbols; i++)
        status = add_symbol(index, &table->symbols[i], domain->name,
                            table->symbols[i].value - text->address < text->size);
    return status == OK ? add_slots(index, domain) : status;
}

/* ---- code of events ---- */

static status_t add_event_name(struct code_index *index, const struct event_view *event,
                               const char *prefix, vaddr_t start, size_t size)
{
    char *text = malloc(strlen(prefix) + strlen(event->name) + 1);
    struct code_name name = {.name = text,
                             .owner = event->owner,
                             .address = start,
                             .size = (uint32_t)size,
                             .kind = NAME_PROCEDURE,
                             .global = true,
                             .owned = true};
    status_t status;

    if (text == NULL)
        return status_refuse(ERR_NO_MEMORY, "no memory for the name of %s", event->name);
    strcat(strcpy(text, prefix), event->name);
    status = code_index_add_name(index, &name);
    if (status != OK)
        free(text);
    return status;
}

/* The name may be longer than an index takes; the code is there all the same. */
static status_t add_event_code(struct code_index *index, const struct event_view *event,
                               const char *prefix, vaddr_t start, size_t size)
{
    status_t status = add_code(index, start, size, OWNER_KERNEL);

    return status == OK ? add_event_name(index, event, prefix, start, size) : status;
}

/* The entry of the loop stands in the kernel's text. */
static status_t add_event(struct code_index *index, const struct event *event)
{
    struct event_view view;
    vaddr_t start;
    size_t size = 0;
    status_t status = OK;

    event_look(event, &view);
    if (view.routine != NULL)
        routine_range(view.routine, &start, &size);
    if (size != 0)
        status = add_event_code(index, &view, EVENT_CODE_PREFIX, start, size);
    else if (view.form == FORM_LOOP)
        status = add_event_name(index, &view, EVENT_CODE_PREFIX, view.target, LOOP_ENTRY_SIZE);
    if (status == OK && view.body != 0)
        status = add_event_code(index, &view, EVENT_BODY_PREFIX, view.body, view.body_size);
    return status;
}

static status_t add_events(struct code_index *index)
{
    status_t status = OK;

    for (const struct event *e = event_next(NULL); status == OK && e != NULL; e = event_next(e))
        status = add_event(index, e);
    return status;
}

/* ---- bodies of patches ---- */

/* What contains an instruction, maybe of generated code. */
static const char *owner_at(vaddr_t address)
{
    struct patch_place place;
    struct event_code code;
    struct event_view view;
    struct domain *domain;
    const struct symbol *symbol;

    while (patch_code_at(address, &place))
        address = place.site;
    if (domain_at(address, &domain, &symbol))
        return domain->name;
    if (!event_code_at(address, &code))
        return KERNEL;
    event_look(code.event, &view);
    return view.owner;
}

static status_t add_patch_name(struct code_index *index, const struct patch_view *patch)
{
    char *text = malloc(sizeof PATCH_CODE_PREFIX "4294967295");
    struct code_name name = {.name = text,
                             .owner = owner_at(patch->site),
                             .address = patch->body,
                             .size = (uint32_t)patch->body_size,
                             .kind = NAME_PROCEDURE,
                             .global = true,
                             .owned = true};
    status_t status;

    if (text == NULL)
        return status_refuse(ERR_NO_MEMORY, "no memory for the names of patches");
    sprintf(text, PATCH_CODE_PREFIX "%u", patch->number);
    status = code_index_add_name(index, &name);
    if (status != OK)
        free(text);
    return status;
}

static status_t add_patches(struct code_index *index)
{
    status_t status = OK;

    for (patch_t *p = patch_next(NULL); status == OK && p != NULL; p = patch_next(p)) {
        struct patch_view view;

        patch_look(p, &view);
        if (view.body == 0)
            continue;
        status = add_patch_name(index, &view);
        if (status == OK && view.first)
            status = add_code(index, view.body, view.body_size, OWNER_KERNEL);
    }
    return status;
}

/* ---- */

static status_t fill_one(struct code_index *index, const struct domain *domain)
{
    return domain == NULL ? add_kernel(index) : add_domain(index, domain);
}

static status_t fill(struct code_index *index, const struct domain *domain)
{
    status_t status = fill_one(index, domain);

    for (const struct domain *d = domain_next(NULL); status == OK && d != NULL; d = domain_next(d))
        if (d->state <= DOMAIN_LEAVING)
            status = add_domain(index, d);
    if (status == OK)
        status = add_events(index);
    return status == OK ? add_patches(index) : status;
}

static status_t open_filled(status_t (*filler)(struct code_index *index,
                                               const struct domain *domain),
                            const struct domain *domain, struct code_index **index)
{
    struct code_index *opened;
    status_t status = code_index_open(&opened);

    if (status != OK)
        return status;
    status = filler(opened, domain);
    if (status == OK)
        status = code_index_sort(opened);
    if (status == OK)
        *index = opened;
    else
        code_index_close(opened);
    return status;
}

status_t code_view_open(struct code_index **index)
{
    return open_filled(fill, NULL, index);
}

status_t code_view_open_one(const struct domain *domain, struct code_index **index)
{
    return open_filled(fill_one, domain, index);
}
