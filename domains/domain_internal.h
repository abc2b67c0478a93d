/*
 * What the files that make up domains share; private to them.
 */
#ifndef DOMAINS_DOMAIN_INTERNAL_H
#define DOMAINS_DOMAIN_INTERNAL_H

#include "domains/domain.h"

/* A new domain at the end of the list, with a capability and everything else zero. ERR_NO_MEMORY. */
status_t domain_enlist(const char *name, const char *loader, enum domain_state state,
                       struct domain **domain);

/* Nobody can name it by its capability any more. */
void domain_revoke(struct domain *domain);

/* Out of the list, its capability revoked, and freed; what it has must be gone. */
void domain_delist(struct domain *domain);

/* A list of names for a sentence, each with a blank in front. There is one; what does not fit is left out. */
void names_begin(void);
void names_add(const char *name, void *closure);
const char *names_text(void);

/* Whether something new may refer to it. ERR_STATE: it has failed, or it or its maker ends or leaves. */
status_t domain_check_source(const struct domain *source);

bool view_find(const struct view *view, const char *name, uint32_t hash,
               struct definition *definition);

/* Frees an interface's or a union's tables, and the domain. */
void view_end(struct domain *domain);

/* What it imports through views it has from their definers from now on: the views may go. */
void binding_shorten(struct domain *domain);

/* Puts users' counts right when a domain with bound imports goes. */
void binding_forget(struct domain *domain);

/* ERR_RANGE: a branch cannot go to 0; then nothing has changed. */
status_t binding_settle_weak(struct domain *domain);

/* Undoes that, of a domain that did not run. */
void binding_unsettle_weak(struct domain *domain);

#endif
