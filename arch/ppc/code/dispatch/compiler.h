/*
 * A compilation under way; private to this folder.
 *
 * Units are compiled one after another. Between them everything that is known of registers and homes is in
 * `state`; where several ways meet, only what holds on all of them is kept. A fault sticks: nothing more is emitted,
 * and whoever tried goes back to a mark and does it otherwise.
 */
#ifndef ARCH_PPC_CODE_DISPATCH_COMPILER_H
#define ARCH_PPC_CODE_DISPATCH_COMPILER_H

#include "arch/ppc/code/dispatch/compile.h"
#include "arch/ppc/code/encode.h"

#define TEMPS 13 /* r0 to r12 */
#define NO_LABEL 0xffffffffu

/* Operands of conditional branches (PEM table 4-19), and bits of CR0. */
enum { IF_FALSE = 4, IF_TRUE = 12, ALWAYS = 20 };
enum { BIT_LT = 0, BIT_GT = 1, BIT_EQ = 2 };

/* A guard by its binding and its number there; a plan that begins like another one has the same. */
typedef uint32_t guard_t;
#define GUARDS_MAX 0x100
#define GUARD_OF(binding, n) ((guard_t)(binding)*GUARDS_MAX + (n))

enum content { CONTENT_NONE, CONTENT_CONSTANT, CONTENT_NODE };

/* What a register holds besides arguments. */
struct temp {
    uint8_t content; /* enum content */
    uint8_t node;    /* of CONTENT_NODE: of the guard's predicate */
    bool loads;      /* it depends on memory */
    uint32_t value;  /* of CONTENT_CONSTANT */
    guard_t guard;
};

#define WORD_BIT(n) ((words_t)1 << (n))

struct state {
    words_t in_register; /* in the register in which it came */
    words_t in_home;
    words_t in_caller; /* in the caller's frame, where it came */
    struct temp temps[TEMPS];
    bool fired; /* on every way here a handler has run */
    bool maybe; /* … on some way */
    bool reachable;
};

/* Where branches go. */
struct spot {
    uint32_t place; /* word; NO_LABEL if not placed */
    uint32_t first; /* of the branches to it, NO_LABEL if none */
};

/* The same with what is known on all ways there. */
struct label {
    struct spot spot;
    bool has_state;
    struct state state;
};

/* A branch within the code. */
struct local_branch {
    uint32_t word;
    uint32_t next;
};

/* A procedure's view of the words: which register or place of its is which word. */
#define NO_VIEW 0xff
#define VIEW_CLOSURE 0xfe
struct view {
    bool known;
    place_t places[WORDS_MAX]; /* of words */
    place_t closure;
    uint8_t of_register[11]; /* word, VIEW_CLOSURE or NO_VIEW */
    unsigned frame;          /* bytes of arguments in the caller's frame */
};

struct unit {
    uint32_t word, n_relocations, n_parts, n_cuts;
    uint32_t first, n; /* bindings */
    uint32_t
        group; /* the first binding of those with the same guards that it continues; itself if none */
    struct state state;
};

/*
 * What a plan ends with may go on in the next one. A group of bindings with the same guards: what is known
 * at its end without its last binding, and the words that branch there.
 */
struct open_group {
    bool valid;
    bool has_state;
    struct state state;
    uint32_t n_exits;
};

struct open_run; /* bindings found by a search: see search.c */

/* What stood behind the place from which something was compiled anew. */
struct tail {
    uint32_t n_words, n_relocations, n_parts, n_cuts, n_units; /* at that place */
    uint32_t all_words, all_relocations, all_parts, all_cuts, all_units;
    size_t n_bindings;
    struct open_group group;
    struct open_run *run;
    const uint32_t *words; /* from that place on; NULL: nothing is to be undone */
    const struct code_relocation *relocations;
    const struct code_part *parts;
    const struct code_cut *cuts;
    const struct unit *units;
    const uint32_t *exits;
    void *saved; /* the memory of all these */
};

