/*
 * The body of a patched site: generated code that a branch at the site leads to. It carries out actions one
 * after another, then executes the displaced instruction as if it stood at the site, and goes on where that
 * would have.
 *
 * Registers. Whatever is live before the site is the same when the displaced instruction is executed, but
 * what an action may change. An action saves and restores what is live there and what it clobbers, nothing else. A register
 * that is free is used without saving; if there is none, some are saved on the stack, below what leaf functions may keep under r1.
 *
 * Stack. Nothing is ever stored at less than PATCH_STACK_GAP bytes below r1, and no further than
 * PATCH_STACK_GAP + PATCH_STACK_SIZE without moving r1; PATCH_STACK_SIZE further down for each body that the site itself is in. Around a call, r1 is moved by stwu, so that there is always a valid back chain; if LR is live
 * there is a frame in between whose LR save word holds it, so that who walks the chain sees every return address.
 *
 * Displaced instructions (PEM chapter 4.2.4, 8). What does not depend on its place is copied. b, bc, bclr, bcctr with every BO and BI, with LK,
 * AA or without, are translated: they go where they went, decrement CTR once, and with LK leave the site + 4 in LR whether taken or not;
 * those that branch to the site itself come to the site again. Not to be called with lwarx or stwcx..
 *
 * Code is made in two steps, for its size must be known before there is memory for it: patch_compile makes it for no place in particular,
 * patch_place for an address. Branches within reach are branches; where something is out of reach from the body's place, the plan is
 * compiled again with `far`, which reaches everything from everywhere: through LR or CTR where dead, else by rfi, as springboards do
 * (springboard_code.h).
 *
 * Portable; pure but for memory of the heap. Tested on the host by interpreting the body beside the original.
 */
#ifndef ARCH_PPC_CODE_PATCH_PATCH_CODE_H
#define ARCH_PPC_CODE_PATCH_PATCH_CODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <whorl/status.h>

#include "arch/ppc/code/register_set.h"

#define PATCH_STACK_GAP 288 /* bytes; what leaf functions may keep (FRAME_RED_ZONE) */
#define PATCH_STACK_SIZE \
    432 /* bytes; for each depth; an exception leaves them alone, too (FRAME_GAP) */

#define PATCH_DEPTH_MAX 3
#define PATCH_KEPT_SIZE \
    176 /* bytes, at most, of a body's frame with registers that are not floating */

enum patch_mode {
    PATCH_EXACT,
    PATCH_PARANOID, /* everything is taken to be live and clobbered */
    PATCH_POISON, /* what is believed dead is filled with garbage before the displaced instruction */
};

enum action_kind { ACTION_COUNT, ACTION_CALL, ACTION_CODE };

/* What of the register frame a called handler gets. */
enum action_registers { ACTION_NO_REGISTERS, ACTION_READS_REGISTERS, ACTION_CHANGES_REGISTERS };

struct action {
    uint8_t kind;      /* enum action_kind */
    bool taken;        /* only if the displaced branch is taken */
    const void *owner; /* the caller's own; says which action a place in the code is part of */

    /* ACTION_COUNT: address of two words, the more significant first. Nothing but patch_code_finish makes it atomic. */
    uint32_t counter;

    /* ACTION_CALL: procedure([closure,] site[, registers]) by the ABI. */
    uint32_t procedure;
    uint32_t closure;
    bool has_closure;
    uint8_t
        registers; /* enum action_registers; the record is struct patch_registers of <whorl/patch.h> */
    bool
        contained; /* a fault in it resumes behind the call: nonvolatile registers and CR are saved for that */

    /*
     * ACTION_CODE: n words, checked (patch_check.h), which mean what they mean at `origin`; control ends behind the last, or leaves
     * by a branch. Calls come back into the copy. r1 is as at the site, but if a word calls or writes r1 it is lower, by a
     * frame and what may be kept below it. `changes`: what it writes is not put back.
     */
    const uint32_t *words;
    size_t n;
    uint32_t origin;
    bool changes;

    /* What calling the procedure, or executing the code, may clobber. Of a procedure of which nothing is known, all that is volatile. */
    struct register_set clobbers;
};

