/* See contents.h. */
#include "tests/model/contents.h"

#include <string.h>

#include "domains/object/bytes.h"
#include "tests/model/field.h"

#define SLOT 16
#define NEAR_VALUE 0x1230
#define LOST 0xe0000000u   /* where unbound variables are, */
#define LOST_SIZE 0x10000u /* each in a piece of its own */

/* ---- where things are ---- */

/* Where an image lies that was refused, so that nobody can know. */
static const vaddr_t somewhere[N_PARTS] = {0x05000000, 0x11000000, 0x11001000};

void contents_begin(struct world_domain *d, int id)
{
    for (unsigned part = 0; part < N_PARTS; part++)
        d->base[part] = somewhere[part] + (vaddr_t)id * 0x20000;
    if (d->real == NULL)
        return;
    d->base[TEXT] = d->real->image.memory.text.address;
    d->base[RODATA] = d->real->image.memory.rodata.address;
    d->base[DATA] = d->real->image.memory.data.address;
}

static uint32_t path_size(const struct recipe *recipe)
{
    return recipe->path != 0xff ? (uint32_t)strlen(recipe_paths[recipe->path]) + 1 : 0;
}

/* Pointers to paths and descriptors come first in data. */
static uint32_t arrays_size(const struct world_object *object, unsigned members)
{
    uint32_t size = 0;

    for (unsigned k = 0; k < members; k++)
        size += object->recipes[k].path != 0xff ? 8 : 0;
    return size;
}

/* Of a member's part in that of the image; with k the number of members, its size. */
static uint32_t offset_of(const struct world_object *object, unsigned k, unsigned part)
{
    uint32_t offset = part == DATA ? arrays_size(object, object->n) : 0;

    for (unsigned i = 0; i < k; i++) {
        offset = (offset + 3) & ~3u;
        offset += object->recipes[i].n_words[part] * 4;
        if (part == RODATA)
            offset += path_size(&object->recipes[i]);
    }
    return k < object->n ? (offset + 3) & ~3u : offset;
}

static vaddr_t slot_address(const struct world_domain *d, const struct world_import *import)
{
    return d->base[TEXT] + d->used + import->index * SLOT;
}

vaddr_t contents_value(const struct world_domain *d, const struct world_import *import)
{
    return import->definition.identified ? slot_address(d, import) : import->definition.value;
}

uint32_t contents_word(const struct world_domain *d, vaddr_t address)
{
    return get32(d->bytes[TEXT] + (address - d->base[TEXT]));
}

/* ---- which definition of a name counts ---- */

struct leader {
    const struct recipe_symbol *symbol; /* NULL: the name does not occur */
    unsigned member, number;
    unsigned n_strong; /* members that have a strong one */
    uint8_t types, last_type;
};

static unsigned rank(const struct recipe_symbol *symbol)
{
    static const uint8_t ranks[] = {[BOND_WEAK_IMPORT] = 0, [BOND_IMPORT] = 1, [BOND_WEAK] = 2,
                                    [BOND_COMMON] = 3,      [BOND_STRONG] = 4, [BOND_ABSOLUTE] = 4};

    return ranks[symbol->bond];
}

static bool goes_before(const struct recipe_symbol *symbol, const struct recipe_symbol *known)
{
    return known == NULL || rank(symbol) > rank(known) ||
           (symbol->bond == BOND_COMMON && known->bond == BOND_COMMON &&
            symbol->size > known->size);
}

static void find_leader(const struct world_object *object, uint8_t name, struct leader *leader)
{
    memset(leader, 0, sizeof *leader);
    for (unsigned k = 0; k < object->n; k++)
        for (unsigned i = 0; i < object->recipes[k].n_symbols; i++) {
            const struct recipe_symbol *symbol = &object->recipes[k].symbols[i];
            uint8_t type = object->recipes[k].typed ? symbol->type : TYPE_NONE;

            if (symbol->name != name)
                continue;
            leader->n_strong += rank(symbol) == 4;
            leader->types |= type;
            if (type != TYPE_NONE)
                leader->last_type = type;
            if (!goes_before(symbol, leader->symbol))
                continue;
            leader->symbol = symbol;
            leader->member = k;
            leader->number = i;
        }
}

