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

void panic(const char *sentence, ...)
{
    static struct backtrace trace;
    char text[512];
    va_list arguments;
    int n;

    begin();
    va_start(arguments, sentence);
    n = vsnprintf(text, sizeof text - 1, sentence, arguments);
    va_end(arguments);
    output_console(text, n < (int)sizeof text - 1 ? (size_t)n : sizeof text - 2);
    output_console("\n", 1);
    if (!panicking) {
        panicking = true;
        backtrace_here(&trace);
        backtrace_print(stdout, &trace);
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
    backtrace_print(stdout, &trace);
    stop();
}
