/*
 * What the files of this folder share; private to them.
 */
#ifndef KERNEL_PATCH_PATCH_PRIVATE_H
#define KERNEL_PATCH_PATCH_PRIVATE_H

#include "arch/ppc/code/analysis/live.h"
#include "kernel/event/prototype.h"
#include "kernel/patch/patch.h"
#include "kernel/patch/site.h"
#include "kernel/quiescence.h"
#include "kernel/quota.h"

/* A word that leads to a place: by a branch, by a springboard, or by a trap. */
struct lead {
    vaddr_t at;
    vaddr_t target; /* 0: it leads nowhere, and has what it had */
    vaddr_t slot;   /* the springboard's; 0: none */
    uint8_t way;    /* enum patch_way */
    owner_t payer;  /* to whom the springboard is charged */
};

/* Generated code of a site. It lives until nobody is in it any more. */
struct patch_body {
    struct retired retired;
    struct patch_body *next; /* of those that begin in the same page, or of the same bucket */
    vaddr_t site;
    vaddr_t code;
    size_t size;    /* bytes */
    unsigned depth; /* how many bodies the site is in, one in another */
    struct patch_code *form;
    size_t n;
    struct patch *patches[]; /* whose actions it has */
};

/* Of a replacement: where calling it runs what would run without it. */
struct original {
    struct lead lead; /* at the start of `stub` */
    struct patch_body *stub,
        *bare; /* the displaced instruction alone; it must be there when memory is short */
};

struct patch {
    struct patch *next;           /* of its site, in order */
    struct patch *before, *after; /* of all, by number */
    struct patch *next_relying;
    struct site *site; /* NULL: it is gone, and a body that is left has it still */
    unsigned number;
    uint8_t kind;          /* enum patch_kind */
    volatile bool faulted; /* its handler has */
    bool relies;           /* on what its handler clobbers */
    unsigned users;        /* bodies, and itself while it is there */
    patch_t *capability;
    struct domain *owner; /* NULL: the kernel */
    const struct domain *
        host; /* of the handler, event, replacement, or of the place where words stood; NULL: the kernel */
    struct action action;
    uint32_t *words;
    uint32_t counter[2];
    vaddr_t near; /* where the body is wanted; 0: by the site */
    struct original *original;
    void (*lost)(void *closure);
    void *lost_closure;
};

/* An instruction that has patches. */
struct site {
    struct site *next; /* of its bucket */
    vaddr_t address;
    uint32_t word; /* without patches */
    struct site_facts facts;
    struct patch *first;
    struct patch_body *body; /* NULL: there is nothing but a replacement */
    struct lead lead;
};

/* ---- table.c ---- */

struct site *site_at(vaddr_t address);
status_t site_make(vaddr_t address, const struct site_facts *facts, struct site **site);

/* Takes it out of the table; it has no patches any more. */
void site_end(struct site *site);

/* Calls `each` for every site in a range; which may end it. */
void sites_each(vaddr_t start, size_t size, void (*each)(struct site *site, void *context),
                void *context);

/* The next after a given one, NULL: the first, in no particular order; NULL at the end. */
struct site *site_next(const struct site *site);

void body_enlist(struct patch_body *body);
void body_unlist(struct patch_body *body);
struct patch_body *body_at(vaddr_t address);

/* With a number and a capability, behind all others. ERR_NO_MEMORY, ERR_QUOTA. */
status_t patch_make(enum patch_kind kind, struct domain *owner, struct patch **patch);

/* It is no patch any more: stale, and in no list of all. Its memory goes with its last user. */
void patch_end(struct patch *patch);
owner_t patch_payer(const struct patch *patch);
void patch_put(struct patch *patch);

/* Also one whose handler has faulted, until it is gone; NULL: it is none. */
struct patch *patch_find(const patch_t *capability);

/* ERR_BAD_CAPABILITY: it is none, or its handler has faulted. */
status_t patch_of(const patch_t *capability, struct patch **patch);

extern struct patch *patches_first, *patches_relying;

/* ---- lead.c ---- */

/* Never fails if there is memory for nothing: by a trap. An original's word must not: ERR_NO_MEMORY; ERR_QUOTA: who pays has no more springboards. Nothing has changed then. */
status_t lead_to(struct lead *lead, vaddr_t target, bool may_trap);

/* Its springboard, if it has one or gets one, is an owner's. */
void lead_charge(struct lead *lead, owner_t payer);

/* The word that was there stands there again. */
void lead_back(struct lead *lead, uint32_t word);

/* Springboards are free: those that trap get one. */
void leads_promote(void);

/* ---- body.c ---- */

/* How many bodies an address is in, one in another. */
unsigned body_depth(vaddr_t address);

/*
 * What the patches of a site come to, or the displaced instruction alone (`bare`); nothing leads there yet. *body is NULL if nothing
 * but a replacement is left. ERR_NO_MEMORY.
 */
status_t body_make(const struct site *site, bool bare, struct patch_body **body);
void body_retire(struct patch_body *body);

/* What it is to execute instead of the displaced instruction, a b or bl, is another one now. */
void body_retarget(struct patch_body *body, uint32_t word);

/* Takes a patch's action out, in place. */
void body_take_out(struct patch_body *body, const struct patch *patch);

/* The replacement that counts at a site: the latest before a given one, NULL: of all. NULL: there is none. */
struct patch *site_replacement(const struct site *site, const struct patch *before);

/* ---- floating.c ---- */

/* Takes floating-point and vector registers out of what is live at a site whose program has none. */
void floating_mask(vaddr_t address, struct register_set *live);

/* A domain goes. */
void floating_forget(void);

/* ---- change.c ---- */

/* ERR_BUSY. What this begins is ended with the status of it all. */
status_t patching_begin(void);
status_t patching_end(status_t status);

/* Puts a patch on a site, which is made if there is none; first: before the others. On failure the patch is as it was, on no site. */
status_t change_insert(struct patch *patch, vaddr_t address, bool first);

/* Never fails. With `lost`, who has it is told. */
void change_remove(struct patch *patch, bool lost);

/* Makes the body of a site again; what a replacement leaves. */
status_t change_remake(struct site *site);
status_t original_remake(struct site *site, struct patch *patch);

/* ---- handler.c ---- */

/* What a caller (NULL: the kernel) wants called. Fills action and host. Errors as patch_insert. */
status_t handler_take(struct domain *caller, vaddr_t procedure, bool closure,
                      const struct patch_options *options, struct patch *patch);

/* The same of one that is known to fit; patch->host is filled. */
void handler_use(vaddr_t procedure, bool closure, const struct patch_options *options,
                 struct patch *patch);

/* ---- what extensions and the kernel ask for; caller is NULL for the kernel ---- */

struct patch_wish {
    const void *site;
    struct patch_options options;
};

status_t patching_insert(struct domain *caller, const struct patch_wish *wish, procedure_t handler,
                         void *closure, patch_t **patch);
status_t patching_insert_code(struct domain *caller, const struct patch_wish *wish,
                              const uint32_t words[], size_t n, patch_t **patch);
uint64_t patch_read_count(const struct patch *patch);
status_t patching_count(struct domain *caller, const struct patch_wish *wish, patch_t **patch);
status_t patching_raise(struct domain *caller, const struct patch_wish *wish, procedure_t event,
                        patch_t **patch);
status_t patching_replace(struct domain *caller, procedure_t procedure, procedure_t replacement,
                          patch_t **patch);

#endif
