/*
 * Interfaces: named lists of symbols, procedures and variables.
 * INTERFACE(Console, console_print, console_read); at file scope builds the
 * descriptor at compile time; naming a symbol there refers to it, so whoever runs with
 * the descriptor is linked with what it describes. At most 250 symbols.
 */
#ifndef WHORL_INTERFACE_H
#define WHORL_INTERFACE_H

#include <stddef.h>

/* In front of a declaration: a procedure that is meant as an event, see <whorl/event.h>. */
#if defined(__clang__)
#define EVENT __attribute__((noinline))
#else
#define EVENT __attribute__((noipa))
#endif

struct interface_symbol {
    const char *name;
    const void *address;
};

struct interface {
    const char *name;
    const struct interface_symbol *symbols;
    size_t n_symbols;
};

struct interface_export {
    const char *path;
    const struct interface *interface;
};

#define INTERFACE(interface_name, ...)                                                   \
    static const struct interface_symbol interface_name##_symbols[] = {                  \
        WHORL_FOR_EACH(WHORL_INTERFACE_SYMBOL, __VA_ARGS__)};                            \
    static const struct interface interface_name##_interface __attribute__((unused)) = { \
        #interface_name, interface_name##_symbols,                                       \
        sizeof interface_name##_symbols / sizeof(struct interface_symbol)}

#define INTERFACE_UNIT(interface_name) (&interface_name##_interface)

#define WHORL_INTERFACE_SYMBOL(symbol) {#symbol, (const void *)&symbol},

/* WHORL_FOR_EACH(M, a, b, ...) is M(a) M(b) ...: each scan of WHORL_EXPAND takes one step of the recursion. */
#define WHORL_FOR_EACH(macro, ...) __VA_OPT__(WHORL_EXPAND(WHORL_FOR_EACH_STEP(macro, __VA_ARGS__)))
#define WHORL_FOR_EACH_STEP(macro, first, ...) \
    macro(first) __VA_OPT__(WHORL_FOR_EACH_AGAIN WHORL_PARENTHESES(macro, __VA_ARGS__))
#define WHORL_FOR_EACH_AGAIN() WHORL_FOR_EACH_STEP
#define WHORL_PARENTHESES ()
#define WHORL_EXPAND(...) \
    WHORL_EXPAND_3(WHORL_EXPAND_3(WHORL_EXPAND_3(WHORL_EXPAND_3(__VA_ARGS__))))
#define WHORL_EXPAND_3(...) \
    WHORL_EXPAND_2(WHORL_EXPAND_2(WHORL_EXPAND_2(WHORL_EXPAND_2(__VA_ARGS__))))
#define WHORL_EXPAND_2(...) \
    WHORL_EXPAND_1(WHORL_EXPAND_1(WHORL_EXPAND_1(WHORL_EXPAND_1(__VA_ARGS__))))
#define WHORL_EXPAND_1(...) \
    WHORL_EXPAND_0(WHORL_EXPAND_0(WHORL_EXPAND_0(WHORL_EXPAND_0(__VA_ARGS__))))
#define WHORL_EXPAND_0(...) __VA_ARGS__

#endif
