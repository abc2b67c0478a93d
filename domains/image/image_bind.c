/*
 * Binding imports and undoing it. An image that does not run yet is simply written
 * and gets back what its object had. One that runs is written through the host, each
 * word as a whole, and never holds anything in between: what is not bound leads to a
 * fault that can be told by its address. Words of data are only changed while they
 * hold what was stored here before; otherwise the program has made them its own.
 */
#include <string.h>

#include "arch/ppc/code/reach.h"
#include "domains/object/bytes.h"
#include "domains/image/image_builder.h"
#include "domains/object/relocation.h"
#include "domains/image/image_types.h"

/* Unbound variables: addresses where nothing is ever mapped, a piece for each. */
#define UNBOUND_BASE 0xe0000000u
#define UNBOUND_SIZE 0x00010000u
#define UNBOUND_MAX 0x1000u

/* ---- places ---- */

uint8_t *image_bytes(const struct image *image, vaddr_t address)
{
    const struct segment *const segments[] = {&image->memory.text, &image->memory.rodata,
                                              &image->memory.data};

    for (size_t i = 0; i < sizeof segments / sizeof segments[0]; i++)
        if (address - segments[i]->address < segments[i]->size)
            return segments[i]->bytes + (address - segments[i]->address);
    return NULL;
}

struct spot {
    const struct segment *segment;
    uint32_t offset;
    uint8_t type, width;
};

static struct spot spot_of(const struct image *image, const struct fixup *fixup)
{
    const struct image_memory *m = &image->memory;
    struct spot spot = {&m->text, fixup->place >> 5, relocation_of_fixup(fixup->place & 31), 0};

    spot.width = relocation_types[spot.type].width;
    if (spot.offset >= m->text.size) {
        spot.offset -= (uint32_t)m->text.size;
        spot.segment = &m->rodata;
        if (spot.offset >= m->rodata.size) {
            spot.offset -= (uint32_t)m->rodata.size;
            spot.segment = &m->data;
        }
    }
    return spot;
}

static vaddr_t address_of(const struct spot *spot)
{
    return spot->segment->address + spot->offset;
}

static void put_original(const struct spot *spot, const struct fixup *fixup, uint8_t *place)
{
    if (spot->width == 2)
        put16(place, (uint16_t)fixup->original);
    else
        put32(place, fixup->original);
}

/* ---- slots ---- */

static vaddr_t slot_of(const struct image *image, unsigned island, uint32_t index)
{
    return image->islands[island] + index * VENEER_SIZE;
}

static uint32_t index_of(const struct image *image, const struct import *import)
{
    return (uint32_t)(import - image->imports);
}

static void write_slot(struct image *image, uint32_t index, const uint32_t words[VENEER_WORDS])
{
    uint8_t bytes[VENEER_SIZE];

    for (size_t i = 0; i < VENEER_WORDS; i++)
        put32(bytes + i * 4, words[i]);
    for (unsigned k = 0; k < IMAGE_ISLANDS && image->islands[k] != 0; k++)
        if (image->sealed)
            image_patch(&image->memory, slot_of(image, k, index), bytes, sizeof bytes);
        else
            memcpy(image_bytes(image, slot_of(image, k, index)), bytes, sizeof bytes);
}

static void clear_slot(struct image *image, uint32_t index)
{
    static const uint32_t nothing[VENEER_WORDS];

    write_slot(image, index, nothing);
}

/* Branches to the import plus something have slots of their own, behind those of the imports, in order. */
static bool has_own_slot(const struct image *image, const struct fixup *fixup)
{
    return fixup->addend != 0 &&
           relocation_types[spot_of(image, fixup).type].kind == RELOCATION_BRANCH;
}

static uint32_t slot_for(const struct image *image, const struct import *import,
                         const struct fixup *fixup)
{
    uint32_t index = (uint32_t)image->n_imports;

    if (fixup->addend == 0)
        return index_of(image, import);
    for (const struct fixup *f = image->fixups; f < fixup; f++)
        index += has_own_slot(image, f);
    return index;
}

/* ---- binding one place ---- */

