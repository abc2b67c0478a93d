/*
 * Interfaces: named lists of symbols. INTERFACE(Console, console_print, ...)
 * builds the descriptor at compile time; naming a symbol there refers to it, so
 * who can build the descriptor is linked with what it describes.
 */
#ifndef DOMAINS_INTERFACE_H
#define DOMAINS_INTERFACE_H

#include <stdbool.h>
#include <stddef.h>

struct interface_symbol {
    const char *name;
    const void *address;
    bool identified; /* the procedure asks which domain called it (kernel/identity.h) */
};

struct interface {
    const char *name;
    const struct interface_symbol *symbols;
    size_t n_symbols;
};

/* At file scope: an interface of the kernel that becomes part of SpinPublic. At most 250 symbols. */
#define PUBLIC_INTERFACE(interface_name, ...)                           \
    static const struct interface_symbol interface_name##_symbols[] = { \
        FOR_EACH(INTERFACE_SYMBOL, __VA_ARGS__)};                       \
    static const struct interface interface_name##_interface            \
        __attribute__((section(".interfaces"), used)) = {               \
            #interface_name, interface_name##_symbols,                  \
            sizeof interface_name##_symbols / sizeof(struct interface_symbol)}

#define INTERFACE_SYMBOL(symbol) {#symbol, (const void *)&symbol, false},

/*
 * The same for procedures that ask which domain called. Each is defined under its
 * name with identified_ in front, so that the kernel's own calls go elsewhere.
 */
#define IDENTIFIED_INTERFACE(interface_name, ...)                       \
    static const struct interface_symbol interface_name##_symbols[] = { \
        FOR_EACH(IDENTIFIED_SYMBOL, __VA_ARGS__)};                      \
    static const struct interface interface_name##_interface            \
        __attribute__((section(".interfaces"), used)) = {               \
            #interface_name, interface_name##_symbols,                  \
            sizeof interface_name##_symbols / sizeof(struct interface_symbol)}

#define IDENTIFIED_SYMBOL(symbol) {#symbol, (const void *)&identified_##symbol, true},

/* FOR_EACH(M, a, b, ...) is M(a) M(b) ...: each scan of EXPAND takes one step of the recursion. */
#define FOR_EACH(macro, ...) __VA_OPT__(EXPAND(FOR_EACH_STEP(macro, __VA_ARGS__)))
#define FOR_EACH_STEP(macro, first, ...) \
    macro(first) __VA_OPT__(FOR_EACH_AGAIN PARENTHESES(macro, __VA_ARGS__))
#define FOR_EACH_AGAIN() FOR_EACH_STEP
#define PARENTHESES ()
#define EXPAND(...) EXPAND_3(EXPAND_3(EXPAND_3(EXPAND_3(__VA_ARGS__))))
#define EXPAND_3(...) EXPAND_2(EXPAND_2(EXPAND_2(EXPAND_2(__VA_ARGS__))))
#define EXPAND_2(...) EXPAND_1(EXPAND_1(EXPAND_1(EXPAND_1(__VA_ARGS__))))
#define EXPAND_1(...) EXPAND_0(EXPAND_0(EXPAND_0(EXPAND_0(__VA_ARGS__))))
#define EXPAND_0(...) __VA_ARGS__

#endif
