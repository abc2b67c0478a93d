/*
 * btf_compatible of btf.h. Pairs of types that must agree stand in a list, each
 * once; comparing one adds those that it depends on. When the end is reached and
 * none disagreed, all agree, circles included: two types are the same unless a
 * difference can be found (coinduction). So nothing recurses, and what bounds the
 * work is a budget of steps.
 *
 * The list begins on the stack, where ordinary types stay; beyond that it is one
 * block of memory with a hash table behind it.
 */
#include <stdlib.h>
#include <string.h>

#include "domains/object/btf_walk.h"

#define N_MANY 128       /* after that; a power of two */
#define BUDGET (4 << 20) /* types passed, members and characters of names looked at */
#define SPELLED_MAX 8    /* types within each other that are looked at at once */

#define QUALIFIERS (BTF_BIT(BTF_CONST) | BTF_BIT(BTF_VOLATILE))
#define QUALIFIERS_SHIFT BTF_VOLATILE /* makes them two bits */
#define QUALIFIERS_WIDTH 2
#define INLINE static inline __attribute__((always_inline))

/* ---- types behind their names ---- */

/* Without a circle, no type comes by twice. */
static void resolve_fully(struct btf_walk *walk, const struct btf_blob *blob, uint32_t id,
                          struct btf_side *side)
{
    uint32_t left = btf_resolve(blob, id, blob->n_types, side);

    walk->budget -= (int32_t)(blob->n_types - left);
}

static bool may_differ(enum btf_place place, unsigned caller, unsigned definer)
{
    switch (place) {
    case SAME:
        return ((caller ^ definer) & QUALIFIERS) == 0;
    case TO_CALLER:
    case VARIABLE:
        return (definer & ~caller & QUALIFIERS) == 0;
    case TO_DEFINER:
        return (caller & ~definer & QUALIFIERS) == 0;
    default:
        return true;
    }
}

static enum btf_place pointee_of(enum btf_place place)
{
    return place == PARAMETER ? TO_DEFINER : place == RESULT ? TO_CALLER : SAME;
}

/* An array without a count may be among others: gcc 12 turns dimensions around. */
static enum btf_place element_of(enum btf_place place)
{
    return place > VARIABLE ? SAME : place;
}

/* ---- types that depend on no other ---- */

INLINE bool same_integers(const uint8_t *a, const uint8_t *b)
{
    uint32_t difference = get32(a + BTF_RECORD_SIZE) ^ get32(b + BTF_RECORD_SIZE);

    return btf_size(a) == btf_size(b) && (difference & BTF_INT_MEANING) == 0;
}

static bool same_floats(const struct btf_blob *a_blob, const uint8_t *a,
                        const struct btf_blob *b_blob, const uint8_t *b)
{
    return btf_size(a) == btf_size(b) && btf_is_complex(a_blob, a) == btf_is_complex(b_blob, b);
}

static bool same_scalars(const struct btf_side *a, const struct btf_side *b)
{
    if (a->kind != b->kind)
        return false;
    if (a->kind == BTF_INT)
        return same_integers(a->record, b->record);
    return a->kind == BTF_VOID ||
           (a->kind == BTF_FLOAT && same_floats(a->blob, a->record, b->blob, b->record));
}

/* What two types may have in common before a number is reached. */
#define SPELLED (BTF_MODIFIERS | BTF_BIT(BTF_PTR))

/*
 * Whether the two are spelled alike from the outermost qualifier to a number, which is how most parameters
 * are, and fits wherever it stands. What this does not find goes on the list.
 */
INLINE bool spelled_alike(const struct btf_blob *caller, uint32_t a, const struct btf_blob *definer,
                          uint32_t b)
{
    for (int i = 0; i < SPELLED_MAX; i++) {
        const uint8_t *ours, *theirs;
        unsigned kind;

        if (a == 0 || b == 0)
            return a == b;
        ours = btf_record(caller, a);
        theirs = btf_record(definer, b);
        if (btf_info(ours) != btf_info(theirs))
            return false;
        kind = btf_kind(ours);
        if (kind == BTF_INT)
            return same_integers(ours, theirs);
        if ((SPELLED >> kind & 1) == 0)
            return kind == BTF_FLOAT && same_floats(caller, ours, definer, theirs);
        a = btf_target(ours);
        b = btf_target(theirs);
    }
    return false;
}

/* ---- the list ---- */