struct compiled {
    struct tail tail;
    volatile bool changing; /* what stood behind a place is in the tail only */
    uint32_t *words;
    struct code_relocation *relocations;
    struct code_part *parts;
    struct code_cut *cuts;
    struct code_places *places; /* of all cuts, also of former ones */
    struct unit *units;
    uint32_t *exits; /* of the open group */
    uint32_t n_words, n_relocations, n_parts, n_cuts, n_places, n_units;
    uint32_t words_room, relocations_room, parts_room, cuts_room, places_room, units_room,
        exits_room;
    uint32_t first_changed;
    struct code_frame frame;
    bool framed, keeps, far;
    size_t n_bindings;
    struct open_group group;
    struct open_run *run; /* NULL: the plan does not end with one */
};

enum compile_fault {
    COMPILE_OK,
    COMPILE_NO_MEMORY,
    COMPILE_NO_TEMPS, /* too few registers: do it otherwise */
    COMPILE_FRAME,    /* a frame is needed, and there is none */
    COMPILE_KEEP,     /* … and that registers are kept in it */
    COMPILE_REACH,    /* a conditional branch is too long */
    COMPILE_STRUCTS,  /* structs are too large to be copied */
};

struct compiler {
    const struct dispatch *plan;
    const struct compile_terms *terms;
    bool only_calls, no_search; /* what else was tried has not worked */
    bool keeps;                 /* registers are kept in the frame */
    bool
        begins; /* the result so far is there from the beginning, though there is no default result */
    size_t same; /* bindings that the plan before had, too; 0: nothing is taken over */
    struct compiled *out;
    struct local_branch *branches;
    uint32_t n_branches, branches_room;
    enum compile_fault fault;

    unsigned n_words;          /* of the event, its result pointer included */
    place_t places[WORDS_MAX]; /* where they come */
    struct view views[2][2];   /* by closure, result */
    uint16_t free;             /* registers that are no argument's and not reserved */
    uint16_t pinned;           /* of those, not to be given away now */
    uint16_t touched;          /* temporaries that are not what they were when this was 0 */
    unsigned frame;            /* bytes; 0: none */
    unsigned homes[WORDS_MAX]; /* offsets in it: of words, 64-bit arguments at multiples of 8 */
    unsigned copies, result, fired, identity; /* … of an array of words, and of what is kept */
    unsigned kept, deadline;                  /* … of registers, and of a call with a deadline */
    unsigned structs[ARGUMENTS_MAX];          /* … of copies of structs, if there is room */
    bool no_structs;
    words_t copied;              /* pointers that are to copies in the call that is being made */
    unsigned copy_of[WORDS_MAX]; /* … offsets of these */
    uint8_t next_temp;
    struct state state;
    uint32_t
        returns_to; /* the first of two relocations, of the address that a call with a deadline returns to */
    struct {
        bool on; /* what is put now was copied from something contained */
        struct code_cut cut;
    } copying;
};

struct mark {
    uint32_t n_words, n_relocations, n_parts, n_cuts, n_branches;
    enum compile_fault fault;
    struct state state;
};

static inline const struct target *compile_guard(const struct compiler *c, guard_t guard)
{
    return &c->plan->bindings[guard / GUARDS_MAX].guards[guard % GUARDS_MAX].guard;
}

static inline const struct predicate *compile_predicate(const struct compiler *c, guard_t guard)
{
    return &compile_guard(c, guard)->facts->predicate;
}

/* ---- words and labels ---- */

void compile_put(struct compiler *c, uint32_t word);
void compile_branch_out(struct compiler *c, uint32_t word,
                        vaddr_t target); /* b, bl, or a longer way */
void compile_relocate(struct compiler *c, enum relocation_of_code kind, uint32_t target);
void compile_add_part(struct compiler *c, enum part_kind kind, size_t binding, vaddr_t procedure,
                      bool copied);
