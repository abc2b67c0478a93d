/* See recipe.h. */
#include "tests/model/recipe.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "domains/object/bytes.h"
#include "domains/object/relocation.h"
#include "tests/host/random.h"

const char *const recipe_names[N_NAMES] = {
    "f0",          "f1",          "f2",     "f3",          "f4",
    "f5",          "v0",          "v1",     "v2",          "near",
    "domain_init", "domain_fini", "memcpy", "status_name", "nameserver_query"};

const char *const recipe_paths[N_PATHS] = {"n/0", "n/1", "n/2/x", "n/2/y", "d0", "n//4", "n 5", ""};

const char *const recipe_domains[N_DOMAIN_NAMES] = {"d0", "d1", "d2", "d3", "d4", "d5",
                                                    "d6", "d7", "d8", "d9", "da", "db",
                                                    "dc", "dd", "de", "d f"};

#define NEAR_VALUE 0x1230
#define REFUSED_TYPE 19 /* R_PPC_COPY */

static bool chance(uint32_t *seed, unsigned of)
{
    return random_below(seed, of) == 0;
}

/* ---- symbols ---- */

static uint8_t usual_type(uint8_t name)
{
    if (name < NAME_VARIABLE)
        return name % 2 == 0 ? TYPE_PLAIN : TYPE_ARGUMENT;
    return name <= NAME_NEAR ? TYPE_NUMBER : TYPE_NONE;
}

static uint8_t choose_type(uint32_t *seed, uint8_t name)
{
    static const uint8_t types[] = {TYPE_NONE, TYPE_PLAIN, TYPE_ARGUMENT, TYPE_NUMBER};

    if (name >= NAME_INIT || !chance(seed, 16))
        return usual_type(name);
    return types[random_below(seed, 4)];
}

static bool has_symbol(const struct recipe *recipe, uint8_t name)
{
    for (unsigned i = 0; i < recipe->n_symbols; i++)
        if (recipe->symbols[i].name == name)
            return true;
    return false;
}

static struct recipe_symbol *add_symbol(uint32_t *seed, struct recipe *recipe, uint8_t name,
                                        enum bond bond)
{
    struct recipe_symbol *symbol = &recipe->symbols[recipe->n_symbols++];

    *symbol = (struct recipe_symbol){.name = name, .bond = (uint8_t)bond};
    symbol->type = choose_type(seed, name);
    symbol->part = name < NAME_VARIABLE ? TEXT : DATA;
    if (bond == BOND_COMMON)
        symbol->size = (uint16_t)(4 + random_below(seed, 4) * 4);
    return symbol;
}

static void add_exports(uint32_t *seed, struct recipe *recipe, bool starter)
{
    unsigned n = random_below(seed, starter ? 5 : 3);

    for (unsigned i = 0; i < n; i++) {
        uint8_t name = (uint8_t)random_below(seed, NAME_NEAR + 1);
        enum bond bond = chance(seed, 4) ? BOND_WEAK : BOND_STRONG;

        if (has_symbol(recipe, name))
            continue;
        if (name == NAME_NEAR)
            bond = BOND_ABSOLUTE;
        else if (name >= NAME_VARIABLE && chance(seed, 3))
            bond = BOND_COMMON;
        (void)add_symbol(seed, recipe, name, bond);
    }
    if (starter && chance(seed, 2))
        add_symbol(seed, recipe, NAME_INIT, BOND_STRONG)->part = TEXT;
    if (starter && chance(seed, 3))
        add_symbol(seed, recipe, NAME_FINI, BOND_STRONG)->part = TEXT;
}

static void add_imports(uint32_t *seed, struct recipe *recipe, bool few)
{
    unsigned n = random_below(seed, few ? 2 : 4);

    for (unsigned i = 0; i < n; i++) {
        uint8_t name = (uint8_t)random_below(seed, NAME_NEAR + 1);

        if (chance(seed, 4))
            name = (uint8_t)(NAME_MEMCPY + random_below(seed, 3));
        if (!has_symbol(recipe, name))
            (void)add_symbol(seed, recipe, name, chance(seed, 4) ? BOND_WEAK_IMPORT : BOND_IMPORT);
    }
}

