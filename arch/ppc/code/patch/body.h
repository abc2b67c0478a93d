/*
 * A body that is being made; private to this folder.
 *
 * Words are put one behind another. A fault sticks: nothing more is put. Registers that are needed for a moment are taken with
 * scratch_take: those that hold nothing first, then others, which are stashed below the stack until scratch_return
 * brings them back; that must be so wherever ways meet, and before anything that is not of the body's own making.
 */
#ifndef ARCH_PPC_CODE_PATCH_BODY_H
#define ARCH_PPC_CODE_PATCH_BODY_H

#include "arch/ppc/code/encode.h"
#include "arch/ppc/code/patch/patch_code.h"
#include "arch/ppc/registers.h"

#define SP 1
#define NO_WORD 0xffff
#define NO_ACTION 0xffff

/* Operands of conditional branches (PEM table 4-19). */
enum {
    BO_IF_FALSE = 4,
    BO_IF_TRUE = 12,
    BO_ALWAYS = 20,
    BO_UNTIL_ZERO = 16, /* bdnz */
    BO_LIKELY = 1, /* single bits from here: of branches forward, the hint that they are taken */
    BO_WHEN_ZERO = 2,
    BO_KEEP_COUNT = 4,
    BO_CONDITION = 8,
    BO_ANY_CONDITION = 16,
};
enum { BIT_EQ = 2 };

#define GENERAL_ALWAYS_LIVE (1u << 1 | 1u << 2 | 1u << 13)
#define GENERAL_VOLATILE 0x1ff9u /* r0, r3 to r12 */

/*
 * Where registers are kept, as offsets in an area: of a frame, behind its two words, or of what lies below the
 * stack. It begins as struct patch_registers.
 */
#define AREA_GENERAL(r) (4 * (int)(r))
#define AREA_CR 128
#define AREA_XER 132
#define AREA_LR 136
#define AREA_CTR 140
#define AREA_MSR 144
#define AREA_TARGET 148
#define AREA_SPRG1 152
#define AREA_FLOATING(f) (168 + 8 * (int)(f))
#define AREA_FPSCR 424
#define AREA_IN_FRAME 8 /* where it lies from r1 on */
#define AREA_BELOW(depth) (-PATCH_STACK_GAP - PATCH_STACK_SIZE * ((int)(depth) + 1)) /* the same */

_Static_assert(AREA_FPSCR + 8 == PATCH_STACK_SIZE, "area");
_Static_assert(AREA_IN_FRAME + AREA_FLOATING(0) == PATCH_KEPT_SIZE, "area");

/* A branch out of the body, which must reach. */
struct way_out {
    uint32_t word, target;
};

#define NOT_STASHED 0xff
#define JUMP_MASKS (MSR_EE | MSR_SE | MSR_BE) /* what is off in MSR before rfi */

/* Words that get anywhere; the first is replaced by a branch when that reaches. */
struct jump {
    uint16_t first, end;
    uint16_t
        high; /* the word that has the upper half of the target, the next has the lower; NO_WORD: it is in AREA_TARGET */
    uint16_t held;      /* from this word on, MSR is what it was but for AREA_MSR; NO_WORD: never */
    uint8_t stashed[2]; /* registers to bring back, or NOT_STASHED */
    uint16_t stored[2]; /* words that stash them */
    uint32_t target;
};

struct part {
    uint16_t word;
    uint16_t action;
    const char *text;
};

struct patch_code {
    uint16_t n, n_ways, n_jumps, n_marks, n_parts;
    uint32_t site;
    int16_t below; /* AREA_BELOW */
    uint16_t own;  /* the jump that does the displaced b or bl; NO_WORD: none */
    struct register_set saves;
    uint32_t *words;
    struct way_out *ways;
    struct jump *jumps;
    struct patch_mark *marks;
    struct part *parts;
};

/* What is not made in one go is on the heap, once it is longer than this. */
#define ROOM_WORDS 64
#define ROOM_WAYS 8
#define ROOM_JUMPS 4
#define ROOM_MARKS 8
#define ROOM_PARTS 8

struct room {
    uint16_t words, ways, jumps, marks, parts;
};