static bool is_used(const struct world_object *object, uint8_t name)
{
    for (unsigned k = 0; k < object->n; k++)
        for (unsigned i = 0; i < object->recipes[k].n_places; i++)
            if (object->recipes[k].places[i].name == name)
                return true;
    return false;
}

static vaddr_t common_value(const struct world_domain *d, const char *name)
{
    const struct symbol *symbol =
        d->real != NULL ? symbol_find(&d->real->image.symbols, name, symbol_hash(name)) : NULL;

    return symbol != NULL ? symbol->value : d->base[DATA] + 0x800;
}

static void add_export(struct world_domain *d, const struct world_object *object, uint8_t name,
                       const struct leader *leader, int id)
{
    const struct recipe_symbol *symbol = leader->symbol;
    struct world_export *export = &d->exports[d->n_exports++];

    *export = (struct world_export){
        .name = name, .types = leader->types, .weak = symbol->bond == BOND_WEAK, .definer = id};
    if (symbol->bond == BOND_ABSOLUTE)
        export->value = NEAR_VALUE;
    else if (symbol->bond == BOND_COMMON)
        export->value = common_value(d, recipe_names[name]);
    else
        export->value = d->base[symbol->part] + offset_of(object, leader->member, symbol->part) +
                        symbol->offset;
}

static void add_import(struct world_domain *d, const struct leader *leader)
{
    d->imports[d->n_imports++] = (struct world_import){.name = leader->symbol->name,
                                                       .types = leader->types,
                                                       .last_type = leader->last_type,
                                                       .weak = rank(leader->symbol) == 0};
}

/* In the order of the leaders. */
static void number_imports(struct world_domain *d, const struct world_object *object)
{
    for (unsigned k = 0; k < object->n; k++)
        for (unsigned i = 0; i < object->recipes[k].n_symbols; i++) {
            struct leader leader;

            find_leader(object, object->recipes[k].symbols[i].name, &leader);
            if (rank(leader.symbol) < 2 && leader.member == k && leader.number == i &&
                is_used(object, leader.symbol->name))
                add_import(d, &leader);
        }
    for (unsigned i = 0; i < d->n_imports; i++) {
        d->imports[i].index = i;
        for (uint32_t n = 0; d->real != NULL && n < d->real->image.n_imports; n++)
            if (strcmp(d->real->image.imports[n].name, recipe_names[d->imports[i].name]) == 0)
                d->imports[i].index = n;
    }
}

status_t contents_merge(struct world_domain *d, const struct world_object *object)
{
    for (uint8_t name = 0; name < N_NAMES; name++) {
        struct leader leader;

        find_leader(object, name, &leader);
        if (leader.n_strong > 1 && object->n > 1)
            return ERR_EXISTS;
        if (leader.symbol != NULL && rank(leader.symbol) >= 2)
            add_export(d, object, name, &leader, d->id);
    }
    number_imports(d, object);
    for (unsigned k = 0; k < object->n; k++)
        d->typed |= object->recipes[k].typed;
    return OK;
}

/* ---- places ---- */

static struct world_import *import_named(struct world_domain *d, uint8_t name)
{
    for (unsigned i = 0; i < d->n_imports; i++)
        if (d->imports[i].name == name)
            return &d->imports[i];
    return NULL;
}

static uint32_t addend_of(const struct world_place *place)
{
    return field_drops_addend(place->type) ? 0 : (uint32_t)place->addend;
}

static enum field_result store(const struct world_domain *d, const struct world_place *place,
                               vaddr_t value, uint32_t *field)
{
    *field = place->original;
    return field_store(place->type, d->base[place->part] + place->offset, value + addend_of(place),
                       field);
}

