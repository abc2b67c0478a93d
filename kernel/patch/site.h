/*
 * What is known of an instruction that is to be patched, found by analysis and remembered as long as the code stays what it is.
 *
 * Liveness is that of the code without patches and splices. It counts what callers keep: with -fipa-ra, compilers leave values in
 * volatile registers across calls of procedures that they know not to touch them, so a register that is live behind a known call of a
 * procedure is live at its returns.
 *
 * Main line only.
 */
#ifndef KERNEL_PATCH_SITE_H
#define KERNEL_PATCH_SITE_H

#include <stddef.h>
#include <whorl/status.h>

#include "arch/ppc/code/register_set.h"
#include "arch/ppc/types.h"

struct domain;

/* In the order in which they are asked; the sentences are those of <whorl/patch.h>. */
enum site_answer {
    SITE_ACCEPTED,
    SITE_NO_CODE,
    SITE_EXCEPTION, /* entry or exit of exceptions, or code that runs untranslated */
    SITE_RESERVATION,
    SITE_CODE_WRITE,
    N_SITE_ANSWERS,
};
const char *site_answer_name(enum site_answer answer); /* "not code" */

struct site_facts {
    enum site_answer answer;
    uint32_t word;            /* without patches and splices */
    struct register_set live; /* before it; all if that is not known */
    bool reached;             /* false: analysis does not see how control gets there */
    vaddr_t procedure;        /* start of the one it is in; 0: none is known */
};

/* Always answers; memory that is short makes everything live. */
void site_find(vaddr_t address, struct site_facts *facts);

/* site_find, as a refusal: OK, or ERR_UNSUPPORTED with the sentence. */
status_t site_check(vaddr_t address, struct site_facts *facts);

/*
 * What a call of a procedure may clobber. `relies` says whether that is less than the ABI's word, and true only as long as nothing is installed or patched
 * there (patch_procedure_changes).
 */
void site_clobbers(vaddr_t procedure, struct register_set *clobbers, bool *relies);

/* A domain's code (NULL: the kernel's) is not what it was, or goes. */
void site_forget(const struct domain *domain);

/* Memory is short: what is remembered is given back. */
void site_forget_all(void);

/* Bytes that are remembered with, for `mem -v`. */
size_t site_memory(void);

#endif
