/* How a search finds a value: by a table, by hashing, or by halving; see search.c. */
#include <stdlib.h>

#include "arch/ppc/code/dispatch/search.h"
#include "arch/ppc/registers.h"

#define DENSE 4    /* words of a table for each constant */
#define HASH_MIN 8 /* constants */
#define HASH_BITS_MAX 10
#define FACTORS 16

/* To an address in a register. */
static void jump(struct compiler *c, unsigned reg)
{
    compile_put(c, CODE_XFX(WORD_MTSPR, reg, SPR_CTR));
    compile_put(c, CODE_X(WORD_BCCTR, ALWAYS, 0, 0));
}

static uint32_t refer(struct compiler *c, enum relocation_of_code kind)
{
    compile_relocate(c, kind, 0);
    return c->out->n_relocations - 1;
}

static bool is_dense(const struct search *s)
{
    uint32_t low = search_value(s, 0), high = search_value(s, s->n_values - 1);

    return s->n_values >= SEARCH_MIN && high - low < DENSE * s->n_values;
}

static void search_table(struct search *s, struct table *table)
{
    struct compiler *c = s->c;
    uint32_t low = search_value(s, 0), high = search_value(s, s->n_values - 1);
    unsigned index = s->key, t;

    table->base = high < DENSE * s->n_values ? 0 : low;
    table->n = high - table->base + 1;
    t = temp_take(c, false);
    if (table->base != 0) {
        uint32_t less = -table->base;

        if (less + 0x8000 >= 0x10000) {
            compile_put(c, CODE_D(WORD_ADDIS, t, index, (less + 0x8000) >> 16));
            index = t;
        }
        compile_put(c, CODE_D(WORD_ADDI, t, index, less));
        index = t;
    }
    compile_put(c, CODE_D(WORD_CMPLI, 0, index, table->n - 1));
    search_end(s, CODE_BC(IF_TRUE, BIT_GT));
    compile_put(c, CODE_RLWINM(t, index, 2, 0, 29));
    table->high = refer(c, CODE_ADDRESS_HA);
    compile_put(c, CODE_D(WORD_ADDIS, t, t, 0));
    table->low = refer(c, CODE_ADDRESS_LO);
    compile_put(c, CODE_D(WORD_LWZ, t, t, 0));
    jump(c, t);
}

static unsigned slot_of(const struct table *table, uint32_t value)
{
    return (table->factor == 0 ? value : value * table->factor) >> table->shift & (table->n - 1);
}

static bool tells_apart(const struct search *s, const struct table *table)
{
    uint32_t seen[(1 << HASH_BITS_MAX) / 32] = {0};

    for (unsigned i = 0; i < s->n_values; i++) {
        unsigned slot = slot_of(table, search_value(s, i));

        if ((seen[slot / 32] >> slot % 32 & 1) != 0)
            return false;
        seen[slot / 32] |= 1u << slot % 32;
    }
    return true;
}

static bool find_bits(const struct search *s, struct table *table)
{
    table->factor = 0;
    for (table->shift = 0; table->shift + table->bits <= 32; table->shift++)
        if (tells_apart(s, table))
            return true;
    return false;
}

/* Multiplicative hashing (Knuth, "The Art of Computer Programming", volume 3, 6.4), by factors that fit mulli. */
static bool find_factor(const struct search *s, struct table *table)
{
    for (unsigned i = 0; i < FACTORS; i++) {
        table->factor = ((i + 1) * 0x5bd1u & 0x7fff) | 1;
        for (table->shift = 32 - table->bits; table->shift > 8; table->shift -= 4)
            if (tells_apart(s, table))
                return true;
    }
    return false;
}

/* Bits of the value, or of a multiple of it, that are different in all constants. */
static bool find_hash(const struct search *s, struct table *table)
{
    if (s->n_values < HASH_MIN)
        return false;
    if (s->old != NULL && s->old->table.hashed) {
        *table = s->old->table;
        if (table->n >= s->n_values && tells_apart(s, table))
            return true;
    }
    table->hashed = true;
    for (table->bits = 3; table->bits <= HASH_BITS_MAX; table->bits++) {
        table->n = 1u << table->bits;
        if (table->n < s->n_values)
            continue;
        if (table->n > 16 * s->n_values)
            break;
        if (find_bits(s, table) || (table->n >= 4 * s->n_values && find_factor(s, table)))
            return true;
    }
    return false;
}

static void search_hash(struct search *s, struct table *table)
{
    struct compiler *c = s->c;
    unsigned t = temp_take(c, false), u = temp_take(c, true);
    unsigned end = 28, begin = 29 - table->bits, value = s->key;

    if (table->factor != 0) {
        compile_put(c, CODE_D(WORD_MULLI, t, s->key, table->factor));
        value = t;
    }
    compile_put(c, CODE_RLWINM(t, value, (32 - table->shift + 3) & 31, begin, end));
    table->high = refer(c, CODE_ADDRESS_HA);
    compile_put(c, CODE_D(WORD_ADDIS, t, t, 0));
    table->low = refer(c, CODE_ADDRESS_LO);
    compile_put(c, CODE_D(WORD_LWZU, u, t, 0));
    compile_put(c, CODE_X(WORD_CMPL, 0, u, s->key));
    search_end(s, CODE_BC(IF_FALSE, BIT_EQ));
    compile_put(c, CODE_D(WORD_LWZ, t, t, 4));
    jump(c, t);
}