/* Or through a slot. */
static bool reaches(const struct world_domain *d, const struct world_place *place, vaddr_t value)
{
    uint32_t field;
    enum field_result result = store(d, place, value, &field);

    return result == FIELD_FITS || (result == FIELD_TOO_FAR && field_is_branch(place->type));
}

static void put(struct world_domain *d, const struct world_place *place, uint32_t field)
{
    uint8_t *at = d->bytes[place->part] + place->offset;

    if (field_width(place->type) == 2)
        put16(at, (uint16_t)field);
    else
        put32(at, field);
}

static vaddr_t own_value(const struct world_domain *d, const struct world_place *place)
{
    if (place->name != NAME_NONE)
        return world_find(d, place->name)->value;
    return d->base[place->target] + place->section;
}

static void add_place(struct world_domain *d, const struct world_object *object, unsigned k,
                      const struct recipe_place *recipe)
{
    struct world_place *place = &d->places[d->n_places++];

    *place = (struct world_place){.part = recipe->part,
                                  .type = recipe->type,
                                  .name = recipe->name,
                                  .target = recipe->target,
                                  .addend = recipe->addend,
                                  .original = recipe->original};
    place->offset = (uint16_t)(offset_of(object, k, recipe->part) + recipe->offset);
    place->section = (uint16_t)offset_of(object, k, recipe->target);
}

static void add_pointer(struct world_domain *d, uint32_t offset, unsigned part, uint32_t section)
{
    d->places[d->n_places++] = (struct world_place){.part = DATA,
                                                    .type = 1,
                                                    .name = NAME_NONE,
                                                    .offset = (uint16_t)offset,
                                                    .target = (uint8_t)part,
                                                    .section = (uint16_t)section};
}

static void add_unit(struct world_domain *d, const struct world_object *object, unsigned k)
{
    const struct recipe *recipe = &object->recipes[k];
    uint32_t unit = offset_of(object, k, DATA);
    uint32_t path = offset_of(object, k, RODATA) + recipe->n_words[RODATA] * 4;
    uint32_t array = arrays_size(object, k);

    if (recipe->has_unit)
        d->any_unit = d->base[DATA] + unit;
    if (recipe->path == 0xff)
        return;
    add_pointer(d, array, RODATA, path);
    add_pointer(d, array + 4, DATA, unit);
    memcpy(d->bytes[RODATA] + path, recipe_paths[recipe->path], path_size(recipe));
    d->paths[d->n_units] = recipe->path;
    d->units[d->n_units++] = d->base[DATA] + unit;
}

static void add_member(struct world_domain *d, const struct world_object *object, unsigned k)
{
    const struct recipe *recipe = &object->recipes[k];

    for (unsigned part = 0; part < N_PARTS; part++)
        for (unsigned i = 0; i < recipe->n_words[part]; i++)
            put32(d->bytes[part] + offset_of(object, k, part) + i * 4, recipe->words[part][i]);
    for (unsigned i = 0; i < recipe->n_places; i++)
        add_place(d, object, k, &recipe->places[i]);
    add_unit(d, object, k);
    if (recipe->required != 0xff)
        d->required[d->n_required++] = recipe->required;
}

/* What slots and common symbols take is not the model's business. */
static void take_sizes(struct world_domain *d)
{
    const struct image_memory *m;

    if (d->real == NULL)
        return;
    m = &d->real->image.memory;
    d->size[TEXT] = (uint32_t)m->text.size;
    d->size[RODATA] = (uint32_t)m->rodata.size;
    d->size[DATA] = (uint32_t)m->data.size;
}

