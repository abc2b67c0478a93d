/* See site_program.h. A domain's calls of other domains and of the kernel are calls of the unknown: they may be bound anew. */
#include "kernel/patch/site_program.h"

#include <stdlib.h>

#include "kernel/code_view.h"
#include "kernel/event/code_source.h"
#include "kernel/owner.h"
#include "kernel/patch/site_arguments.h"

#define DOMAINS_MAX 4 /* whose programs are open */

struct site_program {
    struct site_program *next; /* the one that was asked for before */
    const struct domain *domain;
    struct code_index *index;
    struct code_source source; /* the index, but for words of code */
    struct program *program;
    size_t bytes;
};

static struct site_program *programs;

/* ---- words ---- */

static bool is_code(void *context, vaddr_t address)
{
    const struct code_area *area = code_index_area_at(context, address);

    return area != NULL && area->code;
}

static bool source_words(void *context, vaddr_t address, uint32_t words[], size_t n)
{
    const struct code_source *source = code_source();

    return code_index_source(context)->words(context, address, words, n) &&
           source->words(source->context, address, words, n);
}

static bool source_constant(void *context, vaddr_t address, uint32_t *word)
{
    return is_code(context, address) ? source_words(context, address, word, 1)
                                     : code_index_source(context)->constant(context, address, word);
}

/* ---- opening and closing ---- */

static size_t bytes_in_use(void)
{
    return owner_holds(OWNER_KERNEL);
}

static bool ask_type(void *context, vaddr_t start, uint32_t *arguments)
{
    return site_arguments_of(context, start, arguments);
}

static status_t analyse(struct site_program *program)
{
    struct site_arguments *arguments;
    status_t status = site_arguments_open((struct domain *)program->domain, &arguments);

    if (status != OK)
        return status;
    program_set_types(program->program, ask_type, arguments);
    status = program_keep(program->program);
    program_set_types(program->program, NULL, NULL);
    site_arguments_close(arguments);
    return status;
}

static status_t open_program(struct site_program *program)
{
    status_t status = code_view_open_one(program->domain, &program->index);

    if (status != OK)
        return status;
    program->source = *code_index_source(program->index);
    program->source.words = source_words;
    program->source.constant = source_constant;
    status = program_open(&program->source, &program->program);
    if (status == OK)
        status = analyse(program);
    if (status == OK)
        program_rest(program->program);
    return status;
}

static void close_program(struct site_program *program)
{
    program_close(program->program);
    if (program->index != NULL)
        code_index_close(program->index);
    free(program);
}

static struct site_program *make(const struct domain *domain)
{
    size_t before = bytes_in_use();
    struct site_program *program = calloc(1, sizeof *program);

    if (program == NULL)
        return NULL;
    program->domain = domain;
    if (open_program(program) != OK) {
        close_program(program);
        return NULL;
    }
    program->bytes = bytes_in_use() - before;
    return program;
}

/* ---- those that are open, the latest first ---- */

static struct site_program **find(const struct domain *domain)
{
    struct site_program **link = &programs;

    while (*link != NULL && (*link)->domain != domain)
        link = &(*link)->next;
    return link;
}

static struct site_program *take_out(struct site_program **link)
{
    struct site_program *program = *link;

    if (program != NULL)
        *link = program->next;
    return program;
}

static void close_oldest_domain(void)
{
    struct site_program **oldest = NULL;
    size_t n = 0;

    for (struct site_program **link = &programs; *link != NULL; link = &(*link)->next)
        if ((*link)->domain != NULL) {
            oldest = link;
            n++;
        }
    if (n > DOMAINS_MAX)
        close_program(take_out(oldest));
}

struct site_program *site_program_get(const struct domain *domain)
{
    struct site_program *program = take_out(find(domain));

    if (program == NULL)
        program = make(domain);
    if (program == NULL)
        return NULL;
    program->next = programs;
    programs = program;
    close_oldest_domain();
    return program;
}

bool site_program_procedure(const struct site_program *program, vaddr_t address,
                            struct procedure *procedure)
{
    return program->source.procedure(program->source.context, address, procedure);
}

status_t site_program_live(struct site_program *program, vaddr_t address, const struct live **live)
{
    return program_live(program->program, address, live);
}

uint32_t site_program_arguments(const struct site_program *program, vaddr_t start)
{
    return program_arguments(program->program, start);
}

void site_program_rest(struct site_program *program, vaddr_t address)
{
    program_rest_at(program->program, address);
}

void site_program_forget(const struct domain *domain)
{
    struct site_program *program = take_out(find(domain));

    if (program != NULL)
        close_program(program);
}

void site_program_forget_all(void)
{
    while (programs != NULL)
        close_program(take_out(&programs));
}

size_t site_program_memory(void)
{
    size_t bytes = 0;

    for (const struct site_program *p = programs; p != NULL; p = p->next)
        bytes += p->bytes;
    return bytes;
}