/* Constants from one to before another one; those that do not fit an instruction are made in a register. */
static void compare(struct search *s, unsigned scratch, uint32_t value)
{
    struct compiler *c = s->c;

    if (value < 0x10000) {
        compile_put(c, CODE_D(WORD_CMPLI, 0, s->key, value));
        return;
    }
    compile_put(c, CODE_D(WORD_ADDIS, scratch, 0, value >> 16));
    compile_put(c, CODE_D(WORD_ORI, scratch, scratch, value));
    compile_put(c, CODE_X(WORD_CMPL, 0, s->key, scratch));
}

/* The halves that are still to be searched stand in a list; it is never deeper than the number of halvings. */
static void search_halves(struct search *s)
{
    struct {
        unsigned from, to;
        struct spot spot;
    } halves[24];
    unsigned n = 0, scratch = temp_take(s->c, true);

    halves[n++].to = s->n_values;
    halves[0].from = 0;
    halves[0].spot = SPOT_NONE;
    while (n > 0) {
        unsigned from = halves[n - 1].from, to = halves[n - 1].to;

        spot_place(s->c, &halves[n - 1].spot);
        n--;
        while (to - from > 2) {
            unsigned middle = (from + to) / 2;

            compare(s, scratch, search_value(s, middle));
            halves[n].from = middle;
            halves[n].to = to;
            halves[n].spot = SPOT_NONE;
            spot_branch(s->c, &halves[n++].spot, CODE_BC(IF_FALSE, BIT_LT));
            to = middle;
        }
        for (; from + 1 < to; from++) {
            compare(s, scratch, search_value(s, from));
            spot_branch(s->c, search_leaf(s, from), CODE_BC(IF_TRUE, BIT_EQ));
        }
        compare(s, scratch, search_value(s, from));
        spot_branch(s->c, search_leaf(s, from), CODE_BC(IF_TRUE, BIT_EQ));
        search_end(s, WORD_B);
        s->c->state.reachable = true;
    }
    s->c->state.reachable = false;
}

void search_find(struct search *s)
{
    struct table *table = &s->table;
    struct compiler *c = s->c;
    struct state state;

    compile_add_part(c, PART_SEARCH, s->n, 0, false);
    search_load_key(s, s->first);
    temp_pin(c, s->key);
    if (is_dense(s)) {
        search_table(s, table);
    } else if (find_hash(s, table)) {
        search_hash(s, table);
    } else {
        table->n = 0;
        state = c->state;
        search_halves(s);
        state.reachable = false;
        c->state = state;
        for (unsigned i = 0; i < TEMPS; i++)
            if ((c->pinned >> i & 1) != 0 && i != s->key)
                temp_forget(c, i);
    }
    s->at_leaf = c->state;
    s->at_leaf.reachable = true;
    c->state.reachable = false;
}

static uint32_t address_of(struct search *s, const struct spot *spot)
{
    return spot->place == NO_LABEL ? s->end.spot.place : spot->place;
}

static void put_address(struct search *s, unsigned i, uint32_t end)
{
    compile_relocate(s->c, CODE_ADDRESS, i == NO_LABEL ? end : address_of(s, search_leaf(s, i)));
    compile_put(s->c, 0);
}

/* Which constant a word or slot of a table is for, NO_LABEL if none. */
static void fill_slots(const struct search *s, const struct table *table, unsigned slots[])
{
    for (unsigned i = 0; i < table->n; i++)
        slots[i] = NO_LABEL;
    for (unsigned i = 0; i < s->n_values; i++)
        slots[table->hashed ? slot_of(table, search_value(s, i))
                            : search_value(s, i) - table->base] = i;
}

/* An empty slot holds a value that belongs elsewhere, so nothing that comes to it is equal to it. */
void search_put_table(struct search *s)
{
    const struct table *table = &s->table;
    struct compiler *c = s->c;
    unsigned *slots = malloc(table->n * sizeof *slots);
    uint32_t start = c->out->n_words, end = start + table->n * (table->hashed ? 2 : 1);

    if (slots == NULL) {
        c->fault = COMPILE_NO_MEMORY;
        return;
    }
    if (c->fault == COMPILE_OK) {
        c->out->relocations[table->high].target = start;
        c->out->relocations[table->low].target = start;
    }
    c->state.reachable = true;
    fill_slots(s, table, slots);
    for (unsigned i = 0; i < table->n; i++) {
        if (table->hashed)
            compile_put(c, search_value(s, slots[i] == NO_LABEL ? 0 : slots[i]));
        put_address(s, slots[i], end);
    }
    c->state.reachable = false;
    free(slots);
}
