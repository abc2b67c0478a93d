/*
 * Domains as the kernel sees them; extensions hold capabilities for them and use
 * <whorl/domain.h>, which has the words of the paper: make is Create, bind and unbind
 * are Resolve and Unresolve, unite is Combine, start is Initialize.
 *
 * All domains stand in one list. One made of objects has an image and goes through
 * the states below, those up to DOMAIN_LEAVING; the kernel's own have symbols only; an
 * interface and a union only refer to definitions of others, which stay as long as they do.
 *
 * A domain that is destroyed while its code is still executed leaves: it has no name and no
 * capability any more, what it made is gone, and nobody can be bound to it, but code, data and
 * memory stay, and what it imports stays in use, until everybody has returned from it.
 *
 * A domain in quarantine (kernel/contain/) keeps name, capability and symbols until it is destroyed, and those that are bound to it stay so; its memory goes
 * before.
 *
 * Main line only. Every refusal leaves a sentence and everything else as it was.
 */
#ifndef DOMAINS_DOMAIN_H
#define DOMAINS_DOMAIN_H

#include <stdbool.h>
#include <whorl/domain.h>

#include "domains/image/image.h"

enum domain_state {
    DOMAIN_CREATED,  /* nothing of it can run */
    DOMAIN_WAITING,  /* sealed, while others of its group are started before it */
    DOMAIN_STARTING, /* its constructors or its domain_init run */
    DOMAIN_INITIALIZED,
    DOMAIN_FAILED,      /* started and did not succeed; only to be destroyed */
    DOMAIN_ENDING,      /* its domain_fini or its destructors run */
    DOMAIN_QUARANTINED, /* it did something wrong: nothing of it can run; only to be destroyed */
    DOMAIN_LEAVING,     /* destroyed and out of reach, but not everybody has left its code */
    DOMAIN_KERNEL,      /* part of the kernel image */
    DOMAIN_INTERFACE,   /* made by domain_make_interface */
    DOMAIN_COMBINED,    /* made by domain_unite */
};

struct definition {
    struct domain *definer; /* whose image or table the symbol is in */
    const struct symbol *symbol;
};

/* What an interface or a union exports. */
struct view {
    struct definition *definitions;
    size_t n_definitions;
    uint32_t *slots; /* a hash index: number of a definition + 1, 0 for none */
    uint32_t mask;
    struct domain **members; /* of a union: what it is made of */
    size_t n_members;
};

struct domain {
    struct domain *next;
    domain_t *capability; /* NULL of one that leaves */
    struct domain *maker; /* of an interface or union: it goes with it. NULL: the kernel */
    void *identity;       /* the capability, NULL until it is asked for */
    const char *loader;   /* who loaded it */
    uint32_t hash;        /* of the name */
    uint32_t n_users;     /* imports of other domains that are bound to it or through it */
    uint32_t departure;   /* those that leave together have the same number; 0: it does not leave */
    uint32_t retirement;  /* the latest when it left */
    vaddr_t
        holder; /* a stack address of who starts or ends its group and must not lose it; 0: nobody */
    uint8_t state; /* enum domain_state */
    bool ran;      /* was initialized, so it is told when it ends */
    bool privileged;
    bool lenient;     /* its loader allows what has no type */
    bool quarantined; /* whatever its state: nothing of it is to run any more */
    bool shut;        /* its text was sealed, and does not execute any more */
    bool forgotten;   /* what others had of it was taken away from them */
    bool
        emptied; /* its memory is given back, but not its addresses, nor data that others are bound to */
    bool tested; /* faults of its own are part of what it is for */
    struct image image;
    struct view view;
    char reason[160]; /* why it is in quarantine */
    const struct btf *(*types)(
        void); /* the kernel's: where its symbols' types are; NULL: in image.btf */
    char name[];
};

/* On whose behalf, and with what rights, a domain is made. */
struct domain_terms {
    const char *loader; /* what the loader is called */
    bool privileged;
    bool untyped;  /* objects, imports and definitions without types will do */
    bool patch;    /* the text is executed as a patch, which goes on behind its end */
    bool anywhere; /* the loader looks for what it imports under every name that it may have */
};

/*
 * Of an ELF object or an ar archive of them; see domain_create. ERR_TYPE: it has no
 * types and terms do not allow that.
 */