/* A branch that does not reach goes to a slot that does; `leads` tells whether that was needed. */
static enum relocation_result make(const struct image *image, const struct import *import,
                                   const struct fixup *fixup, const struct spot *spot,
                                   uint8_t *place, vaddr_t value, bool *leads)
{
    vaddr_t address = address_of(spot), target = value + (uint32_t)fixup->addend;
    enum relocation_result result = relocation_apply(spot->type, place, address, target);
    uint32_t index;

    *leads = false;
    if (result != RELOCATION_RANGE || relocation_types[spot->type].kind != RELOCATION_BRANCH)
        return result;
    index = slot_for(image, import, fixup);
    for (unsigned k = 0; k < IMAGE_ISLANDS && image->islands[k] != 0; k++) {
        result = relocation_apply(spot->type, place, address, slot_of(image, k, index));
        *leads = result == RELOCATION_DONE;
        if (*leads)
            break;
    }
    return result;
}

/* What a place of a running image held for a value that was stored before; false if it holds something else. */
static bool still_holds(const struct image *image, const struct import *import,
                        const struct fixup *fixup, const struct spot *spot, vaddr_t before)
{
    const uint8_t *current = spot->segment->bytes + spot->offset;
    uint8_t expected[4];
    bool leads;

    if (spot->segment != &image->memory.data)
        return true;
    put_original(spot, fixup, expected);
    if (make(image, import, fixup, spot, expected, before, &leads) != RELOCATION_DONE)
        (void)make(image, import, fixup, spot, expected, 0, &leads); /* as image_unbind does */
    return memcmp(expected, current, spot->width) == 0;
}

/* The place may begin in the middle of a word whose other half decides over ranges. */
static enum relocation_result make_aside(struct image *image, const struct import *import,
                                         const struct fixup *fixup, const struct spot *spot,
                                         vaddr_t value, bool *leads)
{
    uint8_t words[8];
    uint8_t *place = words + 2;
    enum relocation_result result;

    memset(words, 0, sizeof words);
    if (spot->width == 2 && address_of(spot) % 4 == 2)
        image_fetch(&image->memory, address_of(spot) - 2, words, 4);
    put_original(spot, fixup, place);
    result = make(image, import, fixup, spot, place, value, leads);
    if (result == RELOCATION_DONE)
        image_patch(&image->memory, address_of(spot), place, spot->width);
    return result;
}

/* A conditional branch must reach its slot in any case, to have somewhere to go when it is unbound. */
static bool has_retreat(const struct image *image, const struct import *import,
                        const struct fixup *fixup, const struct spot *spot)
{
    return !relocation_is_conditional(spot->type) ||
           code_fits_bc(
               (int32_t)(slot_of(image, 0, slot_for(image, import, fixup)) - address_of(spot)));
}

/* Says nothing, since the way back from a refusal leads through here and must not put another in its place. */
static enum relocation_result store(struct image *image, const struct import *import,
                                    const struct fixup *fixup, vaddr_t before, vaddr_t value)
{
    struct spot spot = spot_of(image, fixup);
    enum relocation_result result;
    bool leads = false;

    if (!has_retreat(image, import, fixup, &spot))
        return RELOCATION_RANGE;
    if (!image->sealed)
        result =
            make(image, import, fixup, &spot, spot.segment->bytes + spot.offset, value, &leads);
    else if (still_holds(image, import, fixup, &spot, before))
        result = make_aside(image, import, fixup, &spot, value, &leads);
    else
        return RELOCATION_DONE;
    if (leads && (fixup->addend != 0 || value != slot_of(image, 0, index_of(image, import)))) {
        uint32_t words[VENEER_WORDS];

        code_veneer(words, value + (uint32_t)fixup->addend);
        write_slot(image, slot_for(image, import, fixup), words);
    }
    return result;
}

/*
 * The kinds that nearly all code is made of, in the text of an image that is not sealed;
 * false if it is another case.
 */
static inline __attribute__((always_inline)) bool bind_common(struct segment text,
                                                              const struct fixup *fixup,
                                                              vaddr_t value)
{
    uint32_t offset = fixup->place >> 5, kind = fixup->place & 31;
    uint8_t *place = text.bytes + offset;
    uint32_t distance;

    if (offset >= text.size)
        return false;
    value += (uint32_t)fixup->addend;
    distance = value - (text.address + offset);
    if (kind == FIXUP_REL24 && code_fits_b((int32_t)distance) && (value & 3) == 0)
        put32(place, code_put_b_relative(fixup->original, distance));
    else if (kind == FIXUP_REL24 && code_fits_b((int32_t)value) && (offset & 3) == 0)
        put32(place, code_put_b_absolute(fixup->original, value));
    else if (kind == FIXUP_ADDR16_LO)
        put16(place, (uint16_t)value);
    else if (kind == FIXUP_ADDR16_HA)
        put16(place, (uint16_t)((value + 0x8000) >> 16));
    else if (kind == FIXUP_ADDR32)
        put32(place, value);
    else
        return false;
    return true;
}

