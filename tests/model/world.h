/*
 * The model: what domains and the nameserver are, in plain arrays. Each operation is told
 * what the real one gave, from which it takes addresses and nothing else, and says how it
 * should have ended; unless that is OK, it has changed nothing.
 */
#ifndef TESTS_MODEL_WORLD_H
#define TESTS_MODEL_WORLD_H

#include "domains/domain.h"
#include "domains/loader.h"
#include "domains/nameserver.h"
#include "tests/model/recipe.h"

#define WORLD_DOMAINS 30 /* the first are the kernel's */
#define WORLD_IMPORTS 12
#define WORLD_PLACES 96
#define WORLD_BYTES 1536
#define WORLD_MEMBERS 4
#define WORLD_NAMES 16
#define NOBODY (-1)
#define SPIN_PUBLIC 0

struct world_export {
    uint8_t name, types; /* bits; 0: it has none */
    bool weak, identified, helper;
    int definer;
    vaddr_t value;
};

struct world_import {
    uint8_t name, types, last_type;
    bool weak, bound;
    int source, definer;
    uint32_t index; /* of the real one, and of its slot */
    struct world_export definition;
};

struct world_place {
    uint8_t part, type, name;
    bool own; /* the program has changed it */
    uint16_t offset;
    uint8_t target;
    uint16_t section; /* offset in the target part of what it refers to, if name is NAME_NONE */
    int32_t addend;
    uint32_t original;
};

struct world_domain {
    bool live, privileged, lenient, typed, sealed, open; /* open: has more exports than these */
    uint8_t state;
    int id, maker;
    char name[16];
    struct domain *real;
    vaddr_t base[N_PARTS];
    uint32_t size[N_PARTS], used; /* used: bytes of text before the slots */
    uint8_t bytes[N_PARTS][WORLD_BYTES], created[N_PARTS][WORLD_BYTES];
    struct world_export exports[N_NAMES];
    unsigned n_exports;
    struct world_import imports[WORLD_IMPORTS];
    unsigned n_imports;
    struct world_place places[WORLD_PLACES];
    unsigned n_places;
    int members[WORLD_MEMBERS];
    unsigned n_members;
    uint8_t paths[WORLD_MEMBERS];
    vaddr_t units[WORLD_MEMBERS]; /* with a path */
    vaddr_t any_unit;             /* of any member, 0: there is none */
    unsigned n_units;
    uint8_t required[WORLD_MEMBERS];
    unsigned n_required;
};

struct world_name {
    bool live, privileged;
    const char *name;
    int domain, registrar;
    vaddr_t authorizer;
    uint32_t n_denied;
};

struct world {
    struct world_domain domains[WORLD_DOMAINS];
    int order[WORLD_DOMAINS]; /* of creation, without the kernel's */
    unsigned n_order;
    struct world_name names[WORLD_NAMES];
    uint32_t base_users[WORLD_DOMAINS]; /* that the kernel's have for other reasons */
    bool loading;      /* the real images are ahead: only addresses can be read off them */
    const char *wrong; /* what disagreed, NULL: nothing did */
};

struct world_object {
    struct recipe recipes[WORLD_MEMBERS];
    unsigned n;
    bool archive;
    const char *name;
};

/* Only the kernel's domains are there. */
void world_begin(struct world *w);

status_t world_make(struct world *w, const struct domain_terms *terms,
                    const struct world_object *object, struct domain *real, int *made);
status_t world_bind(struct world *w, int source, int target);
status_t world_unbind(struct world *w, int source, int target);
status_t world_unite(struct world *w, const char *name, const int members[], unsigned n, int maker,
                     struct domain *real);
status_t world_make_interface(struct world *w, int maker, vaddr_t unit, struct domain *real,
                              int *made);
status_t world_start(struct world *w, const int group[], unsigned n);
status_t world_end(struct world *w, const int group[], unsigned n);
status_t world_load(struct world *w, const struct domain_terms *terms,
                    const struct world_object objects[], unsigned n, struct domain *const reals[]);

status_t world_register(struct world *w, const char *name, int domain, int registrar,
                        const struct name_terms *terms);
status_t world_query(struct world *w, const char *name, int requester, int *domain);
status_t world_unregister(struct world *w, const char *name, int registrar);

/* Words of data that the program of a running domain changes. */
void world_poke(struct world_domain *d, unsigned place, uint32_t word);

bool world_depends(const struct world *w, int domain, int source);
uint32_t world_users(const struct world *w, int domain);
const struct world_export *world_find(const struct world_domain *d, uint8_t name);
bool world_is_image(const struct world_domain *d);
bool world_is_view(const struct world_domain *d);
unsigned world_unresolved(const struct world_domain *d);

/* What the real image holds. */
void world_fetch(const struct world_domain *d, unsigned part, uint8_t bytes[WORLD_BYTES]);

#endif
