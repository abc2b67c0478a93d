/*
 * What program.c and its parts, program_*.c, share. Private to program.h.
 */
#ifndef ARCH_PPC_CODE_ANALYSIS_PROGRAM_PRIVATE_H
#define ARCH_PPC_CODE_ANALYSIS_PROGRAM_PRIVATE_H

#include "arch/ppc/code/analysis/program.h"

#define NOBODY UINT32_MAX

enum state {
    STATE_NEW,
    STATE_OPEN,     /* entered; those it calls come first */
    STATE_SETTLING, /* of a circle; its summary promises too much as yet */
    STATE_DONE,     /* flow, live and summary are there */
    STATE_FAILED,   /* it cannot be analysed */
};

/* Of a procedure across whose calls callers keep more than the ABI says. */
struct kept {
    struct live_terms terms; /* the program's, with the following */
    struct register_set at_return;
};

/* A whole procedure. */
struct node {
    struct procedure procedure;
    struct flow *flow;
    struct live *live;
    struct draft *draft; /* of live, while a circle is settled */
    struct kept *kept;   /* NULL: nothing more is known to be kept */
    struct summary summary;
    uint32_t arguments;        /* general registers; see program_set_types */
    uint32_t index, low;       /* Tarjan's: order of entering; least that is reached from here */
    uint32_t next_call;        /* of flow->calls, to be followed */
    uint32_t n_stops;          /* of the program, when its flow was built */
    uint32_t changed, drafted; /* in a circle: when its summary last changed, by the clock; when the
                                  draft was made */
    uint8_t state;             /* enum state */
    bool typed;                /* arguments are known */
    bool sought;               /* entries of others were sought in its flow */
    bool queued;               /* it is in program->queue */
    uint8_t n_builds;          /* of its flow, for entries that were found later */
    uint32_t done;    /* order in which they were: before those that call it, but for circles */
    uint32_t outer;   /* the nearest one before it in which its start lies, or NOBODY */
    vaddr_t *entries; /* further ones; of n_built the flow knows */
    uint32_t n_entries, n_built, entries_size;
    uint32_t first_out, n_out; /* in edges */
    uint32_t first_in, n_in;   /* in `into` */
};

struct edge {
    struct call_edge call;
    uint32_t callee; /* node, or NOBODY */
};

struct slot {
    vaddr_t start;
    uint32_t node; /* NOBODY: the slot is empty */
};

struct program {
    const struct code_source *source;
    struct node *nodes; /* by rising start */
    uint32_t n_nodes;
    struct slot *slots; /* a hash index of the nodes by start */
    uint32_t n_slots, slots_shift;
    /* Nodes whose calls are being followed; those whose calls have been, in the order of that, whose
       circle is not complete. */
    uint32_t *path, *open;
    uint32_t n_path, n_open, n_entered, n_done;
    uint32_t n_stops;    /* procedures that were found not to return */
    uint32_t clock;      /* counts summaries of circles */
    program_type_t type; /* NULL: nobody knows */
    void *type_context;
    struct flow_terms flow_terms;
    struct live_terms live_terms, helper_terms;
    struct scratch scratch;
    /* Words of initialized data that point to code, once they were asked for; NULL before. */
    vaddr_t *pointers;
    uint32_t n_pointers, pointers_size;
    bool pointers_sorted;
    /* Nodes whose further entries have become more; NULL before any are sought. */
    uint32_t *queue;
    uint32_t first_queued, n_queued;
    struct edge *edges; /* by caller */
    uint32_t n_edges, edges_size;
    uint32_t *into; /* edges, by callee */
};

/* The whole procedure that starts, or that lies, at an address; NOBODY. */
uint32_t program_node_at(const struct program *program, vaddr_t start);
uint32_t program_node_around(const struct program *program, vaddr_t address);

/* Whether what starts at an address comes back: all that have not been analysed do. */
bool program_comes_back(const struct program *program, vaddr_t start);

/* Analyses a procedure and all that it calls. ERR_NO_MEMORY: nothing half-done stays. */
status_t program_analyse(struct program *program, uint32_t node);

status_t program_build_flow(struct program *program, struct node *node);

/* Builds a flow again that follows a call that by now is known not to come back. */
status_t program_refresh_flow(struct program *program, struct node *node);

/* _savegpr_14 and its kin: every register is for both sides. */
bool program_is_helper(const struct procedure *procedure);

/* The terms of flow and liveness that are the same for all. */
void program_set_terms(struct program *program);

/* What liveness is built by. */
const struct live_terms *program_live_terms(const struct program *program, const struct node *node);

/* Builds the liveness of a procedure, by what is known of those it calls. */
status_t program_build_live(struct program *program, struct node *node, struct summary *summary);

/* Analyses procedures that call each other in a circle, and nothing else that is not analysed. */
status_t program_settle_circle(struct program *program, const uint32_t members[], uint32_t n);

/* Finds flow and liveness again that program_rest has given back. */
status_t program_renew(struct program *program, struct node *node);

/* A ring of nodes, for which there is room once program_calls has been there; each is in it once. */
void program_enqueue(struct program *program, uint32_t number);
uint32_t program_dequeue(struct program *program);

/*
 * Finds the further entries of all that are analysed, and builds anew what they change. ERR_NO_MEMORY:
 * it can be tried again.
 */
status_t program_find_entries(struct program *program);

/* Whether control may come from outside to an address of an analysed procedure. */
bool program_is_entry(const struct program *program, vaddr_t address);

/* The addresses that instructions make, as edges: callee is the address. */
status_t program_each_address(struct program *program, const struct node *maker,
                              status_t (*each)(struct program *program,
                                               const struct call_edge *call));

/*
 * Words of initialized data that point to start or behind it, but before end; by rising value. NULL: no
 * memory.
 */
const vaddr_t *program_pointers_to(struct program *program, vaddr_t start, vaddr_t end,
                                   uint32_t *n);

/* Gives back the call graph. */
void program_forget_calls(struct program *program);

/* Of vaddr_t, for qsort. */
int program_compare_addresses(const void *one, const void *other);

/* How many of them point to start or behind it, but before end; of struct flow_terms. */
uint32_t program_pointers_between(void *context, vaddr_t start, vaddr_t end);

#endif