/* Once it is known how large the parts are. */
static void place_symbols(uint32_t *seed, struct recipe *recipe)
{
    for (unsigned i = 0; i < recipe->n_symbols; i++) {
        struct recipe_symbol *symbol = &recipe->symbols[i];

        if (symbol->bond > BOND_WEAK)
            continue;
        symbol->offset = (uint16_t)(4 * random_below(seed, recipe->n_words[symbol->part]));
        if (symbol->name == NAME_INIT || symbol->name == NAME_FINI)
            symbol->offset = chance(seed, 6) ? CODE_FAILS : CODE_OK;
        if ((symbol->name == NAME_INIT || symbol->name == NAME_FINI) && chance(seed, 16))
            symbol->offset = CODE_FAULT;
    }
}

/* ---- words and places ---- */

static uint16_t add_word(struct recipe *recipe, unsigned part, uint32_t word)
{
    recipe->words[part][recipe->n_words[part]] = word;
    return (uint16_t)(recipe->n_words[part]++ * 4);
}

static uint16_t add_string(struct recipe *recipe, const char *text)
{
    uint16_t offset = (uint16_t)(recipe->n_words[RODATA] * 4);
    uint8_t bytes[24] = {0};

    strcpy((char *)bytes, text);
    for (size_t i = 0; i <= strlen(text); i += 4)
        (void)add_word(recipe, RODATA, get32(bytes + i));
    return offset;
}

static struct recipe_place *add_place(struct recipe *recipe, unsigned part, uint16_t offset,
                                      uint8_t type)
{
    struct recipe_place *place = &recipe->places[recipe->n_places++];
    uint32_t word = recipe->words[part][offset / 4];

    *place = (struct recipe_place){
        .part = (uint8_t)part, .type = type, .offset = offset, .name = NAME_NONE};
    place->original = word;
    return place;
}

/* A word that points to something of the object's own. */
static void add_pointer(struct recipe *recipe, unsigned part, unsigned target, int32_t addend)
{
    struct recipe_place *place = add_place(recipe, part, add_word(recipe, part, 0), R_PPC_ADDR32);

    place->target = (uint8_t)target;
    place->addend = addend;
}

static uint8_t choose(uint32_t *seed, const uint8_t *types, unsigned n)
{
    return types[random_below(seed, n)];
}

#define CHOOSE(seed, ...) \
    choose(seed, (const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__}))

static uint8_t type_in_text(uint32_t *seed)
{
    if (chance(seed, 2))
        return CHOOSE(seed, R_PPC_REL24, R_PPC_REL24, R_PPC_PLTREL24, R_PPC_LOCAL24PC);
    if (chance(seed, 4))
        return CHOOSE(seed, R_PPC_REL14, R_PPC_REL14_BRTAKEN, R_PPC_REL14_BRNTAKEN, R_PPC_REL32);
    return CHOOSE(seed, R_PPC_ADDR16_HA, R_PPC_ADDR16_LO, R_PPC_ADDR16_HI, R_PPC_REL16_HA,
                  R_PPC_REL16_LO, R_PPC_REL16_HI);
}

/* Those that reach from hardly anywhere. */
static uint8_t touchy_type(uint32_t *seed, bool touchy)
{
    if (touchy && chance(seed, 4))
        return R_PPC_REL16;
    return CHOOSE(seed, R_PPC_ADDR16, R_PPC_ADDR24, R_PPC_ADDR14, R_PPC_ADDR14_BRTAKEN,
                  R_PPC_ADDR14_BRNTAKEN);
}

