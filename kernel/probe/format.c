/* What is written in formats: see format.h. */
#include "kernel/probe/format.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "domains/object/btf_value.h"
#include "kernel/probe/format_type.h"
#include "kernel/probe/ring.h"

#define EXPRESSION_MAX 200 /* characters between braces */
#define FIRST_ARGUMENT 3
#define LAST_ARGUMENT 10

void format_free(struct format *format)
{
    if (format == NULL)
        return;
    for (size_t i = 0; i <= CAPTURES_MAX; i++) {
        struct format_item *item = &format->items[i];

        free(item->text);
        for (size_t k = 0; k < item->value.n_enumerators; k++)
            free(item->value.enumerators[k].name);
        free(item->value.enumerators);
    }
    free(format);
}

static status_t refuse_memory(void)
{
    return status_refuse(ERR_NO_MEMORY, "no memory for a format");
}

/* ---- items ---- */

/* The text in front of the next expression, or behind the last. */
static status_t add_text(struct format *format, const char *text, size_t length)
{
    char *copy = malloc(length + 1);

    if (copy == NULL)
        return refuse_memory();
    memcpy(copy, text, length);
    copy[length] = 0;
    format->items[format->n].text = copy;
    return OK;
}

static status_t add_capture(struct format *format, const struct subject *subject, bool hexadecimal)
{
    size_t i = format->n;
    status_t status =
        subject_capture(subject, hexadecimal, &format->captures[i], &format->items[i].value);

    if (status == OK)
        format->n++;
    return status;
}

static status_t check_room(const struct format *format)
{
    if (format->n < CAPTURES_MAX)
        return OK;
    return status_refuse(ERR_RANGE, "more than %d expressions", CAPTURES_MAX);
}

/* ---- registers ---- */

static void add_register(struct format *format, unsigned word)
{
    size_t i = format->n++;

    format->captures[i] =
        (struct capture){CAPTURE_VALUE, 4, {.in_register = true, .word = (uint8_t)word}};
    format->items[i].value = (struct value){.kind = VALUE_POINTER, .hexadecimal = true, .size = 4};
}

/* "r3", "cr"; false: it is none. */
static bool is_register(const char *name, unsigned *word)
{
    static const struct {
        char name[4];
        uint8_t word;
    } special[] = {{"cr", WORD_CR}, {"xer", WORD_XER}, {"lr", WORD_LR}, {"ctr", WORD_CTR}};
    char *end;

    for (size_t i = 0; i < sizeof special / sizeof special[0]; i++)
        if (strcmp(name, special[i].name) == 0) {
            *word = special[i].word;
            return true;
        }
    if (name[0] != 'r' || !isdigit((unsigned char)name[1]) || (name[1] == '0' && name[2] != 0))
        return false;
    *word = (unsigned)strtoul(name + 1, &end, 10);
    return *end == 0 && *word < 32;
}

/* ---- expressions ---- */

/* Cuts the next word off; what stood behind it is in *mark: '.', '>' for ->, or 0. NULL: no word is there. */
static char *next_word(char **rest, char *mark)
{
    char *word = *rest, *end = word;

    while (isalnum((unsigned char)*end) || *end == '_')
        end++;
    if (end == word)
        return NULL;
    *mark = *end;
    *rest = end + 1;
    if (end[0] == '-' && end[1] == '>') {
        *mark = '>';
        *rest = end + 2;
    }
    *end = 0;
    return *mark == 0 || *mark == '.' || *mark == '>' ? word : NULL;
}

static bool find_parameter(const struct format_scene *scene, const char *name, unsigned *index)
{
    unsigned n = scene->typed ? btf_n_parameters(scene->type) : 0;

    for (*index = 0; *index < n; (*index)++)
        if (strcmp(subject_parameter_name(scene->type, *index), name) == 0)
            return true;
    return false;
}