static bool same_pairs(const struct btf_pair *a, const struct btf_pair *b)
{
    return a->caller == b->caller && a->definer == b->definer && a->place == b->place &&
           a->inherited == b->inherited;
}

/* Multiplied by large odd numbers, so that neighbours part. */
static uint32_t hash(const struct btf_pair *pair)
{
    uint32_t hash = pair->caller * 0x9e3779b1u ^ (pair->definer + pair->place) * 0x85ebca6bu;

    return hash ^ hash >> 15;
}

/* The slot that holds the pair, or the empty one where it would go. At most half of them are used. */
static uint32_t *probe(struct btf_walk *walk, const struct btf_pair *pair)
{
    uint32_t mask = 2 * walk->room - 1;

    for (uint32_t i = hash(pair);; i++) {
        uint32_t *slot = &walk->slots[i & mask];

        walk->budget--;
        if (*slot == 0 || same_pairs(&walk->pairs[*slot - 1], pair))
            return slot;
    }
}

static bool is_listed(struct btf_walk *walk, const struct btf_pair *pair)
{
    if (walk->slots != NULL)
        return *probe(walk, pair) != 0;
    for (uint32_t i = 0; i < walk->n; i++)
        if (same_pairs(&walk->pairs[i], pair))
            return true;
    return false;
}

static void release(struct btf_walk *walk)
{
    if (walk->slots != NULL)
        free(walk->pairs);
}

/* Pairs and slots are one block. */
static status_t grow(struct btf_walk *walk)
{
    uint32_t room = walk->slots == NULL ? N_MANY : 2 * walk->room;
    struct btf_pair *pairs = malloc(room * (sizeof *pairs + 2 * sizeof *walk->slots));

    if (pairs == NULL)
        return ERR_NO_MEMORY;
    memcpy(pairs, walk->pairs, walk->n * sizeof *pairs);
    release(walk);
    walk->pairs = pairs;
    walk->room = room;
    walk->slots = (uint32_t *)(pairs + room);
    memset(walk->slots, 0, 2 * room * sizeof *walk->slots);
    for (uint32_t i = 0; i < walk->n; i++)
        *probe(walk, &pairs[i]) = i + 1;
    return OK;
}

static status_t add(struct btf_walk *walk, const struct btf_pair *pair)
{
    status_t status = walk->n == walk->room ? grow(walk) : OK;

    if (status != OK)
        return status;
    if (walk->slots != NULL)
        *probe(walk, pair) = walk->n + 1;
    walk->pairs[walk->n++] = *pair;
    return OK;
}

static __attribute__((noinline)) status_t list(struct btf_walk *walk, const struct btf_pair *pair)
{
    walk->budget--;
    return is_listed(walk, pair) ? OK : add(walk, pair);
}

/* The current pair depends on this one. */
static status_t require(struct btf_walk *walk, uint32_t caller, uint32_t definer,
                        enum btf_place place, unsigned index, unsigned inherited)
{
    struct btf_pair pair;

    if (inherited == 0 && spelled_alike(walk->caller, caller, walk->definer, definer))
        return OK;
    pair = (struct btf_pair){caller,          definer,        walk->current,
                             (uint16_t)index, (uint8_t)place, (uint8_t)inherited};
    return list(walk, &pair);
}

static status_t differ(struct btf_walk *walk, enum btf_reason reason, uint32_t here, uint32_t there)
{
    walk->reason = reason;
    walk->here = here;
    walk->there = there;
    return ERR_TYPE;
}

/* ---- enums ---- */

/* Names that are one within the other would make this slow, so it is paid for by the character. */
static bool same_names(struct btf_walk *walk, const struct btf_side *a, uint32_t a_name,
                       const struct btf_side *b, uint32_t b_name)
{
    const char *x = a->blob->strings + a_name, *y = b->blob->strings + b_name;

    walk->budget--;
    for (; *x == *y && walk->budget >= 0; x++, y++) {
        if (*x == 0)
            return true;
        walk->budget--;
    }
    return false;
}

static bool same_tags(struct btf_walk *walk, const struct btf_side *a, const struct btf_side *b)
{
    return same_names(walk, a, get32(a->record), b, get32(b->record));
}