static uint32_t instruction_for(uint32_t *seed, uint8_t type)
{
    uint32_t junk = random_next(seed);

    switch (type) {
    case R_PPC_REL24:
    case R_PPC_PLTREL24:
    case R_PPC_LOCAL24PC:
        return 0x48000000 | (junk & 0x03fffffd);
    case R_PPC_ADDR24:
        return 0x48000002 | (junk & 0x03fffffd);
    case R_PPC_REL14:
    case R_PPC_REL14_BRTAKEN:
    case R_PPC_REL14_BRNTAKEN:
        return 0x41820000 | (junk & 0x0020fffd);
    case R_PPC_ADDR14:
    case R_PPC_ADDR14_BRTAKEN:
    case R_PPC_ADDR14_BRNTAKEN:
        return 0x41820002 | (junk & 0x0020fffd);
    default:
        return 0x38600000 | (junk & 0xffff);
    }
}

static bool is_half(uint8_t type)
{
    return relocation_types[type].width == 2;
}

/* A place for a reference, with something in it that must come back. */
static struct recipe_place *add_reference(uint32_t *seed, struct recipe *recipe, unsigned part,
                                          uint8_t type)
{
    uint32_t word = part == TEXT ? instruction_for(seed, type) : random_next(seed);
    uint16_t offset = add_word(recipe, part, word);
    struct recipe_place *place =
        add_place(recipe, part, (uint16_t)(offset + (is_half(type) ? 2 : 0)), type);

    place->original = is_half(type) ? word & 0xffff : word;
    return place;
}

static int32_t choose_addend(uint32_t *seed)
{
    if (!chance(seed, 4))
        return 0;
    return chance(seed, 12) ? 2 : (int32_t)random_below(seed, 5) * 4 - 8;
}

static void refer_to(uint32_t *seed, struct recipe *recipe, const struct recipe_symbol *symbol,
                     bool touchy)
{
    unsigned part = chance(seed, 3) ? DATA : chance(seed, 8) ? RODATA : TEXT;
    bool low = symbol->name >= NAME_NEAR, odd = chance(seed, low ? 3 : touchy ? 12 : 40);
    uint8_t type = part == TEXT
                       ? type_in_text(seed)
                       : CHOOSE(seed, R_PPC_ADDR32, R_PPC_ADDR32, R_PPC_ADDR32, R_PPC_REL32);
    struct recipe_place *place;

    if (odd && part == TEXT)
        type = touchy_type(seed, touchy);
    else if (odd && part == DATA && low)
        type = R_PPC_ADDR16;
    else if (touchy && part == DATA && !low && chance(seed, 5))
        type = R_PPC_REL16; /* which reaches what lies next to it */
    place = add_reference(seed, recipe, part, type);
    place->name = symbol->name;
    place->addend = choose_addend(seed);
}

static void refer_to_own(uint32_t *seed, struct recipe *recipe)
{
    unsigned n = random_below(seed, 3);

    for (unsigned i = 0; i < n; i++) {
        struct recipe_place *place = add_reference(seed, recipe, TEXT, type_in_text(seed));

        place->target = (uint8_t)(chance(seed, 4) ? DATA : TEXT);
        place->addend = place->target == TEXT ? 4 * (int32_t)random_below(seed, CODE_WORDS) : 0;
    }
}

static void refer(uint32_t *seed, struct recipe *recipe, bool touchy)
{
    for (unsigned i = 0; i < recipe->n_symbols; i++) {
        const struct recipe_symbol *symbol = &recipe->symbols[i];
        bool import = symbol->bond >= BOND_IMPORT;
        unsigned n =
            import ? 1 + random_below(seed, 3) : symbol->name < NAME_NEAR && chance(seed, 3);

        if (import && chance(seed, 20))
            n = 0;
        while (n-- > 0 && recipe->n_places < RECIPE_PLACES - 8)
            refer_to(seed, recipe, symbol, import && touchy);
    }
    refer_to_own(seed, recipe);
}

/* ---- interfaces ---- */

