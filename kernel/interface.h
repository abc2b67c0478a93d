/*
 * The kernel's own interfaces: each becomes a domain at boot and part of SpinPublic or
 * SpinPrivate. The lists are gathered by the linker; those of one name, which may stand
 * in several files, are one interface. Files that have any are named in linker.ld, which
 * puts their types where the kernel looks for them.
 */
#ifndef KERNEL_INTERFACE_H
#define KERNEL_INTERFACE_H

#include <stdbool.h>
#include <whorl/interface.h>

enum interface_kind {
    INTERFACE_PUBLIC,
    INTERFACE_IDENTIFIED, /* public; the procedures ask which domain called (kernel/identity.h) */
    INTERFACE_HELPERS,    /* public; the compiler calls them by itself, so they have no types */
    INTERFACE_PRIVATE,
    INTERFACE_PRIVATE_IDENTIFIED,
};

struct kernel_interface {
    const char *name;
    const struct interface_symbol *symbols;
    size_t n_symbols;
    enum interface_kind kind;
};

/* At file scope. At most 250 symbols each. */
#define PUBLIC_INTERFACE(name, ...) \
    KERNEL_INTERFACE(name, WHORL_INTERFACE_SYMBOL, INTERFACE_PUBLIC, __VA_ARGS__)
#define PRIVATE_INTERFACE(name, ...) \
    KERNEL_INTERFACE(name, WHORL_INTERFACE_SYMBOL, INTERFACE_PRIVATE, __VA_ARGS__)
#define HELPER_INTERFACE(name, ...) \
    KERNEL_INTERFACE(name, WHORL_INTERFACE_SYMBOL, INTERFACE_HELPERS, __VA_ARGS__)

/*
 * For procedures that ask which domain called. Each is defined under its
 * name with identified_ in front, so that the kernel's own calls go elsewhere.
 */
#define IDENTIFIED_INTERFACE(name, ...) \
    KERNEL_INTERFACE(name, IDENTIFIED_SYMBOL, INTERFACE_IDENTIFIED, __VA_ARGS__)
#define IDENTIFIED_PRIVATE_INTERFACE(name, ...) \
    KERNEL_INTERFACE(name, IDENTIFIED_SYMBOL, INTERFACE_PRIVATE_IDENTIFIED, __VA_ARGS__)

#define IDENTIFIED_PREFIX "identified_"
#define IDENTIFIED_SYMBOL(symbol) {#symbol, (const void *)&identified_##symbol},

#define KERNEL_INTERFACE(interface_name, symbol, kind, ...)                      \
    static const struct interface_symbol interface_name##_##kind##_symbols[] = { \
        WHORL_FOR_EACH(symbol, __VA_ARGS__)};                                    \
    static const struct kernel_interface interface_name##_##kind                 \
        __attribute__((section(".interfaces"), used)) = {                        \
            #interface_name, interface_name##_##kind##_symbols,                  \
            sizeof interface_name##_##kind##_symbols / sizeof(struct interface_symbol), kind}

#endif
