/*
 * A guard's code being walked. Private to this folder.
 *
 * Every path from the entry to a return is walked with what registers, CR, CA and the frame hold as values
 * (expression.h). Where a branch depends on a condition that neither the values nor the branches before
 * decide, the walk forks: the state is put aside with the condition, what follows if it does not hold is
 * walked, then what follows if it does. Each ends as a conjunction, or as never; a fork whose
 * both ways have ended becomes one conjunction, if it is one, and so on up to the entry.
 */
#ifndef ARCH_PPC_CODE_DISPATCH_WALK_H
#define ARCH_PPC_CODE_DISPATCH_WALK_H

#include "arch/ppc/code/dispatch/predicate/condition.h"
#include "arch/ppc/code/instruction.h"

#define FORKS_MAX 14
#define SLOTS_MAX 12
#define INTERVALS_MAX 96
#define WINDOW_WORDS 8

#define RETURNED 1u /* no address of an instruction */

/* A field of CR: how two values compare, or one bit of it as a value. */
enum field_kind { FIELD_UNKNOWN, FIELD_COMPARED, FIELD_BIT };

struct field {
    uint8_t kind; /* enum field_kind */
    value_t a, b;
    uint8_t is_signed; /* of FIELD_BIT: which one */
};

/* A part of the frame; no byte is part of two. */
struct slot {
    int16_t offset; /* from what r1 held at entry */
    uint8_t width;
    value_t value;
};

struct state {
    vaddr_t address;
    value_t registers[32];
    struct field fields[8];
    struct slot slots[SLOTS_MAX];
    uint8_t n_slots;
    uint16_t n_written; /* times that CR was */
    value_t carry;
};

/* A condition without its set, which is among the walk's intervals. */
struct held {
    value_t a, b;
    uint8_t outcomes;
    bool is_signed;
    uint8_t first, n;
};

/* All of them hold, in order; or never. */
struct conjunction {
    bool never;
    uint8_t n;
    struct held conditions[PREDICATE_TESTS];
};

struct fork {
    struct held condition;
    bool holds;          /* the way that is being walked; the other one was walked before */
    uint8_t n_intervals; /* of the walk, before this fork */
    union {
        struct state state;       /* where to go on if it holds */
        struct conjunction first; /* what came out where it does not */
    } put_aside;
};

struct walk {
    const struct code_source *source;
    struct procedure procedure;
    struct values values;
    struct known known;
    uint8_t n_asking; /* is_within */
    bool failed;
    bool ended;
    uint32_t n_steps;
    struct state state;
    struct conjunction result;
    struct fork forks[FORKS_MAX];
    uint8_t n_forks;
    uint8_t n_intervals;
    struct interval intervals[INTERVALS_MAX];
    vaddr_t window; /* address of words[0] */
    uint32_t n_words;
    uint32_t words[WINDOW_WORDS];
};

/* ---- walk.c ---- */

void walk_start(struct walk *walk, vaddr_t start);

/* False if there is no predicate; else walk->result is what the guard asks. */
bool walk_all(struct walk *walk);

/* What general registers hold; rA where 0 stands for the number 0. */
value_t walk_get(struct walk *walk, unsigned number);
value_t walk_get_base(struct walk *walk, unsigned number);
void walk_put(struct walk *walk, unsigned number, value_t value);

void walk_put_field(struct walk *walk, unsigned number, struct field field);
void walk_compare(struct walk *walk, unsigned field, value_t a, value_t b, bool is_signed);

/* What an instruction with Rc leaves in CR0. */
void walk_record(struct walk *walk, value_t value);

/* Which outcome sets a bit of CR; 0: none does. */
static inline unsigned outcome_of_bit(unsigned bit)
{
    static const uint8_t outcomes[4] = {OUTCOME_LT, OUTCOME_GT, OUTCOME_EQ, 0};

    return outcomes[bit % 4];
}

/* ---- compute.c ---- */

/* An instruction that works on registers only. False if it is none that is known here. */
bool walk_compute(struct walk *walk, uint32_t word, enum opcode opcode);

/* ---- paths.c ---- */

void path_go(struct walk *walk, vaddr_t target);

/*
 * Goes on at `target` if the condition holds, at `next` if not; to where it must if that is known. With
 * VERDICT_SPLIT the same instruction asks again on both ways, where more is known.
 */
void path_fork(struct walk *walk, enum verdict verdict, const struct condition *condition,
               vaddr_t target, vaddr_t next);

/*
 * Whether the branches taken so far decide a condition; what they leave open of it stays in *condition, which
 * is then the same wherever control can be.
 */
enum verdict path_decide(struct walk *walk, struct condition *condition);

/* Whether a value is not 0, or is, where control is now. */
enum verdict path_ask(struct walk *walk, value_t value, bool is_zero, struct condition *condition);

/* Of struct known. */
bool path_is_within(void *context, value_t value, uint32_t high);

/* The answer at the end of a path: yes or no, or a condition. */
void path_conclude(struct walk *walk, bool yes);
void path_conclude_condition(struct walk *walk, const struct condition *condition);

/* When a path has ended: what it means for the forks that led there; then the next path. */
void path_finish(struct walk *walk);

/* Conditions to and from where the walk keeps them. */
void path_hold(struct walk *walk, const struct condition *condition, struct held *held);
void path_recall(const struct walk *walk, const struct held *held, struct condition *condition);
bool held_is_alike(const struct held *held, const struct condition *condition);

#endif
