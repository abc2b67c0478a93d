/* See site_program.h. A domain's calls of other domains and of the kernel are calls of the unknown: they may be bound anew. */
#include "kernel/patch/site_program.h"

#include <stdlib.h>

#include "arch/ppc/code/analysis/near.h"
#include "arch/ppc/image.h"
#include "kernel/code_view.h"
#include "kernel/event/code_source.h"
#include "kernel/owner.h"
#include "kernel/patch/site_arguments.h"
#include "kernel/patch/site_source.h"

#define DOMAINS_MAX 4 /* whose programs are open */

enum kind { KIND_KERNEL, KIND_LIBRARY, KIND_DOMAIN };

struct site_program {
    struct site_program *next; /* the one that was asked for before */
    const struct domain *domain;
    enum kind kind;
    size_t bytes;
    /* What there is to see: the kernel's text, or an index of a domain, but for its words of code. */
    struct site_source kernel;
    struct code_index *index;
    struct code_source domain_source;
    const struct code_source *source;
    /* What sees it. */
    struct site_arguments *arguments; /* of KIND_KERNEL, as the next two */
    struct near_terms near_terms;
    struct near *near;
    struct program *program; /* of the others */
};

static struct site_program *programs;

/* ---- a domain's code ---- */

static bool is_code(void *context, vaddr_t address)
{
    const struct code_area *area = code_index_area_at(context, address);

    return area != NULL && area->code;
}

static bool domain_words(void *context, vaddr_t address, uint32_t words[], size_t n)
{
    return code_index_source(context)->words(context, address, words, n) &&
           code_source()->words(NULL, address, words, n);
}

static bool domain_constant(void *context, vaddr_t address, uint32_t *word)
{
    return is_code(context, address) ? domain_words(context, address, word, 1)
                                     : code_index_source(context)->constant(context, address, word);
}

static status_t open_domain(struct site_program *program)
{
    status_t status = code_view_open_one(program->domain, &program->index);

    if (status != OK)
        return status;
    program->domain_source = *code_index_source(program->index);
    program->domain_source.words = domain_words;
    program->domain_source.constant = domain_constant;
    program->source = &program->domain_source;
    return OK;
}

/* ---- analysis of everything ---- */

static bool type_of(void *context, vaddr_t start, uint32_t *arguments)
{
    return site_arguments_of(context, start, arguments);
}

static status_t analyse_all(struct site_program *program)
{
    struct site_arguments *arguments;
    status_t status = site_arguments_open((struct domain *)program->domain, &arguments);

    if (status != OK)
        return status;
    program_set_types(program->program, type_of, arguments);
    status = program_keep(program->program);
    program_set_types(program->program, NULL, NULL);
    site_arguments_close(arguments);
    return status;
}

static status_t open_whole(struct site_program *program)
{
    status_t status = program_open(program->source, &program->program);

    if (status == OK)
        status = analyse_all(program);
    if (status == OK)
        program_rest(program->program);
    return status;
}

/* ---- analysis of one procedure ---- */

static status_t open_near(struct site_program *program)
{
    status_t status = site_arguments_open(NULL, &program->arguments);

    program->near_terms = (struct near_terms){.source = program->source,
                                              .type = type_of,
                                              .type_context = program->arguments,
                                              .pointers = site_source_pointers};
    return status == OK ? near_open(&program->near_terms, &program->near) : status;
}

/* ---- opening and closing ---- */

static void open_kernel(struct site_program *program)
{
    bool library = program->kind == KIND_LIBRARY;

    site_source_open(&program->kernel,
                     library ? IMAGE(kernel_library_start) : IMAGE(kernel_text_start),
                     IMAGE(kernel_text_end));
    program->source = &program->kernel.source;
}

static status_t open(struct site_program *program)
{
    status_t status = OK;

    if (program->kind == KIND_DOMAIN)
        status = open_domain(program);
    else
        open_kernel(program);
    if (status != OK)
        return status;
    return program->kind == KIND_KERNEL ? open_near(program) : open_whole(program);
}

static void close(struct site_program *program)
{
    near_close(program->near);
    site_arguments_close(program->arguments);
    program_close(program->program);
    if (program->index != NULL)
        code_index_close(program->index);
    free(program);
}

static struct site_program *make(const struct domain *domain, enum kind kind)
{
    size_t before = owner_holds(OWNER_KERNEL);
    struct site_program *program = calloc(1, sizeof *program);

    if (program == NULL)
        return NULL;
    program->domain = domain;
    program->kind = kind;
    if (open(program) != OK) {
        close(program);
        return NULL;
    }
    program->bytes = owner_holds(OWNER_KERNEL) - before;
    return program;
}

/* ---- those that are open, the latest first ---- */

static struct site_program **find(const struct domain *domain, enum kind kind)
{
    struct site_program **link = &programs;

    while (*link != NULL && ((*link)->domain != domain || (*link)->kind != kind))
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
        if ((*link)->kind == KIND_DOMAIN) {
            oldest = link;
            n++;
        }
    if (n > DOMAINS_MAX)
        close(take_out(oldest));
}

static enum kind kind_of(const struct domain *domain, vaddr_t address)
{
    if (domain != NULL)
        return KIND_DOMAIN;
    return address < IMAGE(kernel_library_start) ? KIND_KERNEL : KIND_LIBRARY;
}

struct site_program *site_program_get(const struct domain *domain, vaddr_t address)
{
    enum kind kind = kind_of(domain, address);
    struct site_program *program = take_out(find(domain, kind));

    if (program == NULL)
        program = make(domain, kind);
    if (program == NULL)
        return NULL;
    program->next = programs;
    programs = program;
    close_oldest_domain();
    return program;
}

/* ---- what is asked of one ---- */

bool site_program_procedure(const struct site_program *program, vaddr_t address,
                            struct procedure *procedure)
{
    return program->source->procedure(program->source->context, address, procedure);
}

status_t site_program_live(struct site_program *program, vaddr_t address, const struct live **live)
{
    return program->near != NULL ? near_live(program->near, address, live)
                                 : program_live(program->program, address, live);
}

uint32_t site_program_arguments(const struct site_program *program, vaddr_t start)
{
    uint32_t arguments = 0;

    if (program->near == NULL)
        return program_arguments(program->program, start);
    (void)site_arguments_of(program->arguments, start, &arguments);
    return arguments;
}

void site_program_rest(struct site_program *program, vaddr_t address)
{
    if (program->near != NULL)
        near_rest(program->near);
    else
        program_rest_at(program->program, address);
}

/* ---- forgetting ---- */

void site_program_forget(const struct domain *domain)
{
    for (struct site_program **link = &programs; *link != NULL;)
        if ((*link)->domain == domain)
            close(take_out(link));
        else
            link = &(*link)->next;
}

void site_program_forget_all(void)
{
    while (programs != NULL)
        close(take_out(&programs));
}

size_t site_program_memory(void)
{
    size_t bytes = 0;

    for (const struct site_program *p = programs; p != NULL; p = p->next)
        bytes += p->bytes;
    return bytes;
}
