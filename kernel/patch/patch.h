/*
 * Patches as the kernel sees them; see <whorl/patch.h>, whose procedures the kernel calls by their own names.
 *
 * A site has one body for all patches on it; when they change, another body is made and the word at the site changes to lead there; the old
 * one is retired (kernel/quiescence.h).
 *
 * Words of code have several who want to write them: binding (imports), splices (events), routines, patches. What stands under a patch is written with
 * code_word_put, by everybody.
 *
 * Main line only, unless said otherwise.
 */
#ifndef KERNEL_PATCH_PATCH_H
#define KERNEL_PATCH_PATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <whorl/patch.h>

#include "arch/ppc/code/patch/patch_code.h"
#include "arch/ppc/frame.h"
#include "arch/ppc/types.h"

struct domain;

/* ---- words under patches ---- */

/*
 * A word of code as it is without patches, but with what binding and splices have made of it; of the first word of a procedure that has a
 * splice, what that has as its own. Any context.
 */
uint32_t code_word_get(vaddr_t address);

/*
 * Makes it another one. Under a patch, the body executes the new one from then on. Never fails for a branch b or bl that stays one, or stands
 * under no patch; else false if there is no memory, and nothing has changed. With interrupts off, and in a change of many words: it runs
 * nothing that can be patched or spliced in between.
 */
bool code_word_put(vaddr_t address, uint32_t word);

/*
 * Writes it, whatever stands there. Of a domain in quarantine, whose text does not execute, it is still read: by who unwinds what had called from there. Calls of
 * code_word_store_shut are not followed, as those of code_word_remake.
 */
bool code_word_store(vaddr_t address, uint32_t word);
bool code_word_store_shut(vaddr_t address, uint32_t word);

/* What it does where there is a patch and another instruction than a b or bl. Where calls are followed to learn what a change may run, they are not followed here. */
bool code_word_remake(vaddr_t address, uint32_t word);

/* Whether there is any patch. Any context. */
extern size_t patch_n_sites;

static inline bool patch_any(void)
{
    return patch_n_sites != 0;
}

/* Puts what is under patches into words[], which hold n words as they are in memory from an address on. */
void code_words_original(vaddr_t address, uint32_t words[], size_t n);

/* Whether any patch is on a word of this range. Any context. */
bool patch_is_on(vaddr_t start, size_t size);

/* ---- what others tell ---- */

/*
 * Calls of a procedure may soon run other code than its own, or other code than it had when it was last analysed. Bodies that rely on what it
 * clobbers are made again not to. ERR_NO_MEMORY.
 */
status_t patch_procedure_changes(vaddr_t procedure);

/* A domain goes: patches in it, made by it, or with a handler in it, are removed. Before anything of it is released. Never fails. */
void patch_forget_domain(struct domain *domain);

/* Generated code goes, or is written anew: patches in it are removed. Never fails. */
void patch_forget_code(vaddr_t start, size_t size);

/* Words of a domain's text (NULL: the kernel's) have changed by binding: what was analysed is not known any more. */
void patch_code_changed(const struct domain *domain);

/* ---- for the prompt, probes and tests ---- */

/* How bodies are made from now on; those that exist stay. */
void patch_set_mode(enum patch_mode mode);
enum patch_mode patch_mode(void);

enum patch_kind { PATCH_HANDLER, PATCH_CODE, PATCH_COUNT, PATCH_RAISE, PATCH_REPLACE };

enum patch_way {
    WAY_BRANCH, /* the site branches to the body */
    WAY_SPRINGBOARD,
    WAY_TRAP, /* no springboard was left: an illegal instruction at the site */
};

struct patch_view {
    unsigned number; /* 1, 2, … in the order in which they were made; never used again */
    vaddr_t site;
    vaddr_t
        entry; /* where the word stands: the site, or the entry of a body that a splice has made of it */
    uint32_t original; /* the word at the site without patches */
    enum patch_kind kind;
    enum patch_way way;
    const char *owner; /* "kernel" */
    vaddr_t procedure; /* handler, event or replacement; 0: none */
    uint32_t closure;
    uint64_t count;            /* of PATCH_COUNT */
    vaddr_t body;              /* 0: a replacement without a body */
    size_t body_size;          /* bytes */
    struct register_set saves; /* what the body saves around actions */
    bool first;                /* of those of its site, which share the body */
};

/* The first patch by number, and the one behind a given one; NULL at the end. */
patch_t *patch_next(const patch_t *patch);
void patch_look(const patch_t *patch, struct patch_view *view);

/* Made by the kernel itself, with a handler of the kernel whose type is what it is. `name` says what it is for; lasts. */
status_t patch_insert_kernel(vaddr_t site, patch_registers_handler_t *handler, void *closure,
                             const struct patch_options *options, patch_t **patch);

/* patch_insert_code as if the domain had called it, with its rights; it is the domain's. */
status_t patch_insert_code_for(struct domain *domain, const void *site, const uint32_t words[],
                               size_t n, const struct patch_options *options, patch_t **patch);

/* Tells who has it that it is gone for another reason than patch_remove; may be NULL. */
void patch_on_loss(patch_t *patch, void (*lost)(void *closure), void *closure);

/* What a body's address is in. Any context. */
struct patch_place {
    vaddr_t site, body;
    size_t size; /* bytes, of the body */
    vaddr_t displaced, displaced_end;
    const patch_t *patch; /* whose action it is in; NULL: none's */
    bool
        keeps_lr; /* of the frames that what is called has below the one at the site, the upper has LR */
};
bool patch_code_at(vaddr_t address, struct patch_place *place);

/* "kernel!heap_allocate+0x14 patched+0x8" of an address in a body. False: it is in none. Any context. */
bool patch_code_name(vaddr_t address, char *text, size_t size);

/* What word of a body an address is; see patch_code_comment. False: nothing begins there. */
bool patch_code_part(vaddr_t address, char *text, size_t size);

/* ---- for exceptions (kernel/patch/exception.c); any context ---- */

/* The body for a site that traps, if one does at an address; 0: none. */
vaddr_t patch_trapped(vaddr_t address);

/* The place to go on after a fault in a call of an action that returns to `address`; 0: it returns to no such place. */
vaddr_t patch_resume(vaddr_t address, patch_t **patch);

/* The same after a fault of an instruction of code that was brought along; all registers are to be as they are. */
vaddr_t patch_resume_code(vaddr_t pc, patch_t **patch);

/* What had frames below an address of the stack was unwound, and does not go on. */
void patch_unwound(vaddr_t stack);

/* After such a fault: its handler is not called any more, and the patch is removed by patch_settle. */
void patch_faulted(patch_t *patch);

/* Removes patches whose handlers faulted. Main line only. */
void patch_settle(void);

#endif
