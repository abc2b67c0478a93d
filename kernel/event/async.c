/*
 * See async.h. The raiser does not wait, so what a pointer leads to must outlive the raise: known calls that pass addresses of
 * their own frame are found beforehand; of others each raise is looked at (deferral.h).
 */
#include "kernel/event/async.h"

#include "arch/ppc/code/analysis/passed.h"
#include "arch/ppc/processor.h"
#include "domains/object/btf_value.h"
#include "kernel/event/code_source.h"
#include "kernel/event/deferral.h"
#include "kernel/event/event_private.h"
#include "kernel/strand/strand.h"

#define NAME_SIZE 160

status_t async_check_options(const struct binding_wish *wish)
{
    const struct event_options *options = &wish->options;
    const char *what = NULL;

    if (options->linear)
        what = "gets its arguments as words";
    else if (options->filter)
        what = "may change arguments for others";
    else if (options->cancel)
        what = "ends the raise";
    if (!options->async || what == NULL)
        return OK;
    return status_refuse(ERR_TYPE, "a handler that %s cannot be asynchronous", what);
}

/* ---- calls of the event ---- */

/* Which arguments are pointers, and where they are passed. */
struct pointers {
    uint64_t words; /* 1 << n: word n is one */
    unsigned n;
    struct passed_place places[ARGUMENTS_MAX];
    uint8_t parameters[ARGUMENTS_MAX]; /* that they are, from 1 */
};

static struct passed_place place_of(place_t place)
{
    if (PLACE_IS_REGISTER(place))
        return (struct passed_place){.number = place};
    return (struct passed_place){.in_frame = true, .offset = (uint16_t)PLACE_OFFSET(place)};
}

static void find_pointers(const struct procedure_type *procedure, const struct signature *signature,
                          struct pointers *pointers)
{
    place_t places[WORDS_MAX];
    unsigned word = 0;

    *pointers = (struct pointers){.n = 0};
    (void)signature_places(signature, false, true, places, NULL);
    for (unsigned i = 0; i < signature->n_arguments; i++) {
        struct btf_type type = btf_parameter_type(procedure->type, i);

        if (btf_value_of(type).class == BTF_CLASS_POINTER) {
            pointers->words |= (uint64_t)1 << word;
            pointers->places[pointers->n] = place_of(places[word]);
            pointers->parameters[pointers->n++] = (uint8_t)(i + 1);
        }
        word += signature->words[i];
    }
}

struct calls {
    const struct event *event;
    const struct pointers *pointers;
};

static status_t check_call(void *context, vaddr_t start, size_t size)
{
    const struct calls *calls = context;
    const struct pointers *pointers = calls->pointers;
    char name[NAME_SIZE];
    vaddr_t site = 0;
    size_t found;
    status_t status = passed_find(code_source(), start, start + (vaddr_t)size, pointers->places,
                                  pointers->n, &found, &site);

    if (status != OK || found == pointers->n)
        return status;
    code_source_name(site, name, sizeof name);
    return status_refuse(
        ERR_TYPE,
        "the call of %s at %s passes, as parameter %u, the address of something in "
        "its own frame, which an asynchronous handler may find gone",
        calls->event->name, name, pointers->parameters[found]);
}

/* ---- results ---- */

static status_t check_result(const struct event *event)
{
    if (event->signature.result_size == 0 || event->state.default_handler.callee != NULL ||
        event->state.default_value != NULL)
        return OK;
    return status_refuse(ERR_TYPE,
                         "%s returns something, and has neither default result nor default "
                         "handler, so it has no asynchronous ones",
                         event->name);
}

/* ---- beginning ---- */

/* A kernel's procedure does what it does for who installed it. */
static struct domain *payer_of(const struct bond *bond)
{
    struct domain *domain;
    const struct symbol *symbol;

    return domain_at(bond->handler.callee->procedure, &domain, &symbol) ? domain : bond->maker;
}

static status_t begin(const struct event *event, const struct pointers *pointers, struct bond *bond)
{
    struct procedure handler;
    struct deferral_terms terms = {
        .signature = &event->signature,
        .pointers = pointers->words,
        .payer = payer_of(bond),
        .event = event->name,
        .handler_name = "?",
    };

    plan_handler(event, bond, &terms.handler);
    terms.handler.has_result = bond->has_result;
    bond->has_result = false;
    if (code_source_starts(bond->handler.callee->procedure, &handler) && handler.name != NULL)
        terms.handler_name = handler.name;
    return deferral_create(&terms, &bond->deferral);
}

status_t async_begin(const struct procedure_type *procedure, const struct event *event,
                     struct bond *bond)
{
    struct pointers pointers;
    struct calls calls = {event, &pointers};
    status_t status = check_result(event);

    find_pointers(procedure, &event->signature, &pointers);
    if (status == OK && pointers.n != 0)
        status = splice_each_call(event->splice, check_call, &calls);
    return status == OK ? begin(event, &pointers, bond) : status;
}

/* ---- raises ---- */

void event_defer(void *binding, uint32_t words[], size_t n)
{
    const struct bond *bond = binding;

    (void)n;
    deferral_put(bond->deferral, words);
}

/* ---- what became of them ---- */

/* The deferral of a binding that may be gone; NULL: it is not asynchronous. Interrupts off. */
static status_t find_deferral(const binding_t *binding, struct deferral **deferral)
{
    struct bond *bond = NULL;
    status_t status = bond_of(binding, &bond);

    if (status == OK)
        *deferral = bond->deferral;
    return status;
}

status_t binding_drain(const binding_t *binding)
{
    struct deferral *deferral = NULL;
    bool completed = false, begun = false;
    uint64_t raised = 0;
    uint32_t interrupts;
    status_t status = strand_check_may_wait("event_drain");

    if (status != OK)
        return status;
    interrupts = interrupts_off();
    while (status == OK && !completed) {
        status = find_deferral(binding, &deferral);
        if (status != OK || deferral == NULL)
            break;
        if (!begun)
            raised = deferral_raised(deferral);
        begun = true;
        status = deferral_await(deferral, raised, interrupts, &completed);
    }
    interrupts_restore_waited(interrupts);
    return status;
}

status_t binding_counts(const binding_t *binding, struct event_counts *counts)
{
    uint32_t interrupts = interrupts_off();
    struct bond *bond = NULL;
    size_t pending;
    status_t status = bond_of(binding, &bond);

    if (status == OK)
        *counts = (struct event_counts){.kills = bond->ephemeral.kills};
    if (status == OK && bond->deferral != NULL)
        deferral_counts(bond->deferral, counts, &pending);
    interrupts_restore(interrupts);
    return status;
}
