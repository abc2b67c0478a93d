/*
 * What is known of code as text for people, the same in kernel and host tool. Addresses are those that
 * users know (code_index_shown); procedures are called OWNER!NAME if they have an owner.
 * Portable; main line only.
 */
#ifndef ARCH_PPC_CODE_ANALYSIS_REPORT_H
#define ARCH_PPC_CODE_ANALYSIS_REPORT_H

#include <stdio.h>

#include "arch/ppc/code/analysis/index.h"
#include "arch/ppc/code/analysis/program.h"

#define REPORT_NAME_MAX 128 /* bytes of a name; what is longer is cut */

/*
 * One line a word from start to end, which lie in one area: address, word, instruction. Before what is remarkable another
 * one that says why: "# patched: lwz r3,0(r4)".
 */
void report_words(FILE *out, const struct code_index *index, vaddr_t start, vaddr_t end);

/* "hello!domain_init+0x8"; "?" if an address has no name. */
void report_name(const struct code_index *index, vaddr_t address, char name[REPORT_NAME_MAX]);

/* " r0 r3-r5 cr0 cr7.eq lr ca": of the parts of a set that are asked for, each with a blank before it. */
enum report_part {
    REPORT_GENERAL = 1,
    REPORT_CONDITION = 2,
    REPORT_SPECIAL = 4, /* LR, CTR and the bits of XER */
    REPORT_FLOATING = 8,
    REPORT_VECTOR = 16,
};
void report_registers(FILE *out, const struct register_set *set, unsigned parts);

/* Blocks, where control goes between them, and calls. */
void report_flow(FILE *out, const struct code_index *index, const struct flow *flow);

/* The same for Graphviz, with what is live before and after each block; live may be NULL. */
void report_dot(FILE *out, const struct code_index *index, const struct flow *flow,
                const struct live *live);

/* The instruction at an address of live->flow, and what is live and what is free before it. */
void report_live(FILE *out, const struct code_index *index, const struct live *live,
                 vaddr_t address);

/* Who calls the procedure that starts at an address, and whom it calls; after program_calls. */
void report_calls(FILE *out, const struct code_index *index, struct program *program,
                  vaddr_t start);

#endif
