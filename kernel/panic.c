/*
 * Panic prints by itself: neither the sink in force nor interrupts can be relied
 * on any more. A second panic on the way prints its sentence alone.
 */
#include "kernel/panic.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>

#include "arch/ppc/escc.h"
#include "arch/ppc/processor.h"
#include "kernel/backtrace.h"
#include "kernel/fault.h"
#include "kernel/output.h"
#include "kernel/owner.h"
#include "kernel/recorder.h"
#include "kernel/strand/strand.h"

static bool panicking;

static void stop(void) __attribute__((noreturn));

static void stop(void)
{
    static const char packet[] = "$X06#be";

    escc_write(ESCC_B, packet, sizeof packet - 1);
    for (;;)
        (void)interrupts_off();
}

static void begin(void)
{
    (void)interrupts_off();
    (void)output_redirect(NULL);
    (void)output_pass_by(true);
    output_console("\npanic: ", 8);
}

/* The strand, and the domain whose code is the innermost on its stack. */
static void print_strand(const struct backtrace *trace)
{
    owner_t owner = OWNER_KERNEL;

    for (size_t i = 0; i < trace->n && owner == OWNER_KERNEL; i++)
        owner = owner_of_code(trace->code[i]);
    printf("strand %u %s of %s, in domain %s\n", (unsigned)strand_current->number,
           strand_current->name, owners[strand_current->owner].name,
           owner == OWNER_KERNEL ? "kernel" : owners[owner].name);
}

static void print_rest(const struct backtrace *trace)
{
    backtrace_print(stdout, trace);
    print_strand(trace);
    recorder_print(stdout);
}

static inline __attribute__((always_inline)) void take_registers(struct trap_frame *frame)
{
    __asm__("stmw 0, %0" : "=m"(frame->gpr));
    __asm__("mfcr %0" : "=r"(frame->cr));
    __asm__("mflr %0" : "=r"(frame->lr));
    __asm__("mfctr %0" : "=r"(frame->ctr));
    __asm__("mfxer %0" : "=r"(frame->xer));
    frame->srr0 = (uint32_t)__builtin_return_address(0);
    frame->srr1 = msr_read();
}

void panic(const char *sentence, ...)
{
    static struct backtrace trace;
    static struct trap_frame frame;
    char text[512];
    va_list arguments;
    int n;

    take_registers(&frame);
    begin();
    va_start(arguments, sentence);
    n = vsnprintf(text, sizeof text - 1, sentence, arguments);
    va_end(arguments);
    output_console(text, n < (int)sizeof text - 1 ? (size_t)n : sizeof text - 2);
    output_console("\n", 1);
    if (!panicking) {
        panicking = true;
        fault_print_registers(stdout, &frame);
        backtrace_here(&trace);
        print_rest(&trace);
    }
    stop();
}

void panic_trap(const struct trap_frame *frame)
{
    static struct backtrace trace;

    if (panicking)
        panic("another exception, vector 0x%04x at 0x%08x", (unsigned)frame->vector,
              (unsigned)frame->srr0);
    panicking = true;
    begin();
    fault_print_cause(stdout, frame);
    fault_print_registers(stdout, frame);
    backtrace_take(frame, &trace);
    print_rest(&trace);
    stop();
}
