/*
 * The sentence of btf_compatible about a difference that no print of the two types
 * shows. It is about what differs itself if that has the same name on both sides;
 * else about the closest typedef or member that hides it.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "domains/object/btf_walk.h"

#define TYPE_TEXT 256 /* of a type printed for comparison */
#define WHAT_MAX 80   /* of the name of what differs */
#define N_MODIFIERS 8 /* around a type, looked at for one that makes a difference */

struct texts {
    char here[TYPE_TEXT], there[TYPE_TEXT];
};

static bool print_alike(const struct btf_walk *walk, uint32_t caller, uint32_t definer,
                        struct texts *texts)
{
    btf_print((struct btf_type){walk->caller, caller}, texts->here, TYPE_TEXT);
    btf_print((struct btf_type){walk->definer, definer}, texts->there, TYPE_TEXT);
    return strcmp(texts->here, texts->there) == 0;
}

static void say(char *difference, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void say(char *difference, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(difference, BTF_DIFFERENCE_MAX, format, arguments);
    va_end(arguments);
}

/* What is too long leaves both types the same room. */
static void say_types(char *difference, const char *what, const struct texts *texts)
{
    int length = (int)strnlen(what, WHAT_MAX);
    int room = (int)(BTF_DIFFERENCE_MAX - sizeof " is  here and  there" - (size_t)length) / 2;

    say(difference, "%.*s is %.*s here and %.*s there", length, what, room, texts->here, room,
        texts->there);
}

/* "member length of struct packet", by its number if it has no name. */
static void print_member(char text[TYPE_TEXT], const struct btf_side *side, unsigned index)
{
    const char *name = btf_name(side->blob, btf_member(side->record, index));
    char type[48], number[16];

    snprintf(number, sizeof number, "%u", index + 1);
    btf_print((struct btf_type){side->blob, side->id}, type, sizeof type);
    snprintf(text, TYPE_TEXT, "member %.40s of %s", name[0] != 0 ? name : number, type);
}

/* A place in bytes if it is one. */
static void say_place(char *difference, const char *member, uint32_t here, uint32_t there)
{
    if (here % 8 == 0 && there % 8 == 0)
        say(difference, "%.100s is at byte %u here and %u there", member, (unsigned)(here / 8),
            (unsigned)(there / 8));
    else
        say(difference, "%.100s is at bit %u here and %u there", member, (unsigned)here,
            (unsigned)there);
}

static void say_member(char *difference, const struct btf_walk *walk, const struct btf_side *a,
                       const struct btf_side *b)
{
    unsigned i = walk->here;
    char member[TYPE_TEXT];

    print_member(member, a, i);
    if (walk->reason == BY_MEMBER_NAME)
        say(difference, "%.80s is called %.40s there", member,
            btf_name(b->blob, btf_member(b->record, i)));
    else if (walk->reason == BY_MEMBER_PLACE)
        say_place(difference, member, btf_bit(a->record, i), btf_bit(b->record, i));
    else
        say(difference, "%.100s is %u bits wide here and %u there", member,
            (unsigned)btf_width(a->record, i), (unsigned)btf_width(b->record, i));
}

static void say_enumerator(char *difference, const struct btf_walk *walk, const char *type,
                           const struct btf_side *a, const struct btf_side *b)
{
    const char *name = a->blob->strings + get32(btf_enumerator(a->record, walk->here));

    say(difference, "enumerator %.40s of %.40s is %lld here and %lld there", name, type,
        (long long)btf_value(a->record, walk->here), (long long)btf_value(b->record, walk->there));
}

/* What no print shows, about types that are called the same. */
static void say_reason(char *difference, const struct btf_walk *walk, const char *type,
                       const struct btf_side *a, const struct btf_side *b)
{
    switch (walk->reason) {
    case BY_SIZE:
        say(difference, "%.80s is %u bytes here and %u there", type, (unsigned)walk->here,
            (unsigned)walk->there);
        break;
    case BY_BITS:
        say(difference, "%.80s does not have the same bits here and there", type);
        break;
    case BY_SIGN:
        say(difference, "%.80s is %s here and %s there", type, walk->here ? "signed" : "unsigned",
            walk->there ? "signed" : "unsigned");
        break;
    case BY_N_MEMBERS:
        say(difference, "%.80s has %u members here and %u there", type, (unsigned)walk->here,
            (unsigned)walk->there);
        break;
    case BY_ENUMERATOR:
        say_enumerator(difference, walk, type, a, b);
        break;
    default:
        say_member(difference, walk, a, b);
        break;
    }
}

/* Whether the two that disagree are called the same, and so the reason itself was said. */
static bool say_here(char *difference, const struct btf_walk *walk)
{
    const struct btf_pair *pair = &walk->pairs[walk->current];
    struct texts texts;
    struct btf_side a, b;

    if (walk->reason == BY_TYPE || walk->reason >= BY_CIRCLE)
        return false;
    btf_resolve(walk->caller, pair->caller, walk->caller->n_types, &a);
    btf_resolve(walk->definer, pair->definer, walk->definer->n_types, &b);
    if (!print_alike(walk, a.id, b.id, &texts))
        return false;
    if (btf_name(a.blob, a.record)[0] == 0) /* perhaps a typedef has a name for it */
        (void)print_alike(walk, pair->caller, pair->definer, &texts);
    say_reason(difference, walk, texts.here, &a, &b);
    return true;
}

static bool step(const struct btf_blob *blob, uint32_t *id)
{
    const uint8_t *record;

    if (*id == 0)
        return false;
    record = btf_record(blob, *id);
    if (!btf_is_modifier(btf_kind(record)))
        return false;
    *id = btf_target(record);
    return true;
}

/* Whether it is a typedef of both sides that hides the difference; *alike tells whether they print alike. */
static bool say_typedef(char *difference, const struct btf_walk *walk, const struct btf_pair *pair,
                        struct texts *texts, bool *alike)
{
    uint32_t caller = pair->caller, definer = pair->definer;
    char name[TYPE_TEXT];

    *alike = print_alike(walk, caller, definer, texts);
    for (int i = 0; *alike && i < N_MODIFIERS; i++) {
        strcpy(name, texts->here);
        if (!step(walk->caller, &caller) || !step(walk->definer, &definer))
            return false;
        if (print_alike(walk, caller, definer, texts))
            continue;
        say_types(difference, name, texts);
        return true;
    }
    return false;
}

static bool say_if_member(char *difference, const struct btf_walk *walk,
                          const struct btf_pair *pair, const struct texts *texts)
{
    char member[TYPE_TEXT];
    struct btf_side side;

    if (pair->parent == BTF_NO_PAIR)
        return false;
    btf_resolve(walk->caller, walk->pairs[pair->parent].caller, walk->caller->n_types, &side);
    if (side.kind != BTF_STRUCT && side.kind != BTF_UNION)
        return false;
    print_member(member, &side, pair->index);
    say_types(difference, member, texts);
    return true;
}

/* From what differs outward, to the first member or typedef that hides it. */
static bool say_outward(char *difference, const struct btf_walk *walk)
{
    struct texts texts;

    for (uint32_t i = walk->current; i != BTF_NO_PAIR; i = walk->pairs[i].parent) {
        const struct btf_pair *pair = &walk->pairs[i];
        bool alike;

        if (say_typedef(difference, walk, pair, &texts, &alike))
            return true;
        if (!alike && say_if_member(difference, walk, pair, &texts))
            return true;
    }
    return false;
}

void btf_explain(const struct btf_walk *walk, char *difference)
{
    const struct btf_pair *pair = &walk->pairs[walk->current];
    struct texts texts;

    difference[0] = 0;
    if (!print_alike(walk, walk->pairs[0].caller, walk->pairs[0].definer, &texts))
        return;
    (void)print_alike(walk, pair->caller, pair->definer, &texts);
    if (walk->reason == BY_BUDGET)
        say(difference, "there is too much to compare in the types");
    else if (walk->reason == BY_CIRCLE)
        say(difference, "%.80s stands for nothing but itself", texts.here);
    else if (!say_here(difference, walk) && !say_outward(difference, walk))
        say(difference, "somewhere inside is %.40s here and %.40s there", texts.here, texts.there);
}