status_t contents_place(struct world_domain *d, const struct world_object *object)
{
    for (unsigned k = 0; k < object->n; k++)
        add_member(d, object, k);
    for (unsigned part = 0; part < N_PARTS; part++)
        d->size[part] = offset_of(object, object->n, part);
    d->used = d->size[TEXT];
    take_sizes(d);
    for (unsigned i = 0; i < d->n_places; i++) {
        struct world_place *place = &d->places[i];

        if ((place->name == NAME_NONE || world_find(d, place->name) != NULL) &&
            !reaches(d, place, own_value(d, place)))
            return ERR_RANGE;
    }
    return OK;
}

/* ---- what they hold ---- */

void world_fetch(const struct world_domain *d, unsigned part, uint8_t bytes[WORLD_BYTES])
{
    const struct image_memory *m = &d->real->image.memory;
    const struct segment *segment = part == TEXT     ? &m->text
                                    : part == RODATA ? &m->rodata
                                                     : &m->data;

    if (segment->size == 0)
        return;
    if (d->real->image.sealed)
        image_fetch(m, segment->address, bytes, segment->size);
    else
        memcpy(bytes, segment->bytes, segment->size);
}

/* lis r12, addi r12, mtctr r12, bctr. */
static bool is_veneer(const uint8_t *slot, vaddr_t to)
{
    uint32_t high = get32(slot), low = get32(slot + 4);

    return high >> 16 == 0x3d80 && low >> 16 == 0x398c &&
           (high << 16) + (uint32_t)(int32_t)(int16_t)low == to && get32(slot + 8) == 0x7d8903a6 &&
           get32(slot + 12) == 0x4e800420;
}

/* A branch that does not reach: the real one must go to one of the slots, and that on to the target. */
static void lead(struct world *w, struct world_domain *d, const struct world_place *place,
                 const uint8_t text[], vaddr_t target, bool bound)
{
    vaddr_t address = d->base[place->part] + place->offset;
    uint32_t word = get32(text + place->offset), field = place->original;
    uint32_t slot = field_goes_to(place->type, address, word) - d->base[TEXT];

    if (w->loading)
        return;
    if (slot < d->used || slot >= d->size[TEXT] || (slot - d->used) % SLOT != 0) {
        w->wrong = "a branch goes neither to its target nor to a slot";
        return;
    }
    if (!is_veneer(text + slot, target) && (bound || get32(text + slot) != 0))
        w->wrong = "a slot does not lead to the target";
    (void)field_store(place->type, address, d->base[TEXT] + slot, &field);
    put(d, place, field);
}

static void fill(struct world *w, struct world_domain *d, const struct world_place *place,
                 const uint8_t text[], vaddr_t value, bool bound)
{
    uint32_t field;
    enum field_result result = store(d, place, value, &field);

    if (result == FIELD_FITS)
        put(d, place, field);
    else if (result == FIELD_TOO_FAR && field_is_branch(place->type) && d->real != NULL)
        lead(w, d, place, text, value + addend_of(place), bound);
}

static bool is_procedure(const struct world_domain *d, const struct world_import *import)
{
    if (import->types != 0)
        return import->last_type != TYPE_NUMBER;
    for (unsigned i = 0; i < d->n_places; i++)
        if (d->places[i].name == import->name && field_is_branch(d->places[i].type))
            return true;
    return false;
}

/* What is unbound in a domain that runs leads to a fault; or to 0, or nowhere. */
static void lose(struct world *w, struct world_domain *d, const struct world_place *place,
                 const struct world_import *import, const uint8_t text[])
{
    vaddr_t value = import->weak              ? 0
                    : is_procedure(d, import) ? slot_address(d, import)
                                              : LOST + import->index * LOST_SIZE;

    put(d, place, place->original);
    if (!reaches(d, place, value))
        value = 0;
    if (reaches(d, place, value))
        fill(w, d, place, text, value, false);
}

/* Words in data are lost before the domain runs, since others may come by them: R_PPC_ADDR32 and R_PPC_UADDR32. */
static bool is_pointer(const struct world_place *place)
{
    return place->part != TEXT && (place->type == 1 || place->type == 24);
}