/* Of some of its symbols, imports too; sometimes it says a wrong name, or that there are none. */
static void add_unit(uint32_t *seed, struct recipe *recipe)
{
    unsigned n = recipe->n_symbols < 3 ? recipe->n_symbols : 3;

    if (n == 0)
        return;
    recipe->has_unit = true;
    if (chance(seed, 2))
        recipe->path =
            (uint8_t)(chance(seed, 8) ? random_below(seed, N_PATHS) : random_below(seed, 4));
    add_pointer(recipe, DATA, RODATA, add_string(recipe, "I"));
    add_pointer(recipe, DATA, DATA, 12);
    (void)add_word(recipe, DATA, chance(seed, 16) ? 0 : n);
    for (unsigned i = 0; i < n; i++) {
        uint8_t name = recipe->symbols[i].name, said = chance(seed, 24) ? NAME_STATUS : name;
        struct recipe_place *place;

        add_pointer(recipe, DATA, RODATA, add_string(recipe, recipe_names[said]));
        place = add_place(recipe, DATA, add_word(recipe, DATA, random_next(seed)), R_PPC_ADDR32);
        place->name = name;
    }
}

/* ---- */

static void add_flaw(uint32_t *seed, struct recipe *recipe)
{
    recipe->flaw = (uint8_t)(1 + random_below(seed, FLAW_TYPES));
    if (recipe->flaw == FLAW_TYPES)
        recipe->typed = true;
    if (recipe->flaw == FLAW_RANGE)
        (void)add_reference(seed, recipe, TEXT, R_PPC_ADDR16);
    if (recipe->flaw == FLAW_RELOCATION)
        (void)add_reference(seed, recipe, TEXT, REFUSED_TYPE);
    if (recipe->flaw != FLAW_TWICE)
        return;
    recipe->n_symbols = 0; /* what its places refer to must be there */
    recipe->n_places = 0;
    recipe->has_unit = false;
    recipe->path = 0xff;
    for (unsigned i = 0; i < 2; i++)
        (void)add_symbol(seed, recipe, 0, BOND_STRONG);
}

void recipe_make(uint32_t *seed, const struct recipe_terms *terms, struct recipe *recipe)
{
    static const uint32_t code[CODE_WORDS] = {
        CODE_INIT_OK, CODE_RETURN, CODE_INIT_TRUE, CODE_RETURN, CODE_INIT_FAILS, CODE_RETURN, 0};

    memset(recipe, 0, sizeof *recipe);
    recipe->path = recipe->domain_name = recipe->required = 0xff;
    recipe->typed = !chance(seed, 3);
    for (unsigned i = 0; i < CODE_WORDS; i++)
        (void)add_word(recipe, TEXT, code[i]);
    add_exports(seed, recipe, terms->starter);
    add_imports(seed, recipe, terms->starter);
    if (chance(seed, 2))
        add_unit(seed, recipe);
    refer(seed, recipe, terms->touchy);
    (void)add_word(recipe, DATA, random_next(seed));
    place_symbols(seed, recipe);
    if (chance(seed, 8))
        recipe->domain_name = (uint8_t)random_below(seed, N_DOMAIN_NAMES - 1);
    if (chance(seed, 4))
        recipe->required = (uint8_t)random_below(seed, N_PATHS - 3);
    if (terms->flawed && chance(seed, 12))
        add_flaw(seed, recipe);
}

/* ---- types ---- */

struct bytes {
    uint8_t bytes[1024];
    uint32_t size;
};

static void put(struct bytes *to, uint32_t word)
{
    put32(to->bytes + to->size, word);
    to->size += 4;
}

static uint32_t put_text(struct bytes *to, const char *text)
{
    uint32_t offset = to->size;

    strcpy((char *)to->bytes + offset, text);
    to->size += (uint32_t)strlen(text) + 1;
    return offset;
}

#define KIND(kind, n) ((uint32_t)(kind) << 24 | (n))
enum { KIND_INT = 1, KIND_FUNC = 12, KIND_PROTO = 13, KIND_VAR = 14 };
enum { ID_INT = 1, ID_PLAIN, ID_ARGUMENT };