struct body {
    const struct patch_plan *plan;
    struct patch_code code;
    struct room room;
    struct register_set live; /* before the displaced instruction */
    struct register_set
        keep;       /* by what is made now: what is live, and what later actions look at */
    uint32_t dead;  /* general registers that may be overwritten now */
    uint32_t taken; /* by scratch_take */
    uint32_t stashed;
    status_t fault;
    uint32_t words[ROOM_WORDS];
    struct way_out ways[ROOM_WAYS];
    struct jump jumps[ROOM_JUMPS];
    struct patch_mark marks[ROOM_MARKS];
    struct part parts[ROOM_PARTS];
};

/* ---- words (patch_code.c) ---- */

void body_grow(struct body *b, void **array, const void *first, uint16_t *room, size_t size);

static inline void put(struct body *b, uint32_t word)
{
    if (b->code.n == b->room.words)
        body_grow(b, (void **)&b->code.words, b->words, &b->room.words, sizeof word);
    if (b->fault == OK)
        b->code.words[b->code.n++] = word;
}

/* b or bl to an address in reach. */
void put_way_out(struct body *b, uint32_t word, uint32_t target);
void put_constant(struct body *b, unsigned reg, uint32_t value);
void body_mark(struct body *b, enum patch_mark_kind kind, size_t first, size_t end, size_t action);
void body_part(struct body *b, const char *text, size_t action);

/* A branch forward within the body: to where body_land is called with what it returns. */
size_t body_leap(struct body *b, uint32_t word);
void body_land(struct body *b, size_t leap);
/* The branch at a word is to go to another word. */
void body_lead(struct body *b, size_t from, size_t to);

/* ---- registers (save.c) ---- */

/* What the body may overwrite from now on. */
void scratch_keep(struct body *b, const struct register_set *keep);
unsigned scratch_take(struct body *b, bool may_be_zero);
void scratch_return(struct body *b);
/* The same on one of two ways. */
void scratch_load(struct body *b);

/* A CR field of which nothing is kept; 8: there is none. */
unsigned dead_field(const struct body *b);
/* The mask of mtcrf for the fields that bits are in. */
unsigned fields_of(uint32_t condition);

struct saving {
    struct register_set set; /* what is to be put back */
    unsigned scratch;        /* a general register of it, or dead: for moving the others */
    int base;                /* of the area, from r1 on */
    int lr;                  /* where LR is kept, from r1 on */
    bool borrows;            /* scratch holds something that is not in the set */
    unsigned frame, gap;     /* bytes that r1 is moved by, in two steps if both; 0: not */
};

/* Chooses how for a set; `moves` says that r1 is moved. */
void saving_choose(struct body *b, struct saving *saving, bool moves);
void saving_enter(struct body *b, const struct saving *saving);
void saving_store(struct body *b, const struct saving *saving);
void saving_load(struct body *b, const struct saving *saving);
/* Whether LR is where who walks the back chain sees it. */
bool saving_shows_lr(const struct body *b, const struct saving *saving);
/* Parts of these. */
void saving_store_floating(struct body *b, const struct saving *saving);
void saving_load_floating(struct body *b, const struct saving *saving);
void saving_load_special(struct body *b, const struct saving *saving);
void saving_leave(struct body *b, const struct saving *saving);

/* ---- ways (jump.c) ---- */

/* To an address, from which nothing comes back. `dead`: registers that hold nothing there; r0 to r31, LR, CTR. */
void jump_to(struct body *b, uint32_t target, const struct register_set *dead);
/* The same with room for another target: code.own. */
void jump_to_any(struct body *b, uint32_t target, const struct register_set *dead);
/* To the address in AREA_TARGET. */
void jump_stored(struct body *b, const struct register_set *dead);
/* Calls a procedure by the ABI; and what that clobbers besides LR. */
void jump_call(struct body *b, uint32_t procedure);
void jump_call_clobbers(const struct body *b, uint32_t procedure, struct register_set *clobbers);
void jump_retarget(struct patch_code *code, struct jump *jump, uint32_t target);

/* ---- parts ---- */

void count_put(struct body *b, const struct action *action, size_t number);
void call_put(struct body *b, const struct action *action, size_t number);
void call_put_recoveries(struct body *b);
void code_put(struct body *b, const struct action *action, size_t number);
void poison_put(struct body *b);
void displaced_put(struct body *b);

/* Goes on behind if the displaced branch will be taken, else to where body_land is called for both. */
struct untaken {
    size_t leaps[2];
};
void untaken_leap(struct body *b, struct untaken *untaken);
void untaken_land(struct body *b, const struct untaken *untaken);

#endif
