/*
 * Procedures of many prototypes, each of which notes what it gets: what the compiler takes the calling convention
 * to be. Made by `make` in this folder.
 */
#ifndef TESTS_KERNEL_PLACES_H
#define TESTS_KERNEL_PLACES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct places_result {
    uint32_t words[3];
};

struct places_small { /* 4 bytes; passed by reference all the same */
    uint32_t word;
};

struct places_sample {
    void (*procedure)(void);
    const char *
        arguments; /* i: uint32_t, q: uint64_t, c: signed char, f: float, d: double, z: _Complex float,
                              s: struct places_small */
    bool closure, structure;
};

extern const struct places_sample places_samples[];
extern const size_t n_places_samples;

/* The words of the latest call's arguments in order, a closure first; of a struct, what is in it. */
extern uint32_t places_seen[];
extern unsigned places_n_seen;

#define PLACES_RESULT 0xfeed

#endif
