/*
 * What is known of code as text for people, the same in kernel and host tool.
 * Portable; main line only.
 */
#ifndef ARCH_PPC_CODE_REPORT_H
#define ARCH_PPC_CODE_REPORT_H

#include <stdio.h>

#include "arch/ppc/code/index.h"

/* One line a word from start to end, which lie in one area: address, word, instruction. */
void report_words(FILE *out, const struct code_index *index, vaddr_t start, vaddr_t end);

#endif
