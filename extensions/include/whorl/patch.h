/*
 * Patches: any instruction of the running system can be made to do something more, and back. One word
 * at the site is replaced by a branch to generated code, the patch's body, which does what was asked for, executes the
 * instruction that stood there exactly as it would have been, and goes on behind it. What
 * analysis shows to be live there is what it was; what the patch adds is seen by nobody. Taking the patch away restores the word.
 * docs/patches.md is the guide.
 *
 * A site is any instruction of the kernel, of a domain that has been started, or of generated code (an event's
 * routine, the body of another patch). It is refused, and the sentence says which, if it is
 *     no code: misaligned, not mapped, data, a word that is no instruction;
 *     on the way into or out of an exception, where no frame is yet, or run without translation;
 *     between a lwarx and its stwcx., or the lwarx itself;
 *     in code_write or what it needs.
 *
 * What is generated goes with the code it stands in: when an event's routine is made anew, or a body because
 * another patch was put on its site, the patches in the old one are gone, as if removed.
 *
 * A patch on the first instruction of a procedure that is an event with handlers sees the procedure's own body
 * run, not the raise; patch_raise and event_install are for the other.
 *
 * A patch_t * is a capability: having it is the right to remove the patch. It belongs to the domain that made it
 * and goes with it, with the domain that its site is in, and with that of its handler.
 *
 * All operations are for the kernel's main line and for extensions, and for a handler of an exception that interrupted none of
 * the kernel's own work. Every refusal leaves a sentence, see <whorl/status.h>, and everything else as it was,
 * out-parameters too. What all of them may return is not repeated: ERR_BUSY: called by what the operation that is
 * under way itself runs; ERR_BAD_CAPABILITY; ERR_NO_MEMORY; ERR_QUOTA: the domain has as many patches, or springboards, as it may
 * have.
 *
 * Source: "Dynamic kernel modification" on Darwin/PowerPC, 2002; Tamches, Miller: Fine-Grained Dynamic
 * Instrumentation of Commodity Operating System Kernels, 1999.
 */
#ifndef WHORL_PATCH_H
#define WHORL_PATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <whorl/event.h>
#include <whorl/interface.h>
#include <whorl/status.h>

typedef struct patch patch_t;

/* All registers as they are before the instruction at the site. */
struct patch_registers {
    uint32_t gpr[32];
    uint32_t cr, xer, lr, ctr;
};

/* All zero is the default; NULL means that. */
struct patch_options {
    bool registers; /* the handler gets a third argument, const struct patch_registers * */
    bool
        change; /* the same without const: what it changes there, gpr[1] apart, is what the instruction finds.
                       Of code: what it changes is not put back */
    bool taken; /* only when the branch at the site is taken; ERR_BAD_ARGUMENT: there is none */
    bool first; /* before the patches that the site has; else behind them */
    const void *near; /* the body lies within reach of a branch there; NULL: the site */
};

/*
 * A handler is
 *     void handler(void *closure, uint32_t site)
 *     void handler(void *closure, uint32_t site, const struct patch_registers *registers)
 * with any pointer for the closure and any type of 32 bits for the site; parameters at the end may be left out.
 * It runs where the site is executed: on that stack, with interrupts as they are there. What it
 * calls may have been patched; one that is executed by its own handler goes round until the stack is used up. If a handler of a domain faults,
 * the fault is reported, the patch is removed, and what was patched goes on.
 */
typedef void patch_handler_t(void *closure, uint32_t site);
typedef void patch_registers_handler_t(void *closure, uint32_t site,
                                       const struct patch_registers *registers);
typedef void patch_change_handler_t(void *closure, uint32_t site,
                                    struct patch_registers *registers);

/*
 * Has a handler called before the instruction at a site. ERR_UNSUPPORTED: the site is refused; ERR_TYPE: the
 * handler's type is another, the sentence has both; ERR_STATE: a domain that has not been started; ERR_DENIED: the caller is
 * not linked with the handler.
 */
EVENT status_t patch_insert(const void *site, procedure_t handler, void *closure,
                            const struct patch_options *options, patch_t **patch);

#define PATCH_CODE_MAX 1024 /* words */

/*
 * Has n words of machine code executed before the instruction at a site; they are copied. A branch
 * to one of the words, or right behind the last, which is its end, stays inside; any other leads where it does where the words stand now,
 * which must then be code. What it writes and what is live at the site is saved and put back, or with `change` is not. It sees the
 * registers as they are at the site; r1 too, unless a word calls or writes r1: then r1 is lower, below what may be kept under it there.
 * bclr and bcctr lead out of it, as branches to elsewhere do, but bclr returns if one of the words calls another. It must leave r1 as it found it.
 * An instruction of it that faults ends it,
 * which is reported, and the patch is removed; but code that calls or writes r1 faults as what it stands in does.
 * ERR_RANGE: too long, or none; ERR_UNSUPPORTED: the site is refused; ERR_FAILED: a word that is no instruction, that is
 * privileged and the caller is not, that writes r1 (but to push and pop a frame), r2 or r13, that uses vector registers or reservations, or control runs nowhere;
 * the sentence names it.
 */
EVENT status_t patch_insert_code(const void *site, const uint32_t words[], size_t n,
                                 const struct patch_options *options, patch_t **patch);

/* Counts how often a site is executed, exactly, interrupts or not. Errors as patch_insert. */
EVENT status_t patch_count(const void *site, const struct patch_options *options, patch_t **patch);
EVENT status_t patch_counted(const patch_t *patch, uint64_t *count);

/*
 * Raises an event before the instruction at a site: whoever installs on it, under its guards and its authorizer, sees the
 * site executed. The event has a type like a handler's without a closure: void event(uint32_t site),
 * void event(void), or with `registers` also a pointer to them. Errors as patch_insert.
 */
EVENT status_t patch_raise(const void *site, procedure_t event, const struct patch_options *options,
                           patch_t **patch);

/*
 * Has another procedure of the same type run instead of a procedure's body; calls of it, from wherever, and the
 * intrinsic handler of its event. The latest replacement counts; removed in any order. patch_original: calling that
 * runs what would run without this patch; as long as it is there. Errors as patch_insert.
 */
EVENT status_t patch_replace(procedure_t procedure, procedure_t replacement, patch_t **patch);
EVENT status_t patch_original(const patch_t *patch, procedure_t *original);

/* The site is as before. Its body goes as soon as nobody is in it any more. NULL: nothing. */
EVENT status_t patch_remove(patch_t *patch);

#endif
