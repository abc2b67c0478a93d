/* Where what fault_contain has called is unwound to; private to kernel/contain/. */
#ifndef KERNEL_CONTAIN_BOUNDARY_H
#define KERNEL_CONTAIN_BOUNDARY_H

#include <setjmp.h>
#include <stdbool.h>

#include "arch/ppc/frame.h"
#include "arch/ppc/types.h"
#include "kernel/output.h"
#include "kernel/owner.h"

/* The innermost is strand_current->boundary; each lies on the stack of who called fault_contain. */
struct boundary {
    struct boundary *outer;
    vaddr_t stack;  /* all below it belongs to what is called */
    vaddr_t caller; /* of fault_contain */
    vaddr_t entry;  /* what is called */
    vaddr_t
        procedure; /* that it calls for others, who may jump from there without a trace; 0: none */
    uint32_t msr;  /* at the call */
    vaddr_t busy;  /* kernel_busy at the call */
    bool stays_busy;
    bool passing_by;
    output_sink_t sink;
    jmp_buf context;
};

/* Changes an exception's frame to go on there. */
void boundary_divert(struct trap_frame *frame, struct boundary *boundary);

/* Those that lie below an address of the stack are over. */
void boundaries_unwound(vaddr_t low, vaddr_t stack);

#endif