static status_t refuse_name(const struct format_scene *scene, const char *name)
{
    unsigned index;

    if (strcmp(name, "return") == 0)
        return status_refuse(ERR_NOT_FOUND, "{return} is there where %s returns: SITE:return",
                             scene->procedure);
    if (scene->where != FORMAT_ENTRY && find_parameter(scene, name, &index))
        return status_refuse(ERR_NOT_FOUND,
                             "{%s}: arguments have a known place only where %s begins", name,
                             scene->procedure);
    if (!scene->typed)
        return status_refuse(ERR_TYPE, "{%s} is no register, and the type of %s is not known", name,
                             scene->procedure);
    return status_refuse(ERR_NOT_FOUND, "{%s} is no register, and no parameter of %s", name,
                         scene->procedure);
}

static status_t find_subject(const struct format_scene *scene, const char *name,
                             struct subject *subject)
{
    unsigned index;

    if (scene->where == FORMAT_EXIT && strcmp(name, "return") == 0) {
        if (!scene->typed)
            return status_refuse(ERR_TYPE, "{return}: the type of %s is not known",
                                 scene->procedure);
        return subject_result(scene->type, subject);
    }
    if (scene->where == FORMAT_ENTRY && find_parameter(scene, name, &index))
        return subject_parameter(scene->type, index, subject);
    return refuse_name(scene, name);
}

static status_t refuse_expression(const char *text)
{
    return status_refuse(ERR_BAD_ARGUMENT,
                         "{%s} is no NAME, with members behind . or ->, and maybe :x", text);
}

/* Words behind the first are members. */
static status_t add_members(char *rest, char mark, const char *text, struct subject *subject)
{
    status_t status = OK;

    while (status == OK && mark != 0) {
        bool points = mark == '>';
        const char *name = next_word(&rest, &mark);

        if (name == NULL)
            return refuse_expression(text);
        status = subject_member(subject, name, points);
    }
    return status;
}

static bool cut_hexadecimal(char *text)
{
    size_t length = strlen(text);

    if (length < 2 || strcmp(text + length - 2, ":x") != 0)
        return false;
    text[length - 2] = 0;
    return true;
}

/* Of what stands between braces. */
static status_t add_expression(struct format *format, const struct format_scene *scene,
                               const char *text)
{
    char copy[EXPRESSION_MAX + 1], *rest = copy, mark;
    struct subject subject;
    const char *name;
    unsigned word, index;
    bool hexadecimal;
    status_t status;

    strcpy(copy, text);
    hexadecimal = cut_hexadecimal(copy);
    name = next_word(&rest, &mark);
    if (name == NULL)
        return refuse_expression(text);
    if (mark == 0 && is_register(name, &word) &&
        !(scene->where == FORMAT_ENTRY && find_parameter(scene, name, &index))) {
        add_register(format, word);
        return OK;
    }
    status = find_subject(scene, name, &subject);
    if (status == OK)
        status = add_members(rest, mark, text, &subject);
    if (status != OK)
        return status;
    status = add_capture(format, &subject, hexadecimal);
    if (status == OK)
        format->items[format->n - 1].value.returned = scene->where == FORMAT_EXIT;
    return status;
}

/* ---- formats ---- */

/* Copies text up to the next expression, whose beginning *text is then, or the end. length is what it has become. */
static status_t copy_text(const char **text, char *copy, size_t *length)
{
    const char *at = *text;
    size_t n = 0;

    for (; *at != 0; at++) {
        if (*at == '{' && at[1] != '{')
            break;
        if (*at == '}' && at[1] != '}')
            return status_refuse(ERR_BAD_ARGUMENT, "a } without a {; }} stands for one");
        if (*at == '{' || *at == '}')
            at++;
        copy[n++] = *at;
    }
    *text = at;
    *length = n;
    return OK;
}

/* text is at the brace, and then behind the other one. */
static status_t cut_expression(const char **text, char expression[EXPRESSION_MAX + 1])
{
    const char *start = *text + 1, *end = strchr(start, '}');

    if (end == NULL)
        return status_refuse(ERR_BAD_ARGUMENT, "a { without a }; {{ stands for one");
    if (end - start > EXPRESSION_MAX)
        return status_refuse(ERR_BAD_ARGUMENT, "more than %d characters between braces",
                             EXPRESSION_MAX);
    memcpy(expression, start, (size_t)(end - start));
    expression[end - start] = 0;
    *text = end + 1;
    return OK;
}

