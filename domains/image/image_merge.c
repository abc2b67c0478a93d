/*
 * Several objects that become one image: for each global name the definition that
 * goes before the others (System V ABI, chapter 4, symbol binding): a strong one
 * before a common one, that before a weak one, the larger common before the
 * smaller, and otherwise the first.
 */
#include <stdlib.h>
#include <string.h>

#include "domains/image/image_builder.h"

/* In the order in which they give way. */
enum rank { RANK_WEAK_UNDEFINED, RANK_UNDEFINED, RANK_WEAK, RANK_COMMON, RANK_STRONG };

struct global {
    struct member *member;
    struct use *use;
    struct elf_symbol symbol;
};

static enum rank rank_of(const struct elf_symbol *s)
{
    if (s->section == SHN_UNDEF)
        return s->bind == STB_WEAK ? RANK_WEAK_UNDEFINED : RANK_UNDEFINED;
    if (s->section == SHN_COMMON)
        return RANK_COMMON;
    return s->bind == STB_WEAK ? RANK_WEAK : RANK_STRONG;
}

static const char *label(const struct global *global)
{
    const char *label = global->member->object->label;

    return label != NULL ? label : "an object";
}

static void follow(struct global *leader, struct global *other)
{
    other->use->leader = leader->use;
}

/* An alignment that suits both. */
static void join_commons(struct global *leader, const struct global *other)
{
    uint32_t wanted =
        other->use->common > other->symbol.value ? other->use->common : other->symbol.value;

    if (leader->use->common < leader->symbol.value)
        leader->use->common = leader->symbol.value;
    if (leader->use->common < wanted)
        leader->use->common = wanted;
}

/* `known` is the leader so far. */
static status_t merge(struct global *known, struct global *added)
{
    enum rank old = rank_of(&known->symbol), new = rank_of(&added->symbol);
    bool larger =
        old == RANK_COMMON && new == RANK_COMMON && added->symbol.size > known->symbol.size;
    struct global former = *known;

    if (old == RANK_STRONG && new == RANK_STRONG)
        return status_refuse(ERR_EXISTS, "symbol %s is defined by %s and by %s", added->symbol.name,
                             label(known), label(added));
    if (new <= old && !larger) {
        follow(known, added);
        if (new == RANK_COMMON && old == RANK_COMMON)
            join_commons(known, added);
        return OK;
    }
    *known = *added;
    follow(known, &former);
    if (larger)
        join_commons(known, &former);
    return OK;
}

static struct global *slot_of(struct global *table, uint32_t mask, const char *name)
{
    for (uint32_t i = symbol_hash(name);; i++) {
        struct global *global = &table[i & mask];

        if (global->use == NULL || strcmp(global->symbol.name, name) == 0)
            return global;
    }
}

static status_t merge_member(struct member *m, struct global *table, uint32_t mask)
{
    for (unsigned i = 1; i < m->object->n_symbols; i++) {
        struct global global = {.member = m, .use = &m->uses[i]}, *known;
        status_t status;

        elf_symbol(m->object, i, &global.symbol);
        if (global.symbol.bind == STB_LOCAL)
            continue;
        known = slot_of(table, mask, global.symbol.name);
        if (known->use == NULL) {
            *known = global;
            continue;
        }
        status = merge(known, &global);
        if (status != OK)
            return status;
    }
    return OK;
}

status_t builder_merge(struct builder *b)
{
    struct global *table;
    size_t n = 0, n_slots;
    status_t status = OK;

    if (b->n_members < 2)
        return OK;
    for (size_t k = 0; k < b->n_members; k++)
        n += b->members[k].object->n_symbols;
    n_slots = symbol_slots(n);
    table = calloc(n_slots, sizeof *table);
    if (table == NULL)
        return status_refuse(ERR_NO_MEMORY, "no memory to merge %u symbols", (unsigned)n);
    for (size_t k = 0; status == OK && k < b->n_members; k++)
        status = merge_member(&b->members[k], table, (uint32_t)n_slots - 1);
    free(table);
    return status;
}

void builder_follow(struct builder *b)
{
    for (size_t k = 0; b->n_members > 1 && k < b->n_members; k++)
        for (unsigned i = 1; i < b->members[k].object->n_symbols; i++) {
            struct use *use = &b->members[k].uses[i];
            const struct use *leader = builder_leader(use);

            if (leader == use)
                continue;
            use->definition = leader->definition;
            b->members[k].special[i] =
                leader->definition == DEFINED ? SPECIAL_BRANCHES : SPECIAL_ALL;
            use->value = leader->value;
            use->import = leader->import;
            use->offset_entry = leader->offset_entry;
        }
}