/* The index of the enumerator of that name, most likely the one given; the number of all if there is none. */
static unsigned find(struct btf_walk *walk, const struct btf_side *a, uint32_t name,
                     const struct btf_side *b, unsigned index)
{
    unsigned n = btf_vlen(b->record), i = 0;

    if (index < n && same_names(walk, a, name, b, get32(btf_enumerator(b->record, index))))
        return index;
    while (i < n && !same_names(walk, a, name, b, get32(btf_enumerator(b->record, i))))
        i++;
    return i;
}

static status_t compare_enumerators(struct btf_walk *walk, const struct btf_side *a,
                                    const struct btf_side *b)
{
    unsigned n = btf_vlen(b->record);

    for (unsigned i = 0; i < btf_vlen(a->record) && walk->budget >= 0; i++) {
        unsigned k = find(walk, a, get32(btf_enumerator(a->record, i)), b, i);

        if (k < n && btf_value(a->record, i) != btf_value(b->record, k))
            return differ(walk, BY_ENUMERATOR, i, k);
    }
    return OK;
}

/* Enums, or an enum and an integer. */
static status_t compare_enums(struct btf_walk *walk, const struct btf_side *a,
                              const struct btf_side *b)
{
    bool both = btf_is_enum(a->kind) && btf_is_enum(b->kind);

    walk->budget -= (int32_t)(btf_vlen(a->record) + btf_vlen(b->record));
    if (both && !same_tags(walk, a, b))
        return differ(walk, BY_TYPE, 0, 0);
    if (btf_size(a->record) != btf_size(b->record))
        return differ(walk, BY_SIZE, btf_size(a->record), btf_size(b->record));
    if (btf_is_signed(a->record) != btf_is_signed(b->record))
        return differ(walk, BY_SIGN, btf_is_signed(a->record), btf_is_signed(b->record));
    return both ? compare_enumerators(walk, a, b) : OK;
}

/* An enum has as many bits as its size says; some integers do not. */
static bool fills(const struct btf_side *side)
{
    uint32_t word;

    if (side->kind != BTF_INT)
        return true;
    word = get32(side->record + BTF_RECORD_SIZE);
    return BTF_INT_OFFSET(word) == 0 && BTF_INT_BITS(word) == 8 * btf_size(side->record);
}

/* ---- structs ---- */

static status_t compare_members(struct btf_walk *walk, const struct btf_side *a,
                                const struct btf_side *b, unsigned i)
{
    const uint8_t *ours = btf_member(a->record, i), *theirs = btf_member(b->record, i);

    if (!same_names(walk, a, get32(ours), b, get32(theirs)))
        return differ(walk, BY_MEMBER_NAME, i, 0);
    if (btf_bit(a->record, i) != btf_bit(b->record, i))
        return differ(walk, BY_MEMBER_PLACE, i, 0);
    if (btf_width(a->record, i) != btf_width(b->record, i))
        return differ(walk, BY_MEMBER_WIDTH, i, 0);
    return require(walk, btf_field_type(ours), btf_field_type(theirs), SAME, i, 0);
}

static status_t compare_structs(struct btf_walk *walk, const struct btf_side *a,
                                const struct btf_side *b)
{
    unsigned n = btf_vlen(a->record);
    status_t status = OK;

    if (!same_tags(walk, a, b))
        return differ(walk, BY_TYPE, 0, 0);
    if (btf_size(a->record) != btf_size(b->record))
        return differ(walk, BY_SIZE, btf_size(a->record), btf_size(b->record));
    if (n != btf_vlen(b->record))
        return differ(walk, BY_N_MEMBERS, n, btf_vlen(b->record));
    for (unsigned i = 0; status == OK && i < n && walk->budget >= 0; i++)
        status = compare_members(walk, a, b, i);
    return status;
}

static bool is_record(const struct btf_side *side)
{
    return side->kind == BTF_STRUCT || side->kind == BTF_UNION || side->kind == BTF_FWD;
}

static bool is_union(const struct btf_side *side)
{
    return side->kind == BTF_UNION || (side->kind == BTF_FWD && btf_flag(side->record));
}

/* At least one of them is incomplete; without a tag nothing says what it is. */
static status_t compare_incomplete(struct btf_walk *walk, const struct btf_side *a,
                                   const struct btf_side *b)
{
    if (is_union(a) == is_union(b) && btf_name(a->blob, a->record)[0] != 0 && same_tags(walk, a, b))
        return OK;
    return differ(walk, BY_TYPE, 0, 0);
}

/* ---- arrays and procedures ---- */

