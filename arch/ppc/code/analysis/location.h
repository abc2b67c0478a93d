/*
 * Places of code as users write them: SYMBOL, SYMBOL+n, OWNER!SYMBOL, or an address in hexadecimal; also
 * OWNER.SYMBOL, if that is not a symbol itself.
 * Portable; main line only.
 */
#ifndef ARCH_PPC_CODE_ANALYSIS_LOCATION_H
#define ARCH_PPC_CODE_ANALYSIS_LOCATION_H

#include "arch/ppc/code/analysis/index.h"

struct location {
    vaddr_t address;
    struct procedure procedure; /* that it lies in; of code in none, from there to the area's end */
    bool whole;                 /* only a symbol was given */
};

/*
 * n is a number of bytes, decimal or with 0x. A global symbol goes before others of its name. A sentence
 * says what is wrong: ERR_NOT_FOUND: no such symbol; ERR_EXISTS: several, and which; ERR_RANGE: no code,
 * not a word, beyond the end of the procedure; ERR_BAD_ARGUMENT.
 */
status_t code_locate(const struct code_index *index, const char *text, struct location *location);

#endif
