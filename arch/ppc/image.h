/* Boundaries of the kernel image, page-aligned but for those of types and of tables, from linker.ld. Take them with IMAGE(). */
#ifndef ARCH_PPC_IMAGE_H
#define ARCH_PPC_IMAGE_H

#include "arch/ppc/types.h"

extern const char boot_start[], boot_end[];
extern const char
    kernel_real_mode_end[]; /* of what runs with translation off, at the start of text */
extern const char kernel_text_start[], kernel_library_start[], kernel_text_end[];
extern const char kernel_rodata_start[], kernel_rodata_end[];
extern const char kernel_data_start[], kernel_bss_start[], kernel_data_end[];
extern const char kernel_types_start[], kernel_types_public_end[], kernel_types_end[];
extern const char kernel_symbols_start[], kernel_symbols_end[], kernel_calls_start[];
extern const char kernel_end[];
extern const char boot_stack_start[], boot_stack_end[];
extern const char probe_handlers_start[], probe_handlers_end[]; /* kernel/probe/guard.h */
extern const char strand_events_start[], strand_events_end[];   /* kernel/event/strand_events.c */
extern const char exception_stack[], exception_stack_end[];

#define IMAGE(boundary) ((vaddr_t)(uintptr_t)(boundary))

#endif