static unsigned inherit(const struct btf_pair *pair, const struct btf_side *a,
                        const struct btf_side *b)
{
    unsigned caller = (a->modifiers & QUALIFIERS) >> QUALIFIERS_SHIFT;
    unsigned definer = (b->modifiers & QUALIFIERS) >> QUALIFIERS_SHIFT;

    return pair->inherited | caller | definer << QUALIFIERS_WIDTH;
}

/* What qualifies an array qualifies its elements, so that is judged there. */
static status_t compare_arrays(struct btf_walk *walk, const struct btf_pair *pair,
                               const struct btf_side *a, const struct btf_side *b)
{
    bool open = pair->place == VARIABLE && btf_count(a->record) == 0;

    if (btf_count(a->record) != btf_count(b->record) && !open)
        return differ(walk, BY_TYPE, 0, 0);
    return require(walk, btf_element(a->record), btf_element(b->record), element_of(pair->place), 0,
                   inherit(pair, a, b));
}

static bool is_unprototyped(const struct btf_side *side)
{
    return btf_vlen(side->record) == 1 && btf_variadic(side->record);
}

/* Whether one was declared with () and the other takes nothing. */
static bool leaves_open(const struct btf_side *a, const struct btf_side *b)
{
    return (is_unprototyped(a) && btf_vlen(b->record) == 0) ||
           (is_unprototyped(b) && btf_vlen(a->record) == 0);
}

static status_t compare_parameters(struct btf_walk *walk, const struct btf_pair *pair,
                                   const struct btf_side *a, const struct btf_side *b)
{
    enum btf_place place = pair->place == PROCEDURE ? PARAMETER : VALUE;
    unsigned n = btf_vlen(a->record);
    status_t status = OK;

    if (pair->place == PROCEDURE && leaves_open(a, b))
        return OK;
    if (n != btf_vlen(b->record) || btf_variadic(a->record) != btf_variadic(b->record))
        return differ(walk, BY_TYPE, 0, 0);
    for (unsigned i = 0; status == OK && i < n && walk->budget >= 0; i++)
        status = require(walk, btf_field_type(btf_parameter(a->record, i)),
                         btf_field_type(btf_parameter(b->record, i)), place, i, 0);
    return status;
}

static status_t compare_procedures(struct btf_walk *walk, const struct btf_pair *pair,
                                   const struct btf_side *a, const struct btf_side *b)
{
    enum btf_place place = pair->place == PROCEDURE ? RESULT : VALUE;
    status_t status = require(walk, btf_target(a->record), btf_target(b->record), place, 0, 0);

    return status == OK ? compare_parameters(walk, pair, a, b) : status;
}

/* ---- one pair ---- */

static status_t compare_scalars(struct btf_walk *walk, const struct btf_side *a,
                                const struct btf_side *b)
{
    if (same_scalars(a, b))
        return OK;
    if (a->kind != b->kind)
        return differ(walk, BY_TYPE, 0, 0);
    if (btf_size(a->record) != btf_size(b->record))
        return differ(walk, BY_SIZE, btf_size(a->record), btf_size(b->record));
    if (a->kind == BTF_FLOAT)
        return differ(walk, BY_TYPE, 0, 0);
    if (btf_is_signed(a->record) != btf_is_signed(b->record))
        return differ(walk, BY_SIGN, btf_is_signed(a->record), btf_is_signed(b->record));
    return differ(walk, BY_BITS, 0, 0);
}

static status_t compare_sides(struct btf_walk *walk, const struct btf_pair *pair,
                              const struct btf_side *a, const struct btf_side *b)
{
    if (a->kind == BTF_PTR && b->kind == BTF_PTR)
        return require(walk, btf_target(a->record), btf_target(b->record), pointee_of(pair->place),
                       0, 0);
    if (is_record(a) && is_record(b) && (a->kind == BTF_FWD || b->kind == BTF_FWD))
        return compare_incomplete(walk, a, b);
    if (is_record(a) && a->kind == b->kind)
        return compare_structs(walk, a, b);
    if ((btf_is_enum(a->kind) && (btf_is_enum(b->kind) || b->kind == BTF_INT)) ||
        (a->kind == BTF_INT && btf_is_enum(b->kind)))
        return fills(a) && fills(b) ? compare_enums(walk, a, b) : differ(walk, BY_TYPE, 0, 0);
    return compare_scalars(walk, a, b);
}

