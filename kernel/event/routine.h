/*
 * The machine code that dispatches an event, compiled from a plan and placed in code memory.
 *
 * Main line only.
 */
#ifndef KERNEL_EVENT_ROUTINE_H
#define KERNEL_EVENT_ROUTINE_H

#include <stdbool.h>
#include <stddef.h>
#include <whorl/status.h>

#include "arch/ppc/code/dispatch/compile.h"
#include "arch/ppc/types.h"

struct routine;

/* How it may be compiled; all zero is the default. For comparing, and for tests. */
struct routine_terms {
    bool no_inlining; /* guards and handlers are called */
    bool no_tree;     /* guards on one value are asked one by one */
};

/*
 * Compiles a plan, which must live as long as the routine; nothing is in effect yet. before: the routine that it will replace, or
 * NULL; what is the same at the start of both plans is not compiled again: the first `same` bindings, SAME_UNKNOWN to have them compared. If nobody is in `before` (`left`) it may be
 * that its memory is used again, unless something in it is patched: then both have the same entry, and routine_commit
 * changes the code. The code is in reach of `near`. ERR_NO_MEMORY: code memory or other is exhausted; ERR_UNSUPPORTED: cannot be compiled.
 */
#define SAME_UNKNOWN SIZE_MAX
status_t routine_prepare(struct routine *before, size_t same, bool left,
                         const struct dispatch *plan, const struct routine_terms *terms,
                         vaddr_t near, struct routine **routine);

/* What raises the event is to go here; only after routine_commit. */
vaddr_t routine_entry(const struct routine *routine);

/* Writes what has to be written in place. In the step that makes it known; with interrupts off. Cannot fail. */
void routine_commit(struct routine *routine);

/* Also of one that was prepared and not committed. Nobody may be in its code. */
void routine_free(struct routine *routine);

/* Its code, for who must know whether somebody is in it; size 0 if another has taken it over. */
void routine_range(const struct routine *routine, vaddr_t *start, size_t *size);

/* ---- for who goes on when something was cut off; any context ---- */

/* That an address is in the code of; NULL: none. */
const struct routine *routine_at(vaddr_t address);

const struct dispatch *routine_plan(const struct routine *routine);
const struct code_frame *routine_frame(const struct routine *routine);

const struct code_places *routine_places(const struct routine *routine, const struct code_cut *cut);

/* The contained call that returns to an address, the contained copy that one is in; NULL: none. */
const struct code_cut *routine_call_at(const struct routine *routine, vaddr_t address);
const struct code_cut *routine_copy_at(const struct routine *routine, vaddr_t address);

/* All of that in one, in a few instructions. */
struct routine_cut {
    const struct code_cut *cut;
    const struct dispatch *plan;
    const struct code_frame *layout;
    vaddr_t entry;
};

/* `called`: the call that returns to an address, else the copy that it is in. False also where finding out would take longer. */
bool routine_cut_at(vaddr_t address, bool called, struct routine_cut *found);

/* Bytes of code; and what is remarkable: "tree of 60, 3 inlined". */
size_t routine_size(const struct routine *routine);
void routine_describe(const struct routine *routine, char *text, size_t size);

/* What word i of the code is for, one after another by rising offset: "guard of binding 3 (packet), inlined". NULL: as before. */
const char *routine_comment(const struct routine *routine, vaddr_t address, char *text,
                            size_t size);

#endif
