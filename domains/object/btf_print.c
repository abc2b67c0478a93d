/*
 * btf_print of btf.h: C declarators without a name. What stands left of the name
 * and what stands right of it are two walks over the same types, so both must stop
 * at the same depth. A walk costs a character for each branch it takes and ends when
 * the text is full, which bounds it on any circle.
 */
#include <stdio.h>
#include <string.h>

#include "domains/object/btf_record.h"

#define DEPTH_MAX 16     /* pointers, arrays and procedures within each other */
#define MODIFIERS_MAX 16 /* around one type */

#define QUALIFIERS (BTF_BIT(BTF_CONST) | BTF_BIT(BTF_VOLATILE) | BTF_BIT(BTF_RESTRICT))

struct printer {
    const struct btf_blob *blob;
    char *text;
    size_t size, length; /* of the text: room for it, and what it has */
};

/* A type with the qualifiers around it, as bits of their kinds. */
struct bare {
    uint32_t id;
    const uint8_t *record; /* NULL for void */
    unsigned kind, qualifiers;
};

static bool full(const struct printer *printer)
{
    return printer->length + 1 >= printer->size;
}

/* Names may hold anything, but what is printed goes to terminals. */
static void emit(struct printer *printer, const char *text)
{
    for (; *text != 0 && !full(printer); text++)
        printer->text[printer->length++] = *text >= ' ' && *text <= '~' ? *text : '?';
}

static char last(const struct printer *printer)
{
    return printer->length > 0 ? printer->text[printer->length - 1] : '(';
}

/* A word, pointer or parenthesis keeps off a word before it, but not off a star. */
static void emit_apart(struct printer *printer, const char *text)
{
    if (last(printer) != '*' && last(printer) != '(')
        emit(printer, " ");
    emit(printer, text);
}

/* Through qualifiers; typedefs have a name of their own and stay. */
static struct bare unqualify(const struct btf_blob *blob, uint32_t id)
{
    const unsigned through = QUALIFIERS | BTF_BIT(BTF_TYPE_TAG);
    struct bare bare = {.kind = BTF_CIRCLE};

    for (int i = 0; i < MODIFIERS_MAX && id != 0; i++) {
        const uint8_t *record = btf_record(blob, id);
        unsigned kind = btf_kind(record);

        if ((through >> kind & 1) == 0) {
            bare.id = id;
            bare.record = record;
            bare.kind = kind;
            return bare;
        }
        bare.qualifiers |= QUALIFIERS & BTF_BIT(kind);
        id = btf_target(record);
    }
    if (id == 0)
        bare.kind = BTF_VOID;
    return bare;
}

/* Qualifiers of parameters and results are no part of a procedure's type. */
static uint32_t unqualified(const struct btf_blob *blob, uint32_t id)
{
    struct bare bare = unqualify(blob, id);

    return bare.kind == BTF_CIRCLE ? id : bare.id;
}

/* ---- names ---- */

/* As they are commonly written; other compilers record them so. */
static const char *usual(const char *name)
{
    static const char *const names[][2] = {
        {"short int", "short"},         {"short unsigned int", "unsigned short"},
        {"long int", "long"},           {"long unsigned int", "unsigned long"},
        {"long long int", "long long"}, {"long long unsigned int", "unsigned long long"},
    };

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(name, names[i][0]) == 0)
            return names[i][1];
    return name;
}

static const char *keyword(const struct bare *bare)
{
    switch (bare->kind) {
    case BTF_STRUCT:
        return "struct ";
    case BTF_UNION:
        return "union ";
    case BTF_ENUM:
    case BTF_ENUM64:
        return "enum ";
    case BTF_FWD:
        return btf_flag(bare->record) ? "union " : "struct ";
    default:
        return NULL;
    }
}

static void print_name(struct printer *printer, const struct bare *bare)
{
    const char *word, *name;

    if (bare->record == NULL) {
        emit(printer, bare->kind == BTF_VOID ? "void" : "...");
        return;
    }
    word = keyword(bare);
    name = btf_name(printer->blob, bare->record);
    if (word != NULL)
        emit(printer, word);
    if (name[0] == 0)
        name = word != NULL ? "{...}" : "?";
    emit(printer, bare->kind == BTF_INT ? usual(name) : name);
}

/* ---- left of the name ---- */

/* Arrays and procedures bind stronger than a pointer to them. */
static bool binds(const struct bare *bare)
{
    return bare->kind == BTF_ARRAY || bare->kind == BTF_FUNC_PROTO;
}

