/*
 * Domains: code, data, exported symbols, and imports not yet bound.
 *
 * A domain_t * is a capability: having it is the right to link against the
 * domain's exports. All functions are for the kernel's main line and for
 * extensions, not for interrupt handlers. Every refusal leaves a sentence,
 * see <whorl/status.h>.
 *
 * Source: Sirer, Fiuczynski, Pardyak, Bershad: Safe Dynamic Linking in an
 * Extensible Operating System, 1995.
 */
#ifndef WHORL_DOMAIN_H
#define WHORL_DOMAIN_H

#include <stddef.h>
#include <whorl/status.h>

typedef struct domain domain_t;

/*
 * DOMAIN("name"); at file scope, once in an extension, says what its domain is
 * called. Without it the domain is called after its file.
 */
#define DOMAIN(name) WHORL_NOTE(".whorl.domain", name)

/* IMPORT_DOMAIN("name"); at file scope: loading also resolves against that domain. */
#define IMPORT_DOMAIN(name) WHORL_NOTE(".whorl.import", name)

#define WHORL_NOTE(where, text) WHORL_NOTE_AT(where, text, __COUNTER__)
#define WHORL_NOTE_AT(where, text, n) WHORL_NOTE_NAMED(where, text, n)
#define WHORL_NOTE_NAMED(where, text, n) \
    static const char whorl_note_##n[] __attribute__((section(where), used, aligned(1))) = text

/*
 * What an extension may define. domain_init runs once all imports are bound and
 * constructors have run; if it does not return OK the domain is taken out again.
 * domain_fini runs before the domain is destroyed.
 */
status_t domain_init(void);
void domain_fini(void);

/*
 * Makes a domain of an ELF relocatable object (a `.o`, or several joined with
 * ld -r). The bytes are copied. The domain is called as its DOMAIN says, else
 * name. Its exports are its global symbols of default visibility.
 * ERR_BAD_OBJECT, ERR_UNSUPPORTED: the object; ERR_EXISTS: the name is taken;
 * ERR_RANGE: a relocation does not reach; ERR_NO_MEMORY.
 */
status_t domain_create(const char *name, const void *object, size_t size, domain_t **domain);

/*
 * Binds target's unbound imports to source's exports of the same name. Adds no
 * exports. ERR_RANGE: a relocation does not reach; ERR_STATE: target is
 * initialized; ERR_BAD_CAPABILITY.
 */
status_t domain_resolve(domain_t *source, domain_t *target);

/*
 * Lets a fully resolved domain run: constructors, then its domain_init.
 * ERR_UNRESOLVED: imports are unbound, the sentence names them; ERR_FAULT: it
 * faulted; ERR_FAILED: its domain_init did not return OK; ERR_STATE: it was
 * initialized before. After the first two failures of running code the domain can
 * only be destroyed.
 */
status_t domain_initialize(domain_t *domain);

/*
 * The same for several that may import from each other: all of them can run
 * before the first is started, and who imports from another is started after it.
 */
status_t domain_initialize_group(domain_t *const domains[], size_t n_domains);

/*
 * Runs domain_fini and destructors and releases everything. ERR_BUSY: others are
 * bound to it, the sentence names them; ERR_STATE: part of the kernel.
 */
status_t domain_destroy(domain_t *domain);

/* The same for several that may be bound to each other; all or none. */
status_t domain_destroy_group(domain_t *const domains[], size_t n_domains);

/* The domain of that name. ERR_NOT_FOUND. */
status_t domain_find(const char *name, domain_t **domain);

#endif