struct patch_plan {
    uint32_t site;
    uint32_t word;            /* the displaced instruction */
    struct register_set live; /* before it; general registers r1, r2, r13 are always taken to be */
    const struct action *actions;
    size_t n;
    uint32_t replacement; /* jumped to instead of executing the displaced instruction; 0: none */
    uint32_t
        turn; /* where the displaced b or bc goes when taken, instead of where it says; 0: there */
    enum patch_mode mode;
    unsigned
        depth; /* of bodies: the site is in one of depth - 1, whose place below r1 is not used; up to PATCH_DEPTH_MAX */
    bool far;  /* compile for any distance between body, site, and what they go to */
};

/* Ranges of words of a body, from first up to but not including end. */
struct code_range {
    uint16_t first, end;
};

enum patch_mark_kind {
    MARK_COUNT, /* half of a count: nobody else may count between its first word and its end. Interrupted inside it (not at
                       its first word), it is finished by patch_code_finish before anything else is done */
    MARK_CALL, /* `first` is the word behind the call of a contained action; at `end` goes on what a fault in it ends,
                       with r1 as it was at the call */
    MARK_DISPLACED, /* the displaced instruction, or what does its work */
    MARK_ACTION, /* one action: control enters at `first` and leaves at `end`; a branch from there to there makes it do nothing */
    MARK_CODE, /* the words of code that leaves r1 alone: what a fault in one of them ends goes on at `end` */
    MARK_JUMP, /* on the way to an address out of reach; interrupted inside it (not at its first word), it is finished by
                       patch_code_finish: nobody is ever found inside when the body changes or goes */
};

struct patch_mark {
    uint8_t kind;    /* enum patch_mark_kind */
    uint16_t action; /* number in the plan; of the last two kinds it means nothing */
    struct code_range words;
};

struct patch_code; /* of the heap */

#define PATCH_WORDS_MAX 0xffff

/* ERR_NO_MEMORY; ERR_RANGE: it would be longer than PATCH_WORDS_MAX. The plan and what it refers to are not needed afterwards. */
status_t patch_compile(const struct patch_plan *plan, struct patch_code **code);
void patch_code_free(struct patch_code *code);

size_t patch_code_size(const struct patch_code *code); /* words */

/* All words for an address. False: something is out of reach. */
bool patch_place(const struct patch_code *code, uint32_t address, uint32_t words[]);

/* The marks, by rising first word. */
const struct patch_mark *patch_code_marks(const struct patch_code *code, size_t *n);

/* What was interrupted; and memory that is there: the context's stack, counters. */
struct patch_context {
    uint32_t *gpr; /* r0 to r31 */
    uint32_t *pc, *msr, *cr, *xer;
    uint32_t (*load)(uint32_t address);
    void (*store)(uint32_t address, uint32_t word);
};

/*
 * Finishes what a context was in the middle of that was interrupted before word `word`: inside a MARK_COUNT or a MARK_JUMP, it goes on where
 * that ends or leads, with everything as it would be there. False: it was in neither, and nothing has changed. Before whatever an
 * exception does. Any context.
 */
bool patch_code_finish(const struct patch_code *code, size_t word, struct patch_context *context);

/*
 * The displaced instruction is a b or bl, and is to be another one now (as calls of imports and of events are led elsewhere): the words
 * that change, *n of them from word *first on, for a body that was placed at an address. b stays b, and bl stays bl: `word` has the same LK.
 * Never fails, needs no memory; any context with the code's only user.
 */
#define PATCH_RETARGET_MAX 16
void patch_retarget(struct patch_code *code, uint32_t address, uint32_t word, size_t *first,
                    size_t *n, uint32_t words[PATCH_RETARGET_MAX]);

/* General registers, bits of CR and special registers that the body saves: live and clobbered. For the survey. */
void patch_code_saves(const struct patch_code *code, struct register_set *saves);

/*
 * What word i of the body is for: "count", "call of", "displaced instruction"; NULL: as before. *action is its number in the plan, or
 * SIZE_MAX if it is for none. For disas.
 */
const char *patch_code_comment(const struct patch_code *code, size_t i, size_t *action);

#endif
