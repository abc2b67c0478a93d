/*
 * Domains: code, data, exported symbols, and imports not yet bound.
 *
 * A domain_t * is a capability: having it is the right to link against the
 * domain's exports, and to do to it what is declared here. A value that is none, or
 * stands for a domain that is gone, is ERR_BAD_CAPABILITY everywhere. All functions
 * are for the kernel's main line and for extensions, not for interrupt handlers.
 * Every refusal leaves a sentence, see <whorl/status.h>, and everything else as it was.
 *
 * Source: Sirer, Fiuczynski, Pardyak, Bershad: Safe Dynamic Linking in an
 * Extensible Operating System, 1995.
 */
#ifndef WHORL_DOMAIN_H
#define WHORL_DOMAIN_H

#include <stddef.h>
#include <whorl/interface.h>
#include <whorl/status.h>

typedef struct domain_capability domain_t;

/* ---- what an extension says of itself, at file scope ---- */

/*
 * DOMAIN("name"); once in an extension, says what its domain is called. Without it
 * the domain is called after its file. Others cannot find it by that: see
 * EXPORT_INTERFACE.
 */
#define DOMAIN(name) WHORL_NOTE(".whorl.domain", name)

/* IMPORT_DOMAIN("name"); loading also resolves against the domain that the nameserver has under that name. */
#define IMPORT_DOMAIN(name) WHORL_NOTE(".whorl.import", name)

/*
 * EXPORT_INTERFACE("name", Name); loading makes a domain of INTERFACE(Name, ...), which stands
 * before it, and registers it with the nameserver under "name".
 */
#define EXPORT_INTERFACE(path, interface_name) WHORL_EXPORT_AT(path, interface_name, __COUNTER__)

#define WHORL_NOTE(where, text) WHORL_NOTE_AT(where, text, __COUNTER__)
#define WHORL_NOTE_AT(where, text, n) WHORL_NOTE_NAMED(where, text, n)
#define WHORL_NOTE_NAMED(where, text, n) \
    static const char whorl_note_##n[] __attribute__((section(where), used, aligned(1))) = text

#define WHORL_EXPORT_AT(path, interface_name, n) WHORL_EXPORT_NAMED(path, interface_name, n)
#define WHORL_EXPORT_NAMED(path, interface_name, n)                 \
    static struct interface_export whorl_export_##n __attribute__(( \
        section(".whorl_exports"), used, aligned(4))) = {path, INTERFACE_UNIT(interface_name)}

/*
 * What an extension may define. domain_init runs once all imports are bound and
 * constructors have run; if it does not return OK the domain is taken out again,
 * unless others were bound to it meanwhile: then it has failed, and stays until they go.
 * domain_fini runs before the domain is destroyed.
 */
status_t domain_init(void);
void domain_fini(void);

/* ---- the operations ---- */

/*
 * Makes a domain of an ELF relocatable object (a `.o`, or several joined with
 * ld -r), or of an `ar` archive of them, all of whose members become one. The bytes are
 * copied. The domain is called as its DOMAIN says, else name. Its exports are its
 * global symbols of default visibility. It is unprivileged.
 * ERR_BAD_OBJECT, ERR_UNSUPPORTED: the object; ERR_EXISTS: the name is taken, or two
 * members define a symbol; ERR_TYPE: it was compiled without -gbtf; ERR_RANGE: a
 * relocation does not reach; ERR_NO_MEMORY.
 */
EVENT status_t domain_create(const char *name, const void *object, size_t size, domain_t **domain);

/*
 * Makes a domain that exports the symbols of an interface that the caller defines or
 * is linked with: domain_create_from_interface(INTERFACE_UNIT(Name), &domain). Any
 * number may be made; they go with the caller. ERR_DENIED: the caller is not linked with
 * a symbol, or not at that address; ERR_BAD_ARGUMENT: not an interface; ERR_NO_MEMORY.
 */
EVENT status_t domain_create_from_interface(const struct interface *unit, domain_t **domain);

/*
 * Binds target's unbound imports to source's exports of the same name and a compatible
 * type. Adds no exports. ERR_TYPE: the types do not fit, the sentence has both;
 * ERR_RANGE: a relocation does not reach; ERR_STATE: one of the two is beginning, ending,
 * has failed, or target has no imports by its nature; ERR_NO_MEMORY.
 */
EVENT status_t domain_resolve(domain_t *source, domain_t *target);

/*
 * Unbinds what target imports from source, or from others through it or what it made. A
 * domain that never ran gets back the bytes of its object. In one that did, a call then
 * traps with the symbol's name until the import is bound again; its state is kept.
 */
EVENT status_t domain_unresolve(domain_t *source, domain_t *target);

/*
 * Makes a domain that exports what two others do; it goes with the caller. The same
 * definition in both is fine, and a strong one goes before a weak one; ERR_EXISTS: two
 * define a symbol differently, the sentence names both; ERR_NO_MEMORY.
 */
EVENT status_t domain_combine(domain_t *one, domain_t *other, domain_t **domain);

/*
 * Lets a fully resolved domain run: constructors, then its domain_init.
 * ERR_UNRESOLVED: imports are unbound, the sentence names them; ERR_FAULT: it
 * faulted; ERR_FAILED: its domain_init did not return OK; ERR_STATE: it was
 * initialized before. After the first two failures of running code the domain can
 * only be destroyed.
 */
EVENT status_t domain_initialize(domain_t *domain);

/*
 * The same for several that may import from each other: all of them can run
 * before the first is started, and who imports from another is started after it.
 */
EVENT status_t domain_initialize_group(domain_t *const domains[], size_t n_domains);

/*
 * Runs domain_fini and destructors and releases everything, the domains that it made of
 * interfaces and combined, and their names. What it has installed on events is removed first. A
 * domain whose code is still executed, as the caller's own, is out of reach then, and
 * what it imports from stays in use; code and memory are released when everybody has returned.
 * ERR_BUSY: others are bound to it, the sentence names them; ERR_STATE: part of the kernel, or
 * in the middle of something.
 */
EVENT status_t domain_destroy(domain_t *domain);

/* The same for several that may be bound to each other; all or none. */
EVENT status_t domain_destroy_group(domain_t *const domains[], size_t n_domains);

/* ---- queries ---- */

/* What the domain is called, cut to size - 1 characters and a zero. ERR_BAD_ARGUMENT: size is 0. */
EVENT status_t domain_name(domain_t *domain, char *name, size_t size);

struct domain_export {
    const char *name;
    const char *type;    /* as C has it; "" if it is not known */
    const char *definer; /* name of the domain whose definition it is */
    const void *address;
    size_t size; /* bytes, 0 if unknown */
};

struct domain_import {
    const char *name;
    const char *type;
    const char *source;  /* name of the domain that it is bound through, NULL: unbound */
    const char *definer; /* name of the domain whose definition it is, NULL: unbound */
    int weak;            /* may stay unbound */
};

/*
 * Call `each` for every export, every import (bound or not), the name of every domain bound to or
 * through this one. The records and strings are valid during the call, which must not
 * change any domain.
 */
EVENT status_t domain_exports(domain_t *domain,
                              void (*each)(const struct domain_export *symbol, void *closure),
                              void *closure);
EVENT status_t domain_imports(domain_t *domain,
                              void (*each)(const struct domain_import *symbol, void *closure),
                              void *closure);
EVENT status_t domain_dependents(domain_t *domain, void (*each)(const char *name, void *closure),
                                 void *closure);

/* Of the imports, those that are neither bound nor weak. */
EVENT status_t domain_unresolved(domain_t *domain, void (*each)(const char *name, void *closure),
                                 void *closure);

#endif
