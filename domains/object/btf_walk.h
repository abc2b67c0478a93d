/*
 * What btf_compatible.c compares and btf_explain.c puts into words. A pair in the list knows which one
 * made it necessary, and so the way from what differs to what was asked.
 */
#ifndef DOMAINS_OBJECT_BTF_WALK_H
#define DOMAINS_OBJECT_BTF_WALK_H

#include "domains/object/btf_record.h"

#define BTF_N_FEW 24 /* pairs on the stack */
#define BTF_NO_PAIR UINT32_MAX

/* Where a type stands, which says how far the qualifiers around it may differ. */
enum btf_place {
    SAME,       /* not at all */
    TO_CALLER,  /* pointed to by what the caller gets: it may have more */
    TO_DEFINER, /* pointed to by what the definer gets */
    VARIABLE,   /* the caller's may have more, and need not have a count */
    PARAMETER,  /* of the procedure itself: in any way, as in the next two */
    RESULT,
    VALUE,     /* parameter or result of a procedure behind a pointer */
    PROCEDURE, /* itself */
};

enum btf_reason {
    BY_TYPE, /* what a print shows, here or further out */
    BY_SIZE,
    BY_BITS,
    BY_SIGN,
    BY_N_MEMBERS,
    BY_MEMBER_NAME,
    BY_MEMBER_PLACE,
    BY_MEMBER_WIDTH,
    BY_ENUMERATOR,
    BY_CIRCLE,
    BY_BUDGET,
};

struct btf_pair {
    uint32_t caller, definer; /* ids */
    uint32_t parent;          /* pair that depends on this one, NO_PAIR for the first */
    uint16_t index;           /* of the member there, if it is a struct or union */
    uint8_t place;
    uint8_t inherited; /* qualifiers of arrays, for their elements: see inherit() */
};

/* A type behind its typedefs and qualifiers. */
struct btf_side {
    const struct btf_blob *blob;
    const uint8_t *record; /* NULL for void */
    uint32_t id;
    unsigned kind;
    unsigned modifiers; /* that were passed, as bits of their kinds */
};

struct btf_walk {
    const struct btf_blob *caller, *definer;
    struct btf_pair *pairs;
    uint32_t *slots; /* 1 + index of a pair, 0 for none; NULL while pairs are few */
    uint32_t n, room, current;
    int32_t budget;
    enum btf_reason reason; /* why current disagrees */
    uint32_t here, there;   /* the two numbers that differ, or indices of what differs */
    struct btf_pair few[BTF_N_FEW];
};

/* Returns how many of the steps allowed are left; 0 means a circle. */
static inline __attribute__((always_inline)) uint32_t btf_resolve(const struct btf_blob *blob,
                                                                  uint32_t id, uint32_t steps,
                                                                  struct btf_side *side)
{
    *side = (struct btf_side){.blob = blob};
    for (; steps > 0; steps--) {
        side->id = id;
        if (id == 0) {
            side->kind = BTF_VOID;
            return steps;
        }
        side->record = btf_record(blob, id);
        side->kind = btf_kind(side->record);
        if (!btf_is_modifier(side->kind))
            return steps;
        side->modifiers |= BTF_BIT(side->kind);
        id = btf_target(side->record);
    }
    side->kind = BTF_CIRCLE;
    return 0;
}

/* On ERR_TYPE: see btf_compatible. */
void btf_explain(const struct btf_walk *walk, char *difference);

#endif
