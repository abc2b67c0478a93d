/*
 * Exercises for code that is patched: the drills of tests/kernel/poison and those of drills_more.c call several
 * hundred procedures of the C library, libgcc, libfdt, zlib and the kernel, and record what comes of it.
 *
 * Each is run by single-step once, which gives its results and how often every instruction of the kernel's text is
 * executed. Interrupts are off while one runs, so nothing else executes anything.
 */
#ifndef TESTS_KERNEL_PATCH_EXERCISE_H
#define TESTS_KERNEL_PATCH_EXERCISE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arch/ppc/frame.h"
#include "arch/ppc/types.h"

/* A word of the kernel's text, by number, and how often it is executed. */
struct visit {
    uint32_t number, count;
};

struct exercise {
    const char *name;
    void (*run)(void);
    uint32_t n_steps, n_results, results; /* results: a sum over all that was recorded */
    struct visit *visits;                 /* of each word that is executed, by rising number */
    size_t n_visits;
};

/* By rising number of steps. */
extern struct exercise exercises[];
extern size_t n_exercises;

/* Finds out what each does. False: no memory, or one that does not do the same twice. */
bool exercise_open(void);
void exercise_close(void);

/* Runs one; whether it gives what it is to give. NULL: nothing is run, the way there and back only. */
bool exercise_run(const struct exercise *exercise);

/* The same by single-step: `visit` (may be NULL) is called with the frame before each instruction, wherever that is. */
bool exercise_step(const struct exercise *exercise, void (*visit)(struct trap_frame *frame));

/*
 * Executes nothing of the kernel: what exercise_step of it executes more than one of NULL is what each exception executes, so
 * that counts tell nothing when something is stepped.
 */
extern const struct exercise exercise_idle;

/* How often the latest exercise_step has executed a word of the kernel's text. */
uint32_t exercise_visits(vaddr_t address);

/* Where the kernel's text is, in words. */
#define TEXT_WORDS ((IMAGE(kernel_text_end) - IMAGE(kernel_text_start)) / 4)
#define TEXT_NUMBER(address) (((address)-IMAGE(kernel_text_start)) / 4)
#define TEXT_ADDRESS(number) (IMAGE(kernel_text_start) + 4 * (vaddr_t)(number))

/* The procedure of the kernel's text that holds an address; false: none does. */
bool exercise_procedure(vaddr_t address, vaddr_t *start, vaddr_t *end);

#endif