/* Procedures cannot be qualified: gcc says so of those that do not return or have no effect. */
static status_t compare_current(struct btf_walk *walk)
{
    const struct btf_pair pair = walk->pairs[walk->current];
    struct btf_side a, b;
    unsigned qualifiers;

    resolve_fully(walk, walk->caller, pair.caller, &a);
    resolve_fully(walk, walk->definer, pair.definer, &b);
    if (a.kind == BTF_CIRCLE || b.kind == BTF_CIRCLE)
        return differ(walk, BY_CIRCLE, 0, 0);
    if (a.kind == BTF_FUNC_PROTO && b.kind == BTF_FUNC_PROTO)
        return compare_procedures(walk, &pair, &a, &b);
    if (a.kind == BTF_ARRAY && b.kind == BTF_ARRAY)
        return compare_arrays(walk, &pair, &a, &b);
    qualifiers = inherit(&pair, &a, &b) << QUALIFIERS_SHIFT;
    if (!may_differ((enum btf_place)pair.place, qualifiers, qualifiers >> QUALIFIERS_WIDTH))
        return differ(walk, BY_TYPE, 0, 0);
    return compare_sides(walk, &pair, &a, &b);
}

static status_t compare_all(struct btf_walk *walk)
{
    for (; walk->current < walk->n; walk->current++) {
        status_t status = compare_current(walk);

        if (walk->budget < 0 && status != ERR_NO_MEMORY)
            status = differ(walk, BY_BUDGET, 0, 0);
        if (status != OK)
            return status;
    }
    return OK;
}

/* ---- all pairs ---- */

static bool is_prototype(struct btf_type type)
{
    return type.id != 0 && btf_kind(btf_record(type.blob, type.id)) == BTF_FUNC_PROTO;
}

/* Whether two prototypes have only numbers and pointers to numbers, spelled alike: then no list is made. */
static bool plainly_fit(struct btf_type caller, struct btf_type definer)
{
    const uint8_t *a = btf_record(caller.blob, caller.id);
    const uint8_t *b = btf_record(definer.blob, definer.id);
    unsigned n = btf_vlen(a);

    if (btf_info(a) != btf_info(b) || btf_variadic(a) != btf_variadic(b))
        return false;
    if (!spelled_alike(caller.blob, btf_target(a), definer.blob, btf_target(b)))
        return false;
    for (; n > 0; n--, a += BTF_PARAMETER_SIZE, b += BTF_PARAMETER_SIZE)
        if (!spelled_alike(caller.blob, btf_field_type(btf_parameter(a, 0)), definer.blob,
                           btf_field_type(btf_parameter(b, 0))))
            return false;
    return true;
}

static __attribute__((noinline)) status_t walk_types(struct btf_type caller,
                                                     struct btf_type definer, enum btf_place place,
                                                     char *difference)
{
    struct btf_walk walk;
    status_t status;

    walk.caller = caller.blob;
    walk.definer = definer.blob;
    walk.pairs = walk.few;
    walk.slots = NULL;
    walk.n = 1;
    walk.room = BTF_N_FEW;
    walk.current = 0;
    walk.budget = BUDGET;
    walk.few[0] = (struct btf_pair){
        .caller = caller.id, .definer = definer.id, .parent = BTF_NO_PAIR, .place = (uint8_t)place};
    status = compare_all(&walk);
    if (status == ERR_TYPE && difference != NULL)
        btf_explain(&walk, difference);
    release(&walk);
    return status;
}

status_t btf_compatible(struct btf_type caller, struct btf_type definer, char *difference)
{
    bool procedures = is_prototype(caller) && is_prototype(definer);

    if (procedures && plainly_fit(caller, definer))
        return OK;
    return walk_types(caller, definer, procedures ? PROCEDURE : VARIABLE, difference);
}

status_t btf_compatible_as(enum btf_role role, struct btf_type caller, struct btf_type definer,
                           char *difference)
{
    static const enum btf_place places[] = {
        [BTF_PARAMETER] = PARAMETER, [BTF_RESULT] = RESULT, [BTF_SHARED] = VALUE};

    if (caller.blob == definer.blob && caller.id == definer.id)
        return OK;
    if (spelled_alike(caller.blob, caller.id, definer.blob, definer.id))
        return OK;
    return walk_types(caller, definer, places[role], difference);
}
