/*
 * Following control through a procedure: which words it reaches, where blocks begin and end. What
 * flow.c makes its graph of, and what is searched backwards for jump tables. Private to flow.h.
 *
 * Words are known by their number: parts one after another, as they were found. A failure to get
 * memory sticks: the trace stops and says so.
 */
#ifndef ARCH_PPC_CODE_ANALYSIS_TRACE_H
#define ARCH_PPC_CODE_ANALYSIS_TRACE_H

#include "arch/ppc/code/analysis/flow.h"
#include "arch/ppc/code/opcodes.h"

#define NO_WORD 0xffffffffu
#define NO_EDGE 0xffffffffu

/* What is known of a word. How a block ends behind it (enum block_end) stands above. */
enum mark {
    MARK_LEADER = 1, /* control comes here otherwise than from the word before */
    MARK_REACHED = 2,
    MARK_FALLS = 4, /* control may go on to the next word of the part */
    MARK_CALL = 8,
};
#define MARK_END_SHIFT 4

/* Of control by a branch, from the end of a part into another one, or from outside. */
struct edge {
    uint32_t from; /* word; NO_WORD is outside */
    uint32_t to;
    uint32_t next; /* edge to the same word */
};

struct call_record {
    uint32_t word;
    struct call call;
};

enum jump_state {
    JUMP_NEW,
    JUMP_UNKNOWN,
    JUMP_FIXED, /* CTR or LR holds a constant: target */
    JUMP_TABLE,
    JUMP_TAIL,
    JUMP_RETURN, /* LR holds what it held at entry */
};

/* A branch to what a register holds. */
struct jump {
    uint32_t word;
    uint32_t call;    /* in calls, if it is one; NO_WORD */
    uint32_t version; /* of the trace when it was looked at, and how many edges it had */
    uint32_t n_edges;
    uint32_t low, high;      /* words that were looked at for it */
    uint8_t state;           /* enum jump_state */
    vaddr_t target;          /* of JUMP_FIXED */
    struct jump_table table; /* of JUMP_TABLE */
};

#define CHANGERS_MAX 8

/* What a search for the words that may have changed a place has found (values.c). */
struct changers {
    uint8_t place;
    bool entry; /* it may also be unchanged since the procedure was entered */
    bool lost;  /* there are too many of them, or they are too far away */
    uint32_t words[CHANGERS_MAX];
    uint32_t n;
    uint32_t from, version, n_edges; /* where it began, and what was known of control */
    uint32_t low, high;              /* what it has come to */
};

struct growing {
    uint32_t n, room;
    bool allocated; /* the array is of the heap */
};

/* Where the arrays of most traces fit in. */
struct trace_room {
    struct edge edges[24];
    struct call_record calls[8];
    uint32_t pending[16];
    uint32_t links[8];
};

struct trace {
    const struct code_source *source;
    const struct flow_terms *terms;
    struct procedure procedure;
    struct part parts[FLOW_PARTS_MAX];
    uint32_t n_parts;
    uint32_t n_words;
    uint32_t *words;
    uint16_t *opcodes;      /* of reached words; behind the words, in the same piece of memory */
    struct scratch scratch; /* used if there is none in terms */
    uint32_t *arrivals;     /* edges to a leader, NO_EDGE if there is none */
    uint8_t *marks;         /* behind the arrivals */
    uint32_t n_bounds;      /* leaders and ends, of which some may coincide */

    struct edge *edges;
    struct call_record *calls;
    struct jump *jumps;
    uint32_t *pending; /* leaders to be followed */
    uint32_t *links;   /* words that set LR otherwise than by branching */
    struct growing n_edges, n_calls, n_jumps, n_pending, n_links;

    uint32_t *stamps;   /* of words, for searches; NULL before the first one */
    uint32_t stamp;     /* of the latest search */
    uint32_t budget;    /* steps that the present search may still take */
    uint32_t low, high; /* words that the present search has come to */
    uint32_t version;   /* counts when control is found to fall into what was followed before */
    struct changers latest;
    uint32_t n_pointers, pointed_parts; /* from initialized data into that many parts */
    bool doubts_returns;                /* LR may hold anything else: blr is a jump like others */
    bool uses_place;                    /* an instruction has asked for its own address */
    bool calls_inside;                  /* calls its own middle */
    bool no_memory;
};