static void read_place(struct world *w, struct world_domain *d, const struct world_place *place,
                       const uint8_t text[])
{
    const struct world_import *import =
        place->name != NAME_NONE ? import_named(d, place->name) : NULL;

    if (place->own)
        return;
    if (import == NULL)
        fill(w, d, place, text, own_value(d, place), true);
    else if (import->bound)
        fill(w, d, place, text, contents_value(d, import), true);
    else if (d->sealed || (is_pointer(place) && !import->weak))
        lose(w, d, place, import, text);
    else
        put(d, place, place->original);
}

/* li r12, NUMBER; mtsprg 1, r12; ba PROCEDURE; trap. */
static bool is_identity_slot(const uint8_t *slot, unsigned owner, vaddr_t to)
{
    return get32(slot) == (0x39800000 | owner) && get32(slot + 4) == 0x7d9143a6 &&
           get32(slot + 8) == (0x48000002 | to) && get32(slot + 12) == 0x7fe00008;
}

static void read_slots(struct world *w, struct world_domain *d, const uint8_t text[])
{
    static const uint8_t nothing[SLOT];

    for (unsigned i = 0; i < d->n_imports; i++) {
        const struct world_import *import = &d->imports[i];
        const uint8_t *slot = text + d->used + import->index * SLOT;

        if (w->loading)
            break;
        if (!import->bound && memcmp(slot, nothing, SLOT) != 0)
            w->wrong = "the slot of an unbound import is not empty";
        if (import->bound && import->definition.identified &&
            !is_identity_slot(slot, d->real->image.memory.owner, import->definition.value))
            w->wrong = "a slot does not say who calls";
    }
    memcpy(d->bytes[TEXT] + d->used, text + d->used, d->size[TEXT] - d->used);
}

void contents_read(struct world *w, struct world_domain *d)
{
    static uint8_t text[WORLD_BYTES];

    if (d->real != NULL && (d->size[TEXT] > WORLD_BYTES || d->size[RODATA] > WORLD_BYTES ||
                            d->size[DATA] > WORLD_BYTES)) {
        w->wrong = "an image is larger than the model's";
        return;
    }
    if (d->real != NULL)
        world_fetch(d, TEXT, text);
    for (unsigned i = 0; i < d->n_places; i++)
        read_place(w, d, &d->places[i], text);
    if (d->real != NULL)
        read_slots(w, d, text);
}

/* Those of imports, and of branches to an import plus something, come first; the others lead to its own. */
void contents_keep(struct world_domain *d)
{
    unsigned n = d->n_imports;

    for (unsigned i = 0; i < d->n_places; i++) {
        const struct world_place *place = &d->places[i];

        n += place->name != NAME_NONE && import_named(d, place->name) != NULL &&
             field_is_branch(place->type) && addend_of(place) != 0;
    }
    memcpy(d->created, d->bytes, sizeof d->created);
    memset(d->created[TEXT] + d->used, 0, n * SLOT);
}

/* ---- ranges ---- */

bool contents_reach(const struct world_domain *d, unsigned import,
                    const struct world_export *definition)
{
    vaddr_t value =
        definition->identified ? slot_address(d, &d->imports[import]) : definition->value;

    for (unsigned i = 0; i < d->n_places; i++)
        if (d->places[i].name == d->imports[import].name && !d->places[i].own &&
            !reaches(d, &d->places[i], value))
            return false;
    return true;
}

bool contents_reach_nothing(const struct world_domain *d)
{
    for (unsigned k = 0; k < d->n_imports; k++)
        for (unsigned i = 0; i < d->n_places; i++)
            if (!d->imports[k].bound && d->places[i].name == d->imports[k].name &&
                !reaches(d, &d->places[i], 0))
                return false;
    return true;
}

void world_poke(struct world_domain *d, unsigned place, uint32_t word)
{
    d->places[place].own = true;
    put(d, &d->places[place], word);
}