/* Room for one more. */
bool cut_grow(struct compiler *c);
/* What has just been called, if it is contained; and the words from here on, until copy_end, are a copy of it. */
void cut_call(struct compiler *c, const struct code_cut *what);
void cut_begin(struct compiler *c, const struct target *target, const struct code_cut *what);
void cut_end(struct compiler *c);
/*
 * Those from n_cuts on are of a handler, and what comes next is what is to be done if it is cut off; as far as all that is relied on there
 * is as it was before, or can be made so. before: the state there.
 */
void cut_goes_on(struct compiler *c, uint32_t n_cuts, const struct state *before);
void compile_mark(const struct compiler *c, struct mark *mark);
void compile_go_back(struct compiler *c, const struct mark *mark);

#define SPOT_NONE ((struct spot){NO_LABEL, NO_LABEL})
/* Branches there: word is b or bc with a displacement of 0. */
void spot_branch(struct compiler *c, struct spot *spot, uint32_t word);
void spot_place(struct compiler *c, struct spot *spot);
void label_init(struct label *label);
/* The same; the state here is one of those at the label. */
void label_branch(struct compiler *c, struct label *label, uint32_t word);
void label_place(struct compiler *c, struct label *label);
void label_meet(struct label *label, const struct state *state);
/* Room for one more in an array; false, and a fault, if there is no memory. */
bool compile_grow(struct compiler *c, void **array, uint32_t n, uint32_t *room, size_t size);

/* ---- registers ---- */

/* Where a procedure that gets these things looks for them; the event's own if it has no closure and returns what that does. */
const struct view *compile_view(struct compiler *c, enum passing passing, bool result);

/* A free register that nothing cached is kept in from now on, pinned; 0 is one only if it may be. ~0u and a fault: none. */
unsigned temp_take(struct compiler *c, bool may_be_zero);
void temp_pin(struct compiler *c, unsigned reg);
unsigned temp_constant(struct compiler *c, uint32_t value, bool may_be_zero);
/* A register and a displacement that make an absolute address. */
unsigned temp_address(struct compiler *c, uint32_t address, int32_t *displacement);
/* Makes a constant in a register, whatever that holds. */
void register_constant(struct compiler *c, unsigned reg, uint32_t value);
void temp_forget(struct compiler *c, unsigned reg);
void temp_forget_loads(struct compiler *c);
void temp_forget_clobbered(struct compiler *c, uint32_t registers);

/* The register that a word is in, made so if need be. */
unsigned word_register(struct compiler *c, unsigned word);
/* Loads a word into a given register. */
void word_load(struct compiler *c, unsigned word, unsigned reg);
/* Copies of all words, where linear handlers find them. */
void words_copy(struct compiler *c);
/* Gives a home to words that have none. */
void word_save(struct compiler *c, words_t words);

/* ---- parts ---- */

/* Whether what a predicate speaks of is known. */
bool compile_fits(struct compiler *c, guard_t guard);
/* Compares a register with a constant, equal or not, into CR0. */
void compile_compare_equal(struct compiler *c, unsigned reg, uint32_t value);
/* Goes to `no` unless the tests hold. */
void compile_tests(struct compiler *c, guard_t guard, unsigned first, unsigned n, struct label *no);
/* Its value in a register. */
unsigned compile_node(struct compiler *c, guard_t guard, unsigned node, bool may_be_zero);
bool compile_node_constant(struct compiler *c, guard_t guard, unsigned node, uint32_t *value);
/* Whether expressions of two guards have the same value, as long as arguments and memory stay. */
bool compile_node_same(struct compiler *c, guard_t one, unsigned node, guard_t other,
                       unsigned other_node);
bool compile_node_loads(struct compiler *c, guard_t guard, unsigned node);