static status_t refuse(const struct image *image, const struct import *import,
                       const struct fixup *fixup, vaddr_t value, enum relocation_result result)
{
    struct spot spot = spot_of(image, fixup);

    return status_refuse(ERR_RANGE, "%s at 0x%08x: 0x%08x (%s) %s", relocation_name(spot.type),
                         (unsigned)address_of(&spot), (unsigned)value, import->name,
                         result == RELOCATION_MISALIGNED ? "is not a word address"
                                                         : "is out of range");
}

/*
 * The field of an absolute branch to the value, AA set, if every branch of text must be of that
 * kind, as with the kernel's procedures; else 0.
 */
static uint32_t absolute_field(const struct segment *text, vaddr_t value)
{
    bool near = value - text->address + REACH_OF_B < text->size + 2 * REACH_OF_B;

    return near || !code_fits_b((int32_t)value) ? 0 : code_put_b_absolute(0, value);
}

static status_t bind(struct image *image, const struct import *import, vaddr_t before,
                     vaddr_t value)
{
    const struct fixup *fixup = &image->fixups[import->first_fixup];
    const struct fixup *end = fixup + import->n_fixups;
    struct segment text = image->memory.text;
    uint32_t absolute = image->sealed ? 0 : absolute_field(&text, value);

    for (; fixup < end; fixup++) {
        uint32_t offset = fixup->place >> 5;
        enum relocation_result result;

        if (absolute != 0 && (fixup->place & (31 | 3 << 5)) == FIXUP_REL24 && fixup->addend == 0 &&
            offset < text.size) {
            put32(text.bytes + offset, (fixup->original & ~TARGET_OF_B) | absolute);
            continue;
        }
        if (!image->sealed && bind_common(text, fixup, value))
            continue;
        result = store(image, import, fixup, before, value);
        if (result != RELOCATION_DONE)
            return refuse(image, import, fixup, value, result);
    }
    return OK;
}

/* ---- imports ---- */

/* As its type says, else as it is used. */
static bool is_procedure(const struct image *image, const struct import *import)
{
    if (import->type != 0)
        return import->procedure;
    for (uint32_t i = 0; i < import->n_fixups; i++) {
        const struct fixup *fixup = &image->fixups[import->first_fixup + i];

        if (relocation_types[spot_of(image, fixup).type].kind == RELOCATION_BRANCH)
            return true;
    }
    return false;
}

/* What users of an import of a running image meet while it is unbound. */
static vaddr_t unbound_value(const struct image *image, const struct import *import)
{
    uint32_t index = index_of(image, import);

    if (import->weak)
        return 0;
    return is_procedure(image, import) ? slot_of(image, 0, index)
                                       : UNBOUND_BASE + index % UNBOUND_MAX * UNBOUND_SIZE;
}

vaddr_t image_import_value(const struct image *image, const struct import *import)
{
    return import->symbol->identified ? slot_of(image, 0, index_of(image, import))
                                      : import->symbol->value;
}

status_t image_bind(struct image *image, const struct import *import, const struct symbol *symbol)
{
    vaddr_t before = image->sealed ? unbound_value(image, import) : 0, value = symbol->value;
    uint32_t words[VENEER_WORDS];

    if (symbol->identified) {
        if (!code_identity_veneer(words, image->memory.owner, value))
            return status_refuse(ERR_RANGE, "%s is out of reach of a veneer that tells who calls",
                                 import->name);
        value = slot_of(image, 0, index_of(image, import));
        write_slot(image, index_of(image, import), words);
    }
    return bind(image, import, before, value);
}

static void clear_slots(struct image *image, const struct import *import)
{
    clear_slot(image, index_of(image, import));
    for (uint32_t i = 0; i < import->n_fixups; i++) {
        const struct fixup *fixup = &image->fixups[import->first_fixup + i];

        if (has_own_slot(image, fixup))
            clear_slot(image, slot_for(image, import, fixup));
    }
}