static status_t parse(struct format *format, const struct format_scene *scene, const char *text,
                      char *copy)
{
    char expression[EXPRESSION_MAX + 1];
    size_t length = 0;
    status_t status;

    for (;;) {
        status = copy_text(&text, copy, &length);
        if (status == OK)
            status = add_text(format, copy, length);
        if (status != OK || *text == 0)
            return status;
        status = check_room(format);
        if (status == OK)
            status = cut_expression(&text, expression);
        if (status == OK)
            status = add_expression(format, scene, expression);
        if (status != OK)
            return status;
    }
}

/* ---- without a text ---- */

static status_t add_named(struct format *format, const char *name, const struct subject *subject)
{
    char text[EXPRESSION_MAX];
    int n = snprintf(text, sizeof text, "%s%.100s=", format->n == 0 ? "" : " ", name);
    status_t status = add_text(format, text, (size_t)n);

    return status == OK ? add_capture(format, subject, false) : status;
}

static status_t add_arguments(struct format *format, const struct format_scene *scene)
{
    unsigned n = btf_n_parameters(scene->type);
    status_t status = OK;

    for (unsigned i = 0; status == OK && i < n; i++) {
        const char *name = subject_parameter_name(scene->type, i);
        struct subject subject;

        status = check_room(format);
        if (status == OK)
            status = subject_parameter(scene->type, i, &subject);
        if (status == OK)
            status = add_named(format, name[0] != 0 ? name : "?", &subject);
    }
    return status == OK ? add_text(format, "", 0) : status;
}

static bool returns_in_registers(const struct format_scene *scene)
{
    enum btf_class class = btf_value_of(btf_result_type(scene->type)).class;

    return class == BTF_CLASS_INTEGER || class == BTF_CLASS_POINTER || class == BTF_CLASS_FLOAT;
}

static status_t add_result(struct format *format, const struct format_scene *scene)
{
    struct subject subject;
    status_t status;

    if (!returns_in_registers(scene))
        return add_text(format, "returns", strlen("returns"));
    status = subject_result(scene->type, &subject);
    if (status == OK)
        status = add_named(format, "return", &subject);
    if (status == OK) {
        format->items[0].value.returned = true;
        status = add_text(format, "", 0);
    }
    return status;
}

static status_t add_registers(struct format *format)
{
    status_t status = OK;

    for (unsigned n = FIRST_ARGUMENT; status == OK && n <= LAST_ARGUMENT; n++) {
        char text[8];
        int length = snprintf(text, sizeof text, "%sr%u=", n == FIRST_ARGUMENT ? "" : " ", n);

        status = add_text(format, text, (size_t)length);
        add_register(format, n);
    }
    return status == OK ? add_text(format, "", 0) : status;
}

static status_t make_default(struct format *format, const struct format_scene *scene)
{
    if (scene->typed && scene->where == FORMAT_ENTRY)
        return add_arguments(format, scene);
    if (scene->typed && scene->where == FORMAT_EXIT)
        return add_result(format, scene);
    return add_registers(format);
}

/* ---- */

static status_t check_size(const struct format *format)
{
    size_t n = CAPTURE_HEAD;

    for (size_t i = 0; i < format->n; i++)
        n += capture_words(&format->captures[i]);
    if (n <= RING_RECORD_MAX)
        return OK;
    return status_refuse(ERR_RANGE, "a record may need %u words, and must not more than %u",
                         (unsigned)n, RING_RECORD_MAX);
}

status_t format_parse(const char *text, const struct format_scene *scene, struct format **format)
{
    struct format *made = calloc(1, sizeof *made);
    char *copy = malloc(text != NULL ? strlen(text) + 1 : 1);
    status_t status = OK;

    if (made == NULL || copy == NULL)
        status = refuse_memory();
    else if (text != NULL)
        status = parse(made, scene, text, copy);
    else
        status = make_default(made, scene);
    free(copy);
    if (status == OK)
        status = check_size(made);
    if (status == OK)
        *format = made;
    else
        format_free(made);
    return status;
}
