/*
 * What the suites about several domains share: a beginning and an end for each test,
 * domains of small objects, and what can be said of refusals.
 */
#ifndef TESTS_SCENE_H
#define TESTS_SCENE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "domains/domain.h"
#include "tests/host/object.h"

#define BL 0x48000001u
#define BLR 0x4e800020u
#define SCENE_SYMBOLS_MAX 64

/* Before and after each test; the latter fails if something of it is left. */
int scene_begin(void **state);
int scene_end(void **state);

#define SCENE(name) cmocka_unit_test_setup_teardown(name, scene_begin, scene_end)

void assert_ok(status_t status);

/* The refusal and a part of its sentence. */
void assert_refusal(status_t status, status_t expected, const char *words);

/* With fake_terms; make ends the object. */
status_t make_status(const char *name, struct object *o, struct domain **domain);
struct domain *make(const char *name, struct object *o);

/* Of an object of the corpus; the terms decide whether it may be untyped. */
status_t make_compiled(const struct domain_terms *terms, const char *name, const char *file,
                       struct domain **domain);

void end(struct domain *domain);
void start(struct domain *domain);

/* An object with these procedures, four bytes apart; at most 8 names, blanks between. */
struct object *exporting(const char *names);

/* The same, and calls of an import each. */
struct object *importing(const char *names);

/* Lets the object call an import, at the only word of a section of its own. */
void add_call(struct object *o, const char *import, uint8_t info);

/* A domain that can end, of a symbol at any address for each of the names. */
struct scene_symbol {
    const char *name;
    vaddr_t value;
};
struct domain *provide(const char *name, const struct scene_symbol *symbols, size_t n);

/* The import of that name, which must be there. */
struct import *import_of(const struct domain *domain, const char *name);

/* The export of that name, which must be there. */
struct symbol *export_of(const struct domain *domain, const char *name);

/* A word of an image, sealed or not. */
uint32_t scene_word(const struct domain *domain, vaddr_t address);

/* All bytes of an image, and what is known of its imports and of all domains' users. */
struct snapshot {
    uint8_t *bytes;
    size_t size;
    uint8_t states[SCENE_SYMBOLS_MAX];
    uint32_t n_users[SCENE_SYMBOLS_MAX];
};
struct snapshot snapshot_take(const struct domain *domain);
void snapshot_free(struct snapshot *snapshot);

/* Whether all is as it was; frees the snapshot. */
void assert_unchanged(const struct domain *domain, struct snapshot *before, const char *what);

#endif
