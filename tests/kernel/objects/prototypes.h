/* What prototypes_all.c tells of itself. */
#ifndef TESTS_KERNEL_OBJECTS_PROTOTYPES_H
#define TESTS_KERNEL_OBJECTS_PROTOTYPES_H

#include <whorl/event.h>

struct prototype_item {
    const char *name;
    procedure_t address;
};

struct prototype_variable {
    const char *name;
    const void *address;
};

#define PROTOTYPES                                                                                \
    nothing_happened, udp_arrived, summed, asked, made, mixed, wide, narrow, empty, named, one,   \
        raw, texted, printed, many, too_many, complex, complexly, vector, listed, called,         \
        udp_handle, udp_handle_const, udp_closure, udp_count, udp_result, udp_unsigned,           \
        udp_filter, udp_filter_const, udp_filter_inner, udp_filter_closure, udp_no_closure,       \
        udp_three, udp_variadic, handle, handle_closure, handle_number, sum_handle, sum_unsigned, \
        sum_void, sum_filter, sum_filter_result, sum_filter_long, sum_filter_short, linear,       \
        linear_const, linear_closure, linear_result, linear_signed, linear_short, make_handle,    \
        make_filter, text_handle, name_mutable, guard_udp, guard_udp_int, guard_udp_closure,      \
        guard_nothing, guard_closure, guard_state, guard_number, guard_udp_one, guard_enum,       \
        guard_wide, guard_void, guard_pointer, guard_float, guard_struct, guard_name, fold,       \
        fold_closure, fold_unsigned, fold_int_last, fold_argument, fold_short, fold_int,          \
        fold_struct, fold_nothing, fold_udp, twice, differently, cloned, labelled, alias_of_one,  \
        static_label, malloc, status_name, page_allocate, clock_ticks, strlen, printf

#define PROTOTYPE_VARIABLES                                                           \
    default_exported, default_static, default_const, default_unsigned, default_short, \
        default_state, default_text, default_const_text, default_array

#endif
