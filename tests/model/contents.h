/* What images hold, according to the model; part of it. */
#ifndef TESTS_MODEL_CONTENTS_H
#define TESTS_MODEL_CONTENTS_H

#include "tests/model/world.h"

/* Where the image lies: as the real one, if there is one. */
void contents_begin(struct world_domain *d, int id);

/* Exports and imports of an object. ERR_EXISTS: two strong definitions in different members. */
status_t contents_merge(struct world_domain *d, const struct world_object *object);

/* Its bytes, and the places in them. ERR_RANGE: a reference to something of its own does not reach. */
status_t contents_place(struct world_domain *d, const struct world_object *object);

/*
 * Brings the bytes to what they should be now. How branches lead through slots is read off
 * the real image; that they lead there is checked.
 */
void contents_read(struct world *w, struct world_domain *d);

/* Remembers the bytes that are there as those of the object, with empty slots. */
void contents_keep(struct world_domain *d);

/* Whether all places of an import reach a definition; whether those of all unbound ones can be 0. */
bool contents_reach(const struct world_domain *d, unsigned import,
                    const struct world_export *definition);
bool contents_reach_nothing(const struct world_domain *d);

/* The address that the code of the domain has for a bound import. */
vaddr_t contents_value(const struct world_domain *d, const struct world_import *import);

/* A word of text. */
uint32_t contents_word(const struct world_domain *d, vaddr_t address);

#endif
