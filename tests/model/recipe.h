/*
 * Random objects: a recipe says all there is to know about one, and both the bytes of
 * the object file and what the model expects of it are made of that.
 *
 * Text begins with four procedures; behind them come words with relocations. Data begins
 * with the descriptor of an interface, if there is one.
 */
#ifndef TESTS_MODEL_RECIPE_H
#define TESTS_MODEL_RECIPE_H

#include <stdbool.h>
#include <stdint.h>

#include "tests/host/object.h"

/* ---- names of symbols: there are only these ---- */

#define N_PROCEDURES 6
#define N_VARIABLES 3
enum {
    NAME_VARIABLE = N_PROCEDURES,
    NAME_NEAR = NAME_VARIABLE + N_VARIABLES, /* absolute, and so low that a halfword holds it */
    NAME_INIT,
    NAME_FINI,
    NAME_MEMCPY, /* the kernel's; a helper */
    NAME_STATUS,
    NAME_QUERY, /* which knows who calls */
    N_NAMES,
    NAME_NONE = 0xff,
};

extern const char *const recipe_names[N_NAMES];

/* ---- names of domains and of the nameserver ---- */

#define N_PATHS 8
#define N_DOMAIN_NAMES 16
extern const char *const recipe_paths[N_PATHS];
extern const char *const recipe_domains[N_DOMAIN_NAMES];

/* ---- */

enum { TEXT, RODATA, DATA, N_PARTS };

/* The procedures at the beginning of text. */
#define CODE_OK 0     /* returns 0, which is OK and false */
#define CODE_TRUE 8   /* returns 1 */
#define CODE_FAILS 16 /* returns ERR_NOT_FOUND */
#define CODE_FAULT 24 /* is no instruction */
#define CODE_WORDS 7
#define CODE_INIT_OK 0x38600000u
#define CODE_INIT_TRUE 0x38600001u
#define CODE_INIT_FAILS 0x3860fffbu
#define CODE_RETURN 0x4e800020u

/* What a symbol's type is, if the object has types: bits, as several members may differ. */
#define TYPE_NONE 0
#define TYPE_PLAIN 1    /* int(void) */
#define TYPE_ARGUMENT 2 /* int(int) */
#define TYPE_NUMBER 4   /* an int */

enum bond { BOND_STRONG, BOND_WEAK, BOND_COMMON, BOND_ABSOLUTE, BOND_IMPORT, BOND_WEAK_IMPORT };

struct recipe_symbol {
    uint8_t name, bond, part, type;
    uint16_t offset;
    uint16_t size; /* of a common one */
};

struct recipe_place {
    uint8_t part, type;
    uint8_t name;   /* of the symbol referred to; NAME_NONE: the beginning of a part */
    uint8_t target; /* that part */
    uint16_t offset;
    int32_t addend;
    uint32_t original;
};

#define RECIPE_SYMBOLS 12
#define RECIPE_PLACES 28
#define RECIPE_WORDS 32

enum flaw {
    FLAW_NONE,
    FLAW_CUT,        /* half of the file is missing */
    FLAW_TWICE,      /* a strong definition twice */
    FLAW_RELOCATION, /* of a type that is refused */
    FLAW_RANGE,      /* a relocation that cannot fit */
    FLAW_TYPES,      /* a type section that is none */
};

struct recipe {
    struct recipe_symbol symbols[RECIPE_SYMBOLS];
    unsigned n_symbols;
    struct recipe_place places[RECIPE_PLACES];
    unsigned n_places;
    uint32_t words[N_PARTS][RECIPE_WORDS];
    unsigned n_words[N_PARTS];
    bool typed, has_unit;
    uint8_t path;        /* under which the unit is exported; 0xff: it is not */
    uint8_t domain_name; /* in the object; 0xff: none */
    uint8_t required;    /* path that is imported from; 0xff: none */
    uint8_t flaw;
};

struct recipe_terms {
    bool flawed;  /* may have a flaw */
    bool touchy;  /* may have relocations whose range depends on where images lie */
    bool starter; /* few imports */
};

void recipe_make(uint32_t *seed, const struct recipe_terms *terms, struct recipe *recipe);

/* The object, or an archive of n of them; the bytes are the caller's to free. */
struct object_file recipe_build(const struct recipe recipes[], unsigned n, bool archive);

#endif
