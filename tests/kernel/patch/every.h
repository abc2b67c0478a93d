/*
 * Patches on every instruction of what the exercises execute (exercise.h): each alone, all at once, and with handlers.
 * Results and counts are compared with those of single-stepping, and the whole text with a copy of it.
 */
#ifndef TESTS_KERNEL_PATCH_EVERY_H
#define TESTS_KERNEL_PATCH_EVERY_H

#include <stdbool.h>
#include <stddef.h>

#include "kernel/patch/patch.h"

/*
 * The table of capabilities grows and never shrinks: this makes it as large as it will have to be, before a test begins that is
 * measured.
 */
void every_warm(void);

/* Inside a test. False: a check failed, and it is to end. */
bool every_open(void);

/* Everything is as it was before every_open: text, springboards, memory for code, patches. */
void every_close(void);

/*
 * A counting patch on every stride-th instruction, one at a time; of exercises with more steps than `steps` on one in
 * eight of those.
 */
void every_alone(enum patch_mode mode, unsigned stride, unsigned steps);

/* The same on every instruction of all procedures of which anything is executed, executed or not; without running. */
void every_word(unsigned stride);

/* On every stride-th of these, all at once, removed in random order. */
void every_at_once(enum patch_mode mode, unsigned stride);

/* What a handler is like. */
enum every_handler {
    HANDLER_LEAF,    /* a short leaf */
    HANDLER_SPOILS,  /* one that leaves garbage in all that is volatile */
    HANDLER_READS,   /* and gets registers; they are compared with those of single-stepping */
    HANDLER_CHANGES, /* and writes what it finds into them */
};
void every_handler(enum patch_mode mode, enum every_handler kind, unsigned stride);

/* Bodies out of reach: as many at a time as there are springboards, all of them executed. */
void every_far(enum patch_mode mode, unsigned n_rounds);

#endif