bool copy_is_possible(const struct compiler *c, const struct target *target);
/* What is done with a result. */
enum result_use {
    RESULT_NONE,
    RESULT_MOVED,  /* to registers */
    RESULT_STORED, /* into the frame */
    RESULT_TESTED, /* compared with 0, into CR0 */
};

struct copy_terms {
    enum result_use use;
    unsigned n; /* words of the result that matter */
    unsigned registers[2];
    bool last;    /* nothing that is in registers matters afterwards */
    bool handler; /* it returns what the event does */
};

/* A copy of a leaf's body. */
void copy_body(struct compiler *c, const struct target *target, const struct copy_terms *terms,
               const struct code_cut *what);

/* What calling it may change: registers. */
uint32_t call_clobbers(const struct compiler *c, const struct target *target);
/* The words that it may look at. */
words_t call_reads(struct compiler *c, const struct target *target, bool result);
enum call_terms {
    CALL_RESULT = 1,    /* it returns what the event does */
    CALL_INTRINSIC = 2, /* it is to know who raised the event */
    CALL_APART = 4,     /* what it writes into its structs is nobody else's */
    CALL_IN_TIME = 8,   /* it has the deadline of its binding */
};
void call_procedure(struct compiler *c, const struct target *target, unsigned terms,
                    const struct code_cut *what);
/* Around the branch to one that has a deadline. */
void deadline_begin(struct compiler *c, uint32_t ticks);
void deadline_returns(struct compiler *c);
void deadline_end(struct compiler *c);
/* Jumps to it, without a frame of its own; only if its arguments need none. */
bool call_can_jump(struct compiler *c, const struct target *target);
void call_jump(struct compiler *c, const struct target *target, bool intrinsic);

/* Room in the frame for copies of structs; returns what is behind it. */
unsigned structs_lay_out(struct compiler *c, unsigned next);
/* The words that point to structs that it may write into. */
words_t structs_written(struct compiler *c, const struct target *target, bool result);
/* Copies what these point to; the call that comes next passes the copies. */
void structs_copy(struct compiler *c, words_t words);

/* ---- the whole ---- */

/* Returns, with the result in r3 (and r4) already. */
void compile_return(struct compiler *c);
void compile_leave_frame(struct compiler *c);
/* The handler of a binding and what follows it, at the end of a unit or not. */
void compile_handler(struct compiler *c, size_t binding, bool returns);
void compile_guards(struct compiler *c, size_t binding, struct label *no);
/* Before the first guard of what belongs together: homes for the words that are lost there. */
words_t compile_needs_homes(struct compiler *c, size_t binding);
/* Whether anything contained is called, as far as can be told. */
bool compile_calls_contained(struct compiler *c);
bool compile_has_posts(const struct dispatch_binding *b);
/* Results: to where they are kept from r3 (and r4), back, and the registers in which that is without a frame. */
void result_keep(struct compiler *c);
void result_fetch(struct compiler *c);
void result_registers(const struct compiler *c, unsigned registers[2]);
/* Groups and searches, from a binding on; `continued` is the group that it goes on with, ~0 if none. */
void compile_units(struct compiler *c, size_t first, size_t continued);
/* Goes back to where two plans differ, which is binding *first; false: no memory. */
bool compile_resume(struct compiler *c, size_t same, size_t *first, size_t *continued);
/* Whether it is known what a guard asks; and whether code of its own is made of that instead of calling it. */
bool compile_knows(struct compiler *c, guard_t guard);
bool compile_has_predicate(struct compiler *c, guard_t guard);
/* Nothing more is to be done when this one was the last. */
bool compile_may_return(const struct compiler *c, size_t binding);
bool compile_is_end(const struct compiler *c, size_t binding);

/* How many bindings from one on are found by a search, 0: none. */
size_t search_length(struct compiler *c, size_t first);
void search_free(struct open_run *run);
void compile_search(struct compiler *c, size_t first, size_t n);

#endif
