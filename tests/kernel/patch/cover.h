/*
 * The domains spliced and splicer (tests/kernel/objects), which calls what the former exports, and a patch that counts on each
 * instruction of one of them.
 */
#ifndef TESTS_KERNEL_PATCH_COVER_H
#define TESTS_KERNEL_PATCH_COVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <whorl/event.h>
#include <whorl/patch.h>

#include "arch/ppc/types.h"

typedef int (*function_t)(int);

/* splicer is bound to spliced when it is loaded. */
void load_spliced(void);
void load_splicer(void);
void bind_splicer(void);
void unbind_splicer(void);
void unload(const char *name);

vaddr_t address_of(const char *domain, const char *name);

/* Calls in every way there is; the sum is always the same. */
int exercise_spliced(void);
int exercise_splicer(void);

#define COVERED_MAX 400

struct cover {
    const char *domain;
    vaddr_t text;
    size_t n; /* words */
    patch_t *patches[COVERED_MAX];
    uint32_t *copy;
    unsigned wanted[COVERED_MAX]; /* executions */
};

extern struct cover home, user; /* of spliced and splicer */

/* Remembers the text as it is; puts patches on all of it that has none, and says how many it has; or on a word. */
void cover_begin(struct cover *cover);
size_t cover_all(struct cover *cover);
void cover_word(struct cover *cover, size_t i);

/* Fills `wanted` with what has been counted. */
void cover_measure(struct cover *cover);

/* Whether each has counted `wanted` of what it was before and as often as is said what is wanted of itself. */
void cover_check_counts(struct cover *cover, struct cover *before, unsigned times);

/* Removes them one after another at random; then the text is as it was, if events and bindings are as they were. */
void cover_end(struct cover *cover);
void cover_check_text(struct cover *cover);

/* Whether all have been removed by somebody else. */
bool cover_is_gone(const struct cover *cover);

/* What a patch has counted; ~0u: it is gone. */
unsigned count_of(const patch_t *patch);

/* Installs a handler that raises n_raised, and nothing else, before all others; called directly, or with a closure. */
extern unsigned n_raised;
binding_t *install_note(const char *domain, const char *name, bool closure);

#endif
