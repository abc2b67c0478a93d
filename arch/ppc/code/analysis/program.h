/*
 * A program as a whole: the flow and liveness of its procedures with what is known of those they call,
 * and the call graph. Each procedure is analysed once, when it is first asked for, after those it calls
 * (Tarjan, "Depth-first search and linear graph algorithms", 1972, with stacks in the heap). Procedures
 * that call each other in a circle are analysed again and again until their summaries agree with each
 * other; if that takes too long, nothing is taken for known of any of them.
 *
 * Control may also come into the middle of a procedure: by a branch of another one, or to an address that
 * is somewhere. These entries are known after program_calls only. Before it, flow and liveness are of
 * the procedure entered at its start: code that nothing else leads to is not in the flow, and a jump
 * behind such an entry may be thought to be known. Summaries are of calls of the start, before and after.
 *
 * Where procedures overlap, an address is asked for in the innermost one, whose entries are all known.
 *
 * libgcc's helpers of prologues and epilogues (_savegpr_14, …) do not keep to the ABI: they may read
 * everything and their callers expect everything to be kept.
 *
 * What is remembered holds as long as the code does not change. Portable; main line only.
 */
#ifndef ARCH_PPC_CODE_ANALYSIS_PROGRAM_H
#define ARCH_PPC_CODE_ANALYSIS_PROGRAM_H

#include "arch/ppc/code/analysis/live.h"

struct program;

/* source must outlive it. ERR_NO_MEMORY. */
status_t program_open(const struct code_source *source, struct program **program);
void program_close(struct program *program);

/*
 * The type of the procedure that starts at an address: false if it has none, or *arguments receives the general registers that
 * callers pass arguments in (1 << n is register n). For programs in which other code may come to stand in for a procedure: then
 * a call of it reads these, even if the procedure itself does not. What has a type is also believed
 * to give back what the ABI says. Asked once for each procedure. To be said before anything is asked.
 */
typedef bool (*program_type_t)(void *context, vaddr_t start, uint32_t *arguments);
void program_set_types(struct program *program, program_type_t type, void *context);

/* Those of the procedure that starts at an address, as far as they have been asked for. */
uint32_t program_arguments(const struct program *program, vaddr_t start);

/*
 * Of the procedure that an address lies in; the program's, until program_close, program_rest or
 * program_calls. Errors as flow_build.
 */
status_t program_flow(struct program *program, vaddr_t address, const struct flow **flow);
status_t program_live(struct program *program, vaddr_t address, const struct live **live);

/*
 * By the address of the start of a procedure; the ABI's word if no procedure is there or it cannot be
 * analysed. In the middle of a procedure nothing is known: summary_unknown.
 */
void program_summary(struct program *program, vaddr_t start, struct summary *summary);

/*
 * Gives back the memory for the call graph, and for flow and liveness of all procedures; or only for those of the procedure that
 * an address lies in. They are found again when they are asked for. What is known of entries, and of what callers keep, stays.
 */
void program_rest(struct program *program);
void program_rest_at(struct program *program, vaddr_t address);

/* An edge of the call graph. */
struct call_edge {
    vaddr_t caller; /* start of the calling procedure; of pointers in data, 0 */
    vaddr_t site;   /* of the branch, or of the instruction that makes the address */
    vaddr_t callee; /* start of the procedure that is called, or an entry in its middle */
    enum call_kind { CALL_DIRECT, CALL_TAIL, CALL_ADDRESS, CALL_UNKNOWN, CALL_MIDDLE } kind;
};

/*
 * Analyses everything, finds all entries, and makes the graph. CALL_UNKNOWN is a call through a pointer:
 * callee is 0.
 * CALL_ADDRESS: the address of callee is made there, or is in data (site and caller are 0; once for
 * each address).
 * CALL_TAIL: also by running over the end into the next procedure.
 * CALL_MIDDLE: a branch into the middle of another procedure.
 */
status_t program_calls(struct program *program);

/* After program_calls: the edges out of, or into, a procedure. each returns false to stop. */
void program_callees(const struct program *program, vaddr_t start,
                     bool (*each)(void *context, const struct call_edge *edge), void *context);
void program_callers(const struct program *program, vaddr_t start,
                     bool (*each)(void *context, const struct call_edge *edge), void *context);

/*
 * program_calls, and after it liveness counts what callers keep in volatile registers across calls: compilers
 * do that which know what a callee touches (GCC manual, -fipa-ra), and programmers. What is live behind a known call
 * of a procedure is live at its returns, and at those of what it goes to. If it is not known whether
 * some word is a call, everything is. That callers from elsewhere keep to the ABI is taken for granted. ERR_NO_MEMORY: it can be tried again.
 */
status_t program_keep(struct program *program);

/*
 * Whether anything but the outside of the program and itself can call it: a branch, or its address
 * somewhere.
 */
bool program_is_called(const struct program *program, vaddr_t start);

#endif