static void qualify_pointer(struct printer *printer, unsigned qualifiers)
{
    if ((qualifiers & BTF_BIT(BTF_CONST)) != 0)
        emit_apart(printer, "const");
    if ((qualifiers & BTF_BIT(BTF_VOLATILE)) != 0)
        emit_apart(printer, "volatile");
    if ((qualifiers & BTF_BIT(BTF_RESTRICT)) != 0)
        emit_apart(printer, "restrict");
}

static void print_left(struct printer *printer, uint32_t id, unsigned qualifiers, int depth);

static void print_star(struct printer *printer, const struct bare *pointer, unsigned qualifiers,
                       int depth)
{
    uint32_t target = btf_target(pointer->record);
    struct bare pointee = unqualify(printer->blob, target);

    print_left(printer, target, 0, depth);
    emit_apart(printer, binds(&pointee) ? "(*" : "*");
    qualify_pointer(printer, qualifiers);
}

static void print_word(struct printer *printer, const struct bare *bare, unsigned qualifiers)
{
    if ((qualifiers & BTF_BIT(BTF_CONST)) != 0)
        emit(printer, "const ");
    if ((qualifiers & BTF_BIT(BTF_VOLATILE)) != 0)
        emit(printer, "volatile ");
    print_name(printer, bare);
}

/* What qualifies an array qualifies its elements; procedures cannot be qualified. */
static void print_left(struct printer *printer, uint32_t id, unsigned qualifiers, int depth)
{
    struct bare bare = unqualify(printer->blob, id);

    qualifiers |= bare.qualifiers;
    if (full(printer))
        return;
    if (depth == 0)
        emit(printer, "...");
    else if (bare.kind == BTF_PTR)
        print_star(printer, &bare, qualifiers, depth - 1);
    else if (bare.kind == BTF_ARRAY)
        print_left(printer, btf_element(bare.record), qualifiers, depth - 1);
    else if (bare.kind == BTF_FUNC_PROTO)
        print_left(printer, unqualified(printer->blob, btf_target(bare.record)), 0, depth - 1);
    else
        print_word(printer, &bare, qualifiers);
}

/* ---- right of the name ---- */

static void print_right(struct printer *printer, uint32_t id, int depth);

static void print_parameter(struct printer *printer, uint32_t id, int depth)
{
    id = unqualified(printer->blob, id);
    print_left(printer, id, 0, depth);
    print_right(printer, id, depth);
}

static void print_parameters(struct printer *printer, const uint8_t *prototype, int depth)
{
    bool variadic = btf_variadic(prototype);
    unsigned n = btf_vlen(prototype) - variadic;

    emit(printer, "(");
    for (unsigned i = 0; i < n && !full(printer); i++) {
        if (i > 0)
            emit(printer, ", ");
        print_parameter(printer, btf_field_type(btf_parameter(prototype, i)), depth);
    }
    if (n == 0 && !variadic)
        emit(printer, "void");
    else if (n > 0 && variadic)
        emit(printer, ", ...");
    emit(printer, ")");
}

static void print_count(struct printer *printer, const uint8_t *array)
{
    char text[16] = "[]";

    if (btf_count(array) != 0)
        snprintf(text, sizeof text, "[%u]", (unsigned)btf_count(array));
    emit(printer, text);
}

static void close_star(struct printer *printer, uint32_t target, int depth)
{
    struct bare pointee = unqualify(printer->blob, target);

    if (binds(&pointee))
        emit(printer, ")");
    print_right(printer, target, depth);
}

static void print_right(struct printer *printer, uint32_t id, int depth)
{
    struct bare bare = unqualify(printer->blob, id);

    if (depth == 0 || full(printer))
        return;
    if (bare.kind == BTF_PTR) {
        close_star(printer, btf_target(bare.record), depth - 1);
    } else if (bare.kind == BTF_ARRAY) {
        print_count(printer, bare.record);
        print_right(printer, btf_element(bare.record), depth - 1);
    } else if (bare.kind == BTF_FUNC_PROTO) {
        print_parameters(printer, bare.record, depth - 1);
        print_right(printer, unqualified(printer->blob, btf_target(bare.record)), depth - 1);
    }
}

void btf_print(struct btf_type type, char *text, size_t size)
{
    struct printer printer = {.blob = type.blob, .text = text, .size = size};

    if (size == 0)
        return;
    print_left(&printer, type.id, 0, DEPTH_MAX);
    print_right(&printer, type.id, DEPTH_MAX);
    text[printer.length] = 0;
}
