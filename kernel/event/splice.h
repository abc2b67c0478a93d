/*
 * Leading the calls of a procedure elsewhere, and back. What calls it by a branch that is known (relocations of
 * domains' imports, calls inside its own domain, the kernel's own call sites) is made to branch elsewhere
 * directly; its first word becomes a branch there for all other calls. The body stays callable by an
 * entry of its own. Pointers to the procedure stay what they are. Going back restores every word.
 *
 * A procedure whose first instruction is the head of a loop has the branches back to it led to the new
 * entry too, so that a turn of the loop is no call.
 *
 * Main line only.
 */
#ifndef KERNEL_EVENT_SPLICE_H
#define KERNEL_EVENT_SPLICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <whorl/status.h>

#include "arch/ppc/types.h"

struct splice;

/*
 * Finds what calls a procedure and makes the entry of its body; nothing visible changes, but that bodies of patches that
 * rely on what it does are made anew. ERR_UNSUPPORTED: its
 * calls cannot be led elsewhere (what changes code runs it, or it runs untranslated; or a first instruction that cannot stand
 * elsewhere, or it cannot be told what is a turn of a loop; the sentence says which); ERR_BAD_ARGUMENT: no
 * procedure starts there; ERR_STATE: its domain cannot run yet; ERR_EXISTS: it has a splice; ERR_NO_MEMORY.
 */
status_t splice_create(vaddr_t procedure, struct splice **splice);

/* It must lead nowhere. The entry of the body goes when nobody is between it and the body, as only a patch's handler can be. */
void splice_destroy(struct splice *splice);

/* Calling this runs the procedure's own body, wherever calls are led. */
vaddr_t splice_body(const struct splice *splice);

/* Bytes of code from there on, with what turns of a loop need. */
size_t splice_body_size(const struct splice *splice);

/* Where calls are led now; the procedure if they are not. */
vaddr_t splice_target(const struct splice *splice);

/*
 * Calls `each` for the calls that are known, each of them somewhere in the `size` bytes from an address on, until it fails. What
 * it returns.
 */
status_t splice_each_call(const struct splice *splice,
                          status_t (*each)(void *context, vaddr_t address, size_t size),
                          void *context);

struct splice_change {
    struct splice *splice;
    vaddr_t target; /* the procedure itself: every word as it was */
};

/*
 * Makes all changes, each of another splice, in one step: nothing runs in between, not even an interrupt. ERR_NO_MEMORY: no memory for a way to a target that a
 * branch does not reach; then nothing has changed. To lead calls back never fails.
 */
status_t splice_switch(const struct splice_change changes[], size_t n);

/* Call sites that branch to the target directly, and all that are known. */
void splice_sites(const struct splice *splice, size_t *direct, size_t *all);

/*
 * The words of the procedure as they are without the splice: those at an address, n of them, are in words[]
 * already, as they are without patches (code_words_original); puts back what any splice has changed. For analyses.
 */
void splice_original(vaddr_t address, uint32_t words[], size_t n);

/*
 * For binding and patches, which change words of code that may be the first of a procedure that is spliced. The word at an
 * address as they have left it; and one that is to stand there from now on. True: the splice has it, for when calls are
 * led back, and it is not to be written. That of a patch is one that traps, or a branch to where splice_reaches.
 */
uint32_t splice_word(vaddr_t address);
bool splice_takes(vaddr_t address, uint32_t word);

/*
 * Where a branch to the start of its own procedure goes, that a patch is on, when it is taken: to the entry of the body if it is no
 * call; 0: where it says.
 */
vaddr_t splice_turn(vaddr_t address);

/* Whether a branch reaches that stands where the body begins, if the procedure has a splice. */
bool splice_reaches(vaddr_t procedure, vaddr_t target);

/*
 * The procedure whose calls are led elsewhere by a veneer that an address is in; 0: it is in none. Who has not left that may call the
 * procedure again: nothing has happened yet.
 */
vaddr_t splice_way_at(vaddr_t address);

/* The procedure whose body begins at an address; 0: none's. Any context. */
vaddr_t splice_entry_of(vaddr_t address);

#endif