static inline enum block_end trace_end(const struct trace *trace, uint32_t word)
{
    return (enum block_end)(trace->marks[word] >> MARK_END_SHIFT);
}

/* Where memory is from; NULL: the heap. */
static inline struct arena *trace_arena(const struct trace *trace)
{
    return trace->terms != NULL ? trace->terms->arena : NULL;
}

/* A branch to what a register holds, to be looked at; call: its number in calls, NO_WORD if it is none. */
void trace_add_jump(struct trace *trace, uint32_t word, uint32_t call);

/* The part that a word is in. */
static inline const struct part *trace_part(const struct trace *trace, uint32_t word)
{
    const struct part *part = trace->parts;

    for (uint32_t i = 1; i < trace->n_parts; i++) {
        if (trace->parts[i].first_word <= word)
            part = &trace->parts[i];
    }
    return part;
}

static inline vaddr_t trace_address(const struct trace *trace, uint32_t word)
{
    const struct part *part = trace_part(trace, word);

    return part->start + 4 * (word - part->first_word);
}

/* Whether the word before leads to this one by standing there. */
static inline bool trace_is_fallen_into(const struct trace *trace, uint32_t word)
{
    return word != 0 &&
           (trace->marks[word - 1] & (MARK_REACHED | MARK_FALLS)) == (MARK_REACHED | MARK_FALLS);
}

static inline void trace_note(struct trace *trace, uint32_t word)
{
    if (word < trace->low)
        trace->low = word;
    if (word > trace->high)
        trace->high = word;
}

/* The word at an address of the known parts, NO_WORD if it is in none. */
static inline uint32_t trace_find(const struct trace *trace, vaddr_t address)
{
    for (uint32_t i = 0; i < trace->n_parts; i++) {
        const struct part *part = &trace->parts[i];

        if (address - part->start < part->end - part->start)
            return part->first_word + (address - part->start) / 4;
    }
    return NO_WORD;
}

/* The same for all parts: they become known when they are asked for. */
uint32_t trace_word_at(struct trace *trace, vaddr_t address);

/* Control that goes from the last word of a block to another word. */
void trace_branch(struct trace *trace, uint32_t from, uint32_t to);

void trace_set_end(struct trace *trace, uint32_t word, enum block_end end);

/* Follows control from a word. */
void trace_enter(struct trace *trace, uint32_t word);

/*
 * Finds all that can be reached without the branches to what registers hold, which are put into jumps;
 * behind calls among these control is not followed yet. trace is zero but for source, terms and
 * procedure; room is its until trace_free.
 */
status_t trace_begin(struct trace *trace, struct trace_room *room);

/* Follows control from all that was entered. */
void trace_follow(struct trace *trace);

/* Control goes from a branch to an address, and on behind it if it falls. */
void trace_branch_to(struct trace *trace, uint32_t word, vaddr_t target, bool falls);

/* Notes a call. The number of its record, NO_WORD if there is no memory. */
uint32_t trace_add_call(struct trace *trace, uint32_t word, const struct call *call);

/* What is called is known. False if that is no procedure. */
bool trace_call(struct trace *trace, struct call *call, vaddr_t target);

/* Control goes on behind a word, or no longer does. */
void trace_go_on(struct trace *trace, uint32_t word);
void trace_stop(struct trace *trace, uint32_t word, enum block_end end, bool falls);

void trace_free(struct trace *trace);

/* Makes room for one more element of an array. False: there is no memory. */
bool trace_widen(struct trace *trace, void *array, struct growing *n, size_t size);

static inline bool trace_grow(struct trace *trace, void *array, struct growing *n, size_t size)
{
    return n->n < n->room || trace_widen(trace, array, n, size);
}

#endif