status_t domain_make(const struct domain_terms *terms, const char *name, const void *object,
                     size_t size, struct domain **domain);

/* A domain of kernel symbols; table and its memory stay the caller's for good. */
status_t domain_make_kernel(const char *name, const struct symbol_table *table,
                            const struct btf *(*types)(void), struct domain **domain);

/*
 * Of an interface at an address in memory (struct interface of <whorl/domain.h>), for
 * its maker, who must define or have bound every symbol of it, at that address.
 * ERR_BAD_ARGUMENT, ERR_DENIED, ERR_NO_MEMORY.
 */
status_t domain_make_interface(struct domain *maker, vaddr_t unit, struct domain **domain);

/* ERR_EXISTS: two of them define a symbol differently; ERR_NO_MEMORY. maker may be NULL. */
status_t domain_unite(const char *name, struct domain *const members[], size_t n,
                      struct domain *maker, struct domain **domain);

status_t domain_bind(struct domain *source, struct domain *target);
status_t domain_unbind(struct domain *source, struct domain *target);

/* All can run before the first is started, and who imports from another is started after it. */
status_t domain_start(struct domain *const group[], size_t n);

/*
 * All or none. Takes with it what they made, and the names of all these. If one of them is still
 * executed, or code that was made for others and goes to it is, all leave, and are released together.
 */
status_t domain_end(struct domain *const group[], size_t n);

/*
 * What was called from this part of a stack does not return. Those that were being started or ended from there are
 * DOMAIN_FAILED, or as before if nothing of them has run.
 */
void domain_unwound(vaddr_t low, vaddr_t end);

/* Whether any may be being started or ended from there. Any context. */
bool domain_any_held(vaddr_t low, vaddr_t end);

/* Whether something may still be made by it or refer to it. ERR_STATE: it leaves, or is in quarantine. NULL is the kernel, which stays. */
status_t domain_check_stays(const struct domain *domain);

/* Releases those that leave and that nobody can return to any more. */
void domain_release_left(void);

/* A number that has changed if an import has been bound or unbound meanwhile, or has gone. */
uint32_t domain_bindings(void);

/* The first domain of the list, and the one after a given one; NULL at the end. */
struct domain *domain_next(const struct domain *domain);

/* The domain of that name, what domains made of others last, and none that leaves; NULL. */
struct domain *domain_named(const char *name);

/* The domain whose image's memory is charged to an owner, also one that leaves; NULL. */
struct domain *domain_of_owner(unsigned owner);

/* What a capability stands for. ERR_BAD_CAPABILITY. */
status_t domain_of(const domain_t *capability, struct domain **domain);

/* In quarantine, even if it is being started, ends or leaves. */
static inline bool domain_is_quarantined(const struct domain *domain)
{
    return domain->quarantined;
}

const char *domain_state_name(enum domain_state state);

/* Whether it exports the name; hash = symbol_hash(name). */
bool domain_definition(const struct domain *domain, const char *name, uint32_t hash,
                       struct definition *definition);

/* Its exports one after another: *cursor is 0 at first. False at the end. */
bool domain_export(const struct domain *domain, size_t *cursor, struct definition *definition);
size_t domain_count_exports(const struct domain *domain);

/* Where the types of its symbols are, which then know them; NULL: it has none, or no memory to read them. */
const struct btf *domain_types(struct domain *domain);

/*
 * Gives back the memory that domain_types and image_entry_at take, if the domain runs and is not likely to be
 * asked again.
 */
void domain_rest(struct domain *domain);
void domain_rest_all(void);

/* Has no types, or had an import without. */
bool domain_is_untyped(const struct domain *domain);

/* Whether something of domain is bound to or through source, or refers to its definitions. */
bool domain_depends_on(const struct domain *domain, const struct domain *source);

/*
 * What an address of text or data belongs to. Unmapped or unowned: false. symbol
 * may come back NULL: no symbol at or below it.
 */
bool domain_at(vaddr_t address, struct domain **domain, const struct symbol **symbol);

/* Calls `each` for every imported symbol of domain that is bound to nothing and not weak; counts them. */
size_t domain_unresolved_imports(const struct domain *domain,
                                 void (*each)(const char *name, void *closure), void *closure);

#endif