/* What does not reach 0 leads to an empty slot, as after image_unbind: a fault that tells the name. */
status_t image_bind_nothing(struct image *image, const struct import *import)
{
    status_t status = bind(image, import, 0, 0);

    if (status == OK)
        clear_slots(image, import);
    return status;
}

/* Nothing of the text runs yet, but others may come by a pointer that the data holds. */
static bool is_pointer(const struct image *image, const struct import *import,
                       const struct fixup *fixup, const struct spot *spot)
{
    return (fixup->place & 31) == FIXUP_ADDR32 && spot->segment != &image->memory.text &&
           !import->weak;
}

static void restore(struct image *image, const struct import *import)
{
    for (uint32_t i = 0; i < import->n_fixups; i++) {
        const struct fixup *fixup = &image->fixups[import->first_fixup + i];
        struct spot spot;
        uint8_t *place;

        if ((fixup->place & 31) == FIXUP_REL24 && fixup->place >> 5 < image->memory.text.size) {
            put32(image->memory.text.bytes + (fixup->place >> 5), fixup->original);
            continue; /* as most are */
        }
        spot = spot_of(image, fixup);
        place = spot.segment->bytes + spot.offset;
        if (is_pointer(image, import, fixup, &spot))
            put32(place, unbound_value(image, import) + (uint32_t)fixup->addend);
        else
            put_original(&spot, fixup, place);
    }
}

void image_leave_unbound(struct image *image)
{
    for (size_t i = 0; i < image->n_imports; i++)
        restore(image, &image->imports[i]);
}

static void patch_original(struct image *image, const struct fixup *fixup)
{
    struct spot spot = spot_of(image, fixup);
    uint8_t bytes[4];

    put_original(&spot, fixup, bytes);
    image_patch(&image->memory, address_of(&spot), bytes, spot.width);
}

/*
 * Absolute branches and halfwords cannot hold the address of a slot: null is as good a fault. A short
 * distance cannot be that of null either: it becomes what it was, lest it lead to what is gone.
 */
void image_unbind(struct image *image, const struct import *import)
{
    const struct fixup *fixups = &image->fixups[import->first_fixup];
    vaddr_t value = unbound_value(image, import), before = value;

    if (!image->sealed)
        restore(image, import); /* looks at no symbol, which may be gone for long */
    else if (import->symbol != NULL)
        before = image_import_value(image, import);
    for (uint32_t i = 0; image->sealed && i < import->n_fixups; i++)
        if (store(image, import, &fixups[i], before, value) != RELOCATION_DONE &&
            store(image, import, &fixups[i], before, 0) != RELOCATION_DONE)
            patch_original(image, &fixups[i]);
    clear_slots(image, import);
}

/* ---- calls that are led elsewhere ---- */

static bool is_call(const struct image *image, const struct import *import,
                    const struct fixup *fixup, const struct spot *spot)
{
    return fixup->addend == 0 && spot->segment == &image->memory.text &&
           relocation_types[spot->type].kind == RELOCATION_BRANCH && !import->symbol->identified;
}

static uint32_t word_at(const struct image *image, vaddr_t address)
{
    uint8_t bytes[4];

    if (!image->sealed)
        return get32(image_bytes(image, address));
    image_fetch(&image->memory, address, bytes, sizeof bytes);
    return get32(bytes);
}

static void empty_slot(struct image *image, const struct import *import)
{
    if (word_at(image, slot_of(image, 0, index_of(image, import))) != 0)
        clear_slot(image, index_of(image, import));
}

/* The memory of a domain in quarantine was given back, while its imports are still bound. */
static bool has_text(const struct image *image)
{
    return image->sealed || image->memory.text.bytes != NULL;
}

void image_lead_calls(struct image *image, const struct import *import, vaddr_t target)
{
    vaddr_t procedure = import->symbol->value;

    if (import->symbol->identified || !has_text(image))
        return;
    empty_slot(image, import);
    for (uint32_t i = 0; i < import->n_fixups; i++) {
        const struct fixup *fixup = &image->fixups[import->first_fixup + i];
        struct spot spot = spot_of(image, fixup);

        if (is_call(image, import, fixup, &spot) &&
            store(image, import, fixup, procedure, target) != RELOCATION_DONE)
            (void)store(image, import, fixup, procedure, procedure);
    }
}

