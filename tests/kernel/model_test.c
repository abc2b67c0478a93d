/* Domains of the running kernel against the model of tests/model/. */
#include "tests/model/model.h"

#include <whorl/event.h>

#include "domains/image/admission.h"
#include "kernel/code_space.h"
#include "kernel/inject.h"
#include "kernel/owner.h"
#include "kernel/test.h"

SUITE("model");

void model_inject(unsigned n)
{
    inject_set(n);
}

unsigned model_inject_left(void)
{
    return inject_left();
}

/* What all owners together have, by quota, and the room in the address space of code. */
size_t model_memory(void)
{
    size_t code_used, code_taken, sum = 0;

    code_space_use(&code_used, &code_taken);
    for (unsigned i = 0; i < OWNERS_MAX; i++)
        if (owners[i].name != NULL)
            sum += owner_holds(i);
    return sum + code_used;
}

/* The model refers to imports in ways that are admitted with privilege only; what is not is tried elsewhere. */
static status_t admit(const struct image *image, const char *name, bool patch)
{
    (void)image;
    (void)name;
    (void)patch;
    return OK;
}

TEST(a_thousand_sequences_agree)
{
    static const struct event_options instead = {.cancel = true, .order = EVENT_FIRST};
    binding_t *binding = NULL;

    CHECK_STATUS(OK, event_install((procedure_t)admission_check, (procedure_t)admit, NULL, &instead,
                                   &binding));
    CHECK(model_run(0x5eed0002, 1000, 20, 40));
    model_print_tally();
    CHECK_STATUS(OK, event_destroy(binding));
}
