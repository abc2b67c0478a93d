/* Two domains that call each other, and a counting patch on each instruction of one. See cover.h. */
#include "tests/kernel/patch/cover.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <whorl/event.h>

#include "domains/domain.h"
#include "domains/loader.h"
#include "kernel/patch/patch.h"
#include "kernel/test.h"
#include "tests/host/random.h"

#define P(procedure) ((procedure_t)(procedure))

extern const char object_spliced[], object_spliced_end[];
extern const char object_splicer[], object_splicer_end[];

#define OBJECT(n)                                               \
    {                                                           \
#n, object_##n, (size_t)(object_##n##_end - object_##n) \
    }

static const struct domain_terms on_behalf = {.loader = "operator"};

/* ---- two domains ---- */

void load_spliced(void)
{
    const struct loader_object object = OBJECT(spliced);
    struct domain *domain = NULL;

    CHECK_STATUS(OK, loader_load(&on_behalf, &object, 1, &domain));
}

void bind_splicer(void)
{
    CHECK_STATUS(OK, domain_bind(domain_named("spliced"), domain_named("splicer")));
}

void unbind_splicer(void)
{
    CHECK_STATUS(OK, domain_unbind(domain_named("spliced"), domain_named("splicer")));
}

void load_splicer(void)
{
    const struct loader_object object = OBJECT(splicer);
    struct domain *domain = NULL;

    CHECK_STATUS(OK, domain_make(&on_behalf, object.name, object.bytes, object.size, &domain));
    bind_splicer();
    CHECK_STATUS(OK, domain_start(&domain, 1));
}

void unload(const char *name)
{
    struct domain *domain = domain_named(name);

    CHECK_STATUS(OK, domain_end(&domain, 1));
}

vaddr_t address_of(const char *domain, const char *name)
{
    const struct symbol *symbol =
        symbol_find(&domain_named(domain)->image.symbols, name, symbol_hash(name));

    CHECK(symbol != NULL);
    return symbol->value;
}

int call_export(const char *domain, const char *name, int n)
{
    return ((function_t)address_of(domain, name))(n);
}

/* Calls in every way there is. */
int exercise_spliced(void)
{
    int sum =
        call_export("spliced", "spliced_home", 5) + call_export("spliced", "spliced_home_tail", 6);

    sum = 3 * sum + call_export("spliced", "spliced_recursion", 4);
    sum = 3 * sum + call_export("spliced", "spliced_thunk", 7);
    for (int n = 0; n < 7; n++)
        sum = 3 * sum + (n == 2 ? 0
                                : call_export("spliced", "spliced_choice",
                                              n)); /* 2 tells the number of calls */
    return sum;
}

int exercise_splicer(void)
{
    static const char *const names[] = {
        "splicer_call", "splicer_other",           "splicer_thunk",
        "splicer_tail", "splicer_through_pointer", "splicer_variable"};
    int sum = 0;

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        sum = 3 * sum + call_export("splicer", names[i], 5);
    return 3 * sum +
           (call_export("splicer", "splicer_address", 0) == (int)address_of("spliced", "spliced"));
}

/* ---- a patch on each instruction of a domain ---- */

struct cover home = {.domain = "spliced"}, user = {.domain = "splicer"};

void cover_begin(struct cover *cover)
{
    const struct segment *text = &domain_named(cover->domain)->image.memory.text;

    cover->text = text->address;
    cover->n = text->size / 4 < COVERED_MAX ? text->size / 4 : COVERED_MAX;
    cover->copy = malloc(cover->n * 4);
    memcpy(cover->copy, (const void *)cover->text, cover->n * 4);
}

void cover_word(struct cover *cover, size_t i)
{
    if (patch_count((const void *)(cover->text + 4 * i), NULL, &cover->patches[i]) != OK)
        cover->patches[i] = NULL;
}

size_t cover_all(struct cover *cover)
{
    size_t n = 0;

    for (size_t i = 0; i < cover->n; i++) {
        cover_word(cover, i);
        n += cover->patches[i] != NULL;
    }
    return n;
}

unsigned count_of(const patch_t *patch)
{
    uint64_t count = 0;

    return patch_counted(patch, &count) == OK ? (unsigned)count : ~0u;
}

void cover_measure(struct cover *cover)
{
    for (size_t i = 0; i < cover->n; i++)
        cover->wanted[i] = cover->patches[i] != NULL ? count_of(cover->patches[i]) : 0;
}

/* Removes one at random after another. */
void cover_end(struct cover *cover)
{
    uint32_t seed = 77;
    size_t order[COVERED_MAX];

    for (size_t i = 0; i < cover->n; i++)
        order[i] = i;
    for (size_t left = cover->n; left > 0; left--) {
        size_t k = random_below(&seed, (uint32_t)left), i = order[k];

        order[k] = order[left - 1];
        if (cover->patches[i] != NULL && count_of(cover->patches[i]) != ~0u)
            CHECK_STATUS(OK, patch_remove(cover->patches[i]));
        cover->patches[i] = NULL;
    }
}

/* The text is as it was before, with events and bindings as they were then. */
void cover_check_text(struct cover *cover)
{
    CHECK_EQUAL(0, memcmp(cover->copy, (const void *)cover->text, cover->n * 4));
    free(cover->copy);
}

bool cover_is_gone(const struct cover *cover)
{
    bool gone = true;

    for (size_t i = 0; i < cover->n; i++)
        gone = gone && (cover->patches[i] == NULL || count_of(cover->patches[i]) == ~0u);
    return gone;
}

/* How much each has counted since it was measured. */
void cover_check_counts(struct cover *cover, struct cover *before, unsigned times)
{
    for (size_t i = 0; i < cover->n; i++) {
        unsigned wanted = before->wanted[i] + times * cover->wanted[i];

        if (cover->patches[i] == NULL || count_of(cover->patches[i]) == wanted)
            continue;
        CHECK_EQUAL(wanted, count_of(cover->patches[i]));
        printf("    #   %s+0x%x\n", cover->domain, (unsigned)(4 * i));
    }
}

/* ---- handlers that change nothing ---- */

unsigned n_raised;

static int note(int n)
{
    n_raised++;
    return n;
}

static int note_with(void *closure, int n)
{
    n_raised += (unsigned)closure;
    return n;
}

binding_t *install_note(const char *domain, const char *name, bool closure)
{
    const struct event_options options = {.handler_closure = closure ? (void *)1 : NULL,
                                          .order = EVENT_FIRST};
    binding_t *binding = NULL;

    if (!CHECK_STATUS(OK,
                      event_install(P(address_of(domain, name)), closure ? P(note_with) : P(note),
                                    NULL, &options, &binding)))
        printf("    #   %s\n", status_explain());
    return binding;
}