void image_count_calls(const struct image *image, const struct import *import, vaddr_t target,
                       size_t *direct, size_t *all)
{
    *direct = *all = 0;
    if (!has_text(image))
        return;
    for (uint32_t i = 0; i < import->n_fixups; i++) {
        const struct fixup *fixup = &image->fixups[import->first_fixup + i];
        struct spot spot = spot_of(image, fixup);
        uint32_t word, leads = ~target;

        if (!is_call(image, import, fixup, &spot))
            continue;
        word = word_at(image, address_of(&spot));
        if (!code_target_of_b(word, address_of(&spot), &leads))
            (void)code_target_of_bc(word, address_of(&spot), &leads);
        *direct += leads == target;
        ++*all;
    }
}

void image_each_call(const struct image *image, const struct import *import,
                     void (*each)(void *context, vaddr_t address, size_t size, bool branch),
                     void *context)
{
    for (unsigned k = 0; k < IMAGE_ISLANDS && image->islands[k] != 0; k++)
        each(context, slot_of(image, k, index_of(image, import)), VENEER_SIZE, false);
    for (uint32_t i = 0; i < import->n_fixups; i++) {
        const struct fixup *fixup = &image->fixups[import->first_fixup + i];
        struct spot spot = spot_of(image, fixup);

        if (is_call(image, import, fixup, &spot))
            each(context, address_of(&spot), 4, !relocation_is_conditional(spot.type));
    }
}

/* Word number i of a slot, as it is if something leads through it to an address. */
static uint32_t slot_word(bool leads, vaddr_t to, size_t i)
{
    uint32_t words[VENEER_WORDS] = {0};

    if (leads)
        code_veneer(words, to);
    return words[i];
}

static void undo_slots(const struct image *image, const struct import *import, bool leads,
                       vaddr_t address, uint32_t words[], size_t n)
{
    for (unsigned k = 0; k < IMAGE_ISLANDS && image->islands[k] != 0; k++) {
        vaddr_t slot = slot_of(image, k, index_of(image, import));

        for (size_t i = 0; i < VENEER_WORDS; i++)
            if (slot + i * 4 - address < n * 4)
                words[(slot + i * 4 - address) / 4] = slot_word(leads, import->symbol->value, i);
    }
}

void image_undo_calls(const struct image *image, const struct import *import, vaddr_t address,
                      uint32_t words[], size_t n)
{
    bool leads = false;

    for (uint32_t i = 0; i < import->n_fixups; i++) {
        const struct fixup *fixup = &image->fixups[import->first_fixup + i];
        struct spot spot = spot_of(image, fixup);
        bool inside = address_of(&spot) - address < n * 4, through;
        uint8_t place[4];

        if (!is_call(image, import, fixup, &spot))
            continue;
        put32(place, inside ? words[(address_of(&spot) - address) / 4] : fixup->original);
        (void)make(image, import, fixup, &spot, place, import->symbol->value, &through);
        leads = leads || through;
        if (inside)
            words[(address_of(&spot) - address) / 4] = get32(place);
    }
    if (!import->symbol->identified)
        undo_slots(image, import, leads, address, words, n);
}

/* ---- addresses ---- */

/* Those behind text end with it. Both islands have as many. */
vaddr_t image_slot_at(const struct image *image, vaddr_t address)
{
    const struct segment *text = &image->memory.text;
    vaddr_t size = text->address + text->size - image->islands[0];

    for (unsigned k = 0; k < IMAGE_ISLANDS && image->islands[k] != 0; k++)
        if (address - image->islands[k] < size)
            return address - (address - image->islands[k]) % VENEER_SIZE;
    return 0;
}

const struct import *image_import_at(const struct image *image, vaddr_t address)
{
    uint32_t piece = (address - UNBOUND_BASE) / UNBOUND_SIZE;

    for (unsigned k = 0; k < IMAGE_ISLANDS && image->islands[k] != 0; k++)
        if (address - image->islands[k] < image->n_imports * VENEER_SIZE)
            return &image->imports[(address - image->islands[k]) / VENEER_SIZE];
    return address >= UNBOUND_BASE && piece < UNBOUND_MAX && piece < image->n_imports &&
                   image->imports[piece].state == IMPORT_UNBOUND
               ? &image->imports[piece]
               : NULL;
}