static void put_entry(struct bytes *types, struct bytes *strings,
                      const struct recipe_symbol *symbol)
{
    put(types, put_text(strings, recipe_names[symbol->name]));
    if (symbol->type == TYPE_NUMBER) {
        put(types, KIND(KIND_VAR, 0));
        put(types, ID_INT);
        put(types, 1);
    } else {
        put(types, KIND(KIND_FUNC, 1));
        put(types, symbol->type == TYPE_PLAIN ? ID_PLAIN : ID_ARGUMENT);
    }
}

static void put_types(const struct recipe *recipe, struct bytes *types, struct bytes *strings)
{
    static const uint32_t ids[] = {
        1, KIND(KIND_INT, 0),   4,      0x01000020,        /* int */
        0, KIND(KIND_PROTO, 0), ID_INT,                    /* int(void) */
        0, KIND(KIND_PROTO, 1), ID_INT, 0,          ID_INT /* int(int) */
    };

    (void)put_text(strings, "");
    (void)put_text(strings, "int");
    for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++)
        put(types, ids[i]);
    for (unsigned i = 0; i < recipe->n_symbols; i++)
        if (recipe->symbols[i].type != TYPE_NONE)
            put_entry(types, strings, &recipe->symbols[i]);
}

static void add_types(struct object *object, const struct recipe *recipe)
{
    static struct bytes types, strings, section;

    types.size = strings.size = section.size = 0;
    put_types(recipe, &types, &strings);
    put(&section, recipe->flaw == FLAW_TYPES ? 0xeb9e0100 : 0xeb9f0100);
    put(&section, 24);
    put(&section, 0);
    put(&section, types.size);
    put(&section, types.size);
    put(&section, strings.size);
    memcpy(section.bytes + section.size, types.bytes, types.size);
    section.size += types.size;
    memcpy(section.bytes + section.size, strings.bytes, strings.size);
    section.size += strings.size;
    (void)object_section(object, ".BTF", SHT_PROGBITS, 0, section.bytes, section.size);
}

/* ---- the object ---- */

struct building {
    struct object *object;
    unsigned sections[N_PARTS], parts[N_PARTS]; /* of the file; symbols of those sections */
    unsigned symbols[RECIPE_SYMBOLS];
};

static void build_symbol(struct building *b, const struct recipe_symbol *symbol, unsigned i)
{
    uint8_t type =
        symbol->name < NAME_VARIABLE || symbol->name == NAME_INIT || symbol->name == NAME_FINI
            ? STT_FUNC
            : STT_OBJECT;
    uint8_t bind = symbol->bond == BOND_WEAK ? STB_WEAK : STB_GLOBAL;
    const char *name = recipe_names[symbol->name];

    switch (symbol->bond) {
    case BOND_IMPORT:
        b->symbols[i] = object_symbol(b->object, name, OBJECT_IMPORT, SHN_UNDEF, 0, 0);
        break;
    case BOND_WEAK_IMPORT:
        b->symbols[i] = object_symbol(b->object, name, OBJECT_WEAK, SHN_UNDEF, 0, 0);
        break;
    case BOND_COMMON:
        b->symbols[i] = object_symbol(b->object, name, OBJECT_INFO(STB_GLOBAL, STT_OBJECT),
                                      SHN_COMMON, 4, symbol->size);
        break;
    case BOND_ABSOLUTE:
        b->symbols[i] = object_symbol(b->object, name, OBJECT_INFO(STB_GLOBAL, STT_OBJECT), SHN_ABS,
                                      NEAR_VALUE, 0);
        break;
    default:
        b->symbols[i] = object_symbol(b->object, name, OBJECT_INFO(bind, type),
                                      (uint16_t)b->sections[symbol->part], symbol->offset, 4);
        break;
    }
}

static void build_place(struct building *b, const struct recipe *recipe,
                        const struct recipe_place *place)
{
    unsigned symbol = b->parts[place->target];

    for (unsigned i = 0; i < recipe->n_symbols && place->name != NAME_NONE; i++)
        if (recipe->symbols[i].name == place->name)
            symbol = b->symbols[i];
    object_relocate(b->object, b->sections[place->part], place->offset, place->type, symbol,
                    place->addend);
}

