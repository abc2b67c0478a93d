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

#define PROTOTYPES(P)                                                                             \
    P(nothing_happened)                                                                           \
    P(udp_arrived)                                                                                \
    P(summed)                                                                                     \
    P(asked) P(made) P(mixed) P(wide) P(narrow) P(empty) P(named) P(one) P(raw) P(texted) P(      \
        printed) P(many) P(too_many) P(complex) P(complexly) P(vector) P(listed) P(called)        \
        P(udp_handle) P(udp_handle_const) P(udp_closure) P(udp_count) P(udp_result) P(            \
            udp_unsigned) P(udp_filter) P(udp_filter_const) P(udp_filter_inner)                   \
            P(udp_filter_closure) P(udp_no_closure) P(udp_three) P(udp_variadic) P(handle) P(     \
                handle_closure) P(handle_number) P(sum_handle) P(sum_unsigned) P(sum_void)        \
                P(sum_filter) P(sum_filter_result) P(sum_filter_long) P(sum_filter_short) P(      \
                    linear) P(linear_const) P(linear_closure) P(linear_result) P(linear_signed)   \
                    P(linear_short) P(make_handle) P(make_filter) P(text_handle) P(name_mutable)  \
                        P(guard_udp) P(guard_udp_int) P(guard_udp_closure) P(guard_nothing)       \
                            P(guard_closure) P(guard_state) P(guard_number) P(guard_udp_one)      \
                                P(guard_enum) P(guard_wide) P(guard_void) P(guard_pointer)        \
                                    P(guard_float) P(guard_struct) P(guard_name) P(fold)          \
                                        P(fold_closure) P(fold_unsigned) P(fold_int_last)         \
                                            P(fold_argument) P(fold_short) P(fold_int)            \
                                                P(fold_struct) P(fold_nothing) P(fold_udp)        \
                                                    P(twice) P(differently) P(cloned) P(labelled) \
                                                        P(alias_of_one) P(static_label) P(malloc) \
                                                            P(status_name) P(page_allocate)       \
                                                                P(clock_ticks) P(strlen) P(printf)

#define PROTOTYPE_VARIABLES(V)                                                                  \
    V(default_exported)                                                                         \
    V(default_static)                                                                           \
    V(default_const)                                                                            \
    V(default_unsigned) V(default_short) V(default_state) V(default_text) V(default_const_text) \
        V(default_array)

#endif
