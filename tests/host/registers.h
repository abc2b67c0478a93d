/* Sets of registers by name, for tests. */
#ifndef TESTS_REGISTERS_H
#define TESTS_REGISTERS_H

#include "arch/ppc/code/register_set.h"

/*
 * From names separated by spaces: r0 to r31, f0 to f31, v0 to v31, cr0 to cr7 for whole fields, bit0 to
 * bit31 for bits of CR, lr, ctr, ca, ov, so, count. Another name ends the test.
 */
struct register_set registers_named(const char *names);

#define REGISTERS_TEXT_MAX 1024

/* The names again, single bits for CR; special registers above those as a number. */
void registers_text(const struct register_set *set, char text[REGISTERS_TEXT_MAX]);

#endif