/* The words for the loader: path and descriptor. */
static void build_export(struct building *b, const struct recipe *recipe)
{
    static const uint32_t nothing[2];
    unsigned section = object_words(b->object, ".whorl_exports", OBJECT_DATA, nothing, 2);
    unsigned text = object_section(b->object, ".rodata.path", SHT_PROGBITS, SHF_ALLOC,
                                   recipe_paths[recipe->path],
                                   (uint32_t)strlen(recipe_paths[recipe->path]) + 1);
    unsigned path =
        object_symbol(b->object, "", OBJECT_INFO(STB_LOCAL, STT_SECTION), (uint16_t)text, 0, 0);

    object_relocate(b->object, section, 0, R_PPC_ADDR32, path, 0);
    object_relocate(b->object, section, 4, R_PPC_ADDR32, b->parts[DATA], 0);
}

static void build_note(struct object *object, const char *section, const char *name)
{
    (void)object_section(object, section, SHT_PROGBITS, SHF_ALLOC, name,
                         (uint32_t)strlen(name) + 1);
}

static struct object_file build(const struct recipe *recipe)
{
    static const char *const names[] = {".text", ".rodata", ".data"};
    static const uint32_t flags[] = {OBJECT_CODE, SHF_ALLOC, OBJECT_DATA};
    struct building b = {.object = object_begin()};
    struct object_file file;

    for (unsigned part = 0; part < N_PARTS; part++) {
        b.sections[part] = object_words(b.object, names[part], flags[part], recipe->words[part],
                                        recipe->n_words[part]);
        b.parts[part] = object_symbol(b.object, "", OBJECT_INFO(STB_LOCAL, STT_SECTION),
                                      (uint16_t)b.sections[part], 0, 0);
    }
    for (unsigned i = 0; i < recipe->n_symbols; i++)
        build_symbol(&b, &recipe->symbols[i], i);
    for (unsigned i = 0; i < recipe->n_places; i++)
        build_place(&b, recipe, &recipe->places[i]);
    if (recipe->path != 0xff)
        build_export(&b, recipe);
    if (recipe->domain_name != 0xff)
        build_note(b.object, ".whorl.domain", recipe_domains[recipe->domain_name]);
    if (recipe->required != 0xff)
        build_note(b.object, ".whorl.import", recipe_paths[recipe->required]);
    if (recipe->typed)
        add_types(b.object, recipe);
    file = object_end(b.object);
    if (recipe->flaw == FLAW_CUT)
        file.size /= 2;
    return file;
}

/* ---- archives ---- */

#define AR_MAGIC "!<arch>\n"
#define AR_HEADER 60

static struct object_file join(struct object_file files[], unsigned n)
{
    struct object_file all = {NULL, sizeof AR_MAGIC - 1};
    uint8_t *next;

    for (unsigned i = 0; i < n; i++)
        all.size += AR_HEADER + ((files[i].size + 1) & ~(size_t)1);
    all.bytes = malloc(all.size);
    memset(all.bytes, '\n', all.size);
    memcpy(all.bytes, AR_MAGIC, sizeof AR_MAGIC - 1);
    next = all.bytes + sizeof AR_MAGIC - 1;
    for (unsigned i = 0; i < n; i++) {
        char header[AR_HEADER + 16];

        snprintf(header, sizeof header, "m%u.o/%-11s%-12u%-6u%-6u%-8s%-10u`\n", i, "", 0, 0, 0,
                 "100644", (unsigned)files[i].size);
        memcpy(next, header, AR_HEADER);
        memcpy(next + AR_HEADER, files[i].bytes, files[i].size);
        next += AR_HEADER + ((files[i].size + 1) & ~(size_t)1);
        free(files[i].bytes);
    }
    return all;
}

struct object_file recipe_build(const struct recipe recipes[], unsigned n, bool archive)
{
    struct object_file files[4];

    for (unsigned i = 0; i < n; i++)
        files[i] = build(&recipes[i]);
    return archive ? join(files, n) : files[0];
}
