/* See answer.h. What has to be looked up takes memory, so that is done after the exception, on the stack that is unwound. */
#include "kernel/contain/answer.h"

#include <stdlib.h>
#include <string.h>

#include "arch/ppc/interrupt.h"
#include "arch/ppc/processor.h"
#include "arch/ppc/trap.h"
#include "domains/domain.h"
#include "domains/object/btf_value.h"
#include "kernel/backtrace.h"
#include "kernel/busy.h"
#include "kernel/contain/contain.h"
#include "kernel/contain/unwind.h"
#include "kernel/event/event.h"
#include "kernel/event/prototype.h"
#include "kernel/fault.h"

#define STEPS_MAX 65536 /* frames of the largest stack */
#define ROOM 6144       /* bytes of stack that looking up takes */
#define RESULT_MAX 8

/* On the caller's stack, below its frame. */
struct answer {
    struct trap_frame frame; /* as the caller goes on */
    vaddr_t procedure;       /* that was called */
    vaddr_t memory;          /* where a struct that it returns is to be; 0: not known */
};

/* ---- default results ---- */

struct kept {
    struct kept *next;
    const struct domain *domain;
    vaddr_t procedure;
    size_t size;
    uint8_t value[RESULT_MAX];
};

static struct kept *kept_first;

static void keep(const struct domain *domain, vaddr_t procedure, const uint8_t *value, size_t size)
{
    struct kept *kept = malloc(sizeof *kept);

    if (kept == NULL)
        return;
    *kept =
        (struct kept){.next = kept_first, .domain = domain, .procedure = procedure, .size = size};
    memcpy(kept->value, value, size);
    kept_first = kept;
}

void answers_keep(const struct domain *domain)
{
    for (struct event *event = event_next(NULL); event != NULL; event = event_next(event)) {
        struct event_view view;
        size_t size;
        const uint8_t *value;

        event_look(event, &view);
        value = event_default_result(view.procedure, &size);
        if (culprit_at(view.procedure) == domain && value != NULL && size <= RESULT_MAX)
            keep(domain, view.procedure, value, size);
    }
}

void answers_forget(const struct domain *domain)
{
    struct kept **link = &kept_first, *kept;

    while ((kept = *link) != NULL) {
        if (kept->domain != domain) {
            link = &kept->next;
            continue;
        }
        *link = kept->next;
        free(kept);
    }
}

static const uint8_t *default_of(vaddr_t procedure, size_t *size)
{
    for (struct kept *kept = kept_first; kept != NULL; kept = kept->next)
        if (kept->procedure == procedure) {
            *size = kept->size;
            return kept->value;
        }
    return event_default_result(procedure, size);
}

/* ---- the result ---- */

static bool is_status(struct btf_type type)
{
    char text[40];

    btf_print(type, text, sizeof text);
    return strcmp(text, "status_t") == 0;
}

/* A float is returned in r3, or in f1, by what the object was compiled for: in both. */
static void set_float(const uint8_t *value, size_t size)
{
    uint64_t register_1 = 0;

    if (size == sizeof(double)) {
        memcpy(&register_1, value, size);
        __asm__ volatile(".machine push\n\t.machine ppc\n\tlfd 1, 0(%0)\n\t.machine pop"
                         :
                         : "b"(&register_1)
                         : "memory");
    } else {
        __asm__ volatile(".machine push\n\t.machine ppc\n\tlfs 1, 0(%0)\n\t.machine pop"
                         :
                         : "b"(value)
                         : "memory");
    }
}

static void set(struct trap_frame *frame, const uint8_t *value, size_t size, bool is_signed)
{
    uint32_t words[2] = {0, 0};

    if (size == sizeof words) {
        memcpy(words, value, size);
        frame->gpr[4] = words[1];
    } else {
        memcpy((uint8_t *)words + sizeof words[0] - size, value, size);
        if (is_signed && size < 4 && (value[0] & 0x80) != 0)
            words[0] |= 0xffffffffu << (8 * size);
    }
    frame->gpr[3] = words[0];
}

static void set_result(struct answer *answer, struct btf_type type)
{
    static const uint8_t nothing[RESULT_MAX];
    struct btf_value value = btf_value_of(type);
    size_t size = value.size <= RESULT_MAX ? value.size : 0;
    const uint8_t *bytes = default_of(answer->procedure, &size);

    if (bytes == NULL)
        bytes = nothing;
    if (value.class == BTF_CLASS_RECORD) {
        if (answer->memory != 0)
            memset((void *)answer->memory, 0, value.size);
        answer->frame.gpr[3] = answer->memory;
        return;
    }
    set(&answer->frame, bytes, size, value.is_signed);
    if (value.class == BTF_CLASS_FLOAT)
        set_float(bytes, size);
}

static void look_up(struct answer *answer)
{
    struct procedure_type procedure;
    status_t status = prototype_of(answer->procedure, false, &procedure);
    struct btf_type result;

    answer->frame.gpr[3] = answer->frame.gpr[4] = 0;
    if (status != OK)
        return;
    result = btf_result_type(procedure.type);
    if (is_status(result))
        answer->frame.gpr[3] =
            (uint32_t)status_refuse(ERR_FAULT, "%s of %s was cut off", procedure.name,
                                    procedure.domain != NULL ? procedure.domain->name : "kernel");
    else
        set_result(answer, result);
    if (procedure.domain != NULL)
        domain_rest(procedure.domain);
}

/* On the caller's stack, as if it were what he called. */
static void __attribute__((noreturn)) finish(struct answer *answer)
{
    vaddr_t busy = busy_begin();

    look_up(answer);
    busy_end(busy);
    frame_resume(&answer->frame);
}

/* ---- in the exception ---- */

static bool is_at_call(const struct culprit *culprit, const struct unwind_context *context)
{
    return context->frame.srr0 == culprit->returns && context->frame.gpr[1] == culprit->stack;
}

/* To where the culprit was called; *procedure: an address in what was. */
static bool unwind_to(const struct culprit *culprit, struct unwind_context *context,
                      vaddr_t *procedure)
{
    for (unsigned i = 0; i < STEPS_MAX && !is_at_call(culprit, context); i++) {
        *procedure = context->frame.srr0 - (context->called ? 4 : 0);
        if (!unwind_step(context) || context->frame.gpr[1] > culprit->stack)
            return false;
    }
    return is_at_call(culprit, context);
}

/* What is only entered may be no code at all, so that step is not left to analysis. */
static bool find_caller(const struct trap_frame *frame, const struct culprit *culprit,
                        struct unwind_context *context, vaddr_t *procedure)
{
    unwind_begin(frame, context);
    context->low = culprit->area.low;
    context->high = culprit->area.high;
    *procedure = frame->srr0;
    if (culprit_is_entered(frame))
        unwind_entered(context);
    return unwind_to(culprit, context, procedure);
}

static void place(struct trap_frame *frame, const struct trap_frame *caller,
                  const struct culprit *culprit, vaddr_t procedure)
{
    struct answer *made =
        (struct answer *)((culprit->stack - FRAME_RED_ZONE - sizeof *made) & ~15u);
    vaddr_t stack = (vaddr_t)made - 16;

    made->frame = *caller;
    made->frame.srr1 =
        (frame->srr1 & MSR_FP) | MSR_KERNEL | (culprit->area.exceptions ? 0 : MSR_EE);
    made->procedure = procedure;
    made->memory = frame->srr0 == procedure ? frame->gpr[3] : 0;
    *(vaddr_t *)stack = culprit->stack;
    frame->srr0 = (vaddr_t)finish;
    frame->srr1 = made->frame.srr1;
    frame->lr = culprit->returns;
    frame->gpr[1] = stack;
    frame->gpr[3] = (vaddr_t)made;
}

/* What the handler of an interrupt leaves undone nobody else does: its device would ask for ever. */
static bool is_interrupt(const struct culprit *culprit)
{
    vaddr_t caller = culprit->area.exceptions ? backtrace_function(culprit->returns) : 0;

    return caller == (vaddr_t)interrupt_dispatch || caller == (vaddr_t)trap_any;
}

bool answer(struct trap_frame *frame, const struct culprit *culprit)
{
    struct unwind_context context;
    vaddr_t procedure;

    if (culprit->returns == 0 || is_interrupt(culprit) || culprit->stack - culprit->area.low < ROOM)
        return false;
    if (!find_caller(frame, culprit, &context, &procedure))
        return false;
    contain_unwound(culprit->stack);
    place(frame, &context.frame, culprit, backtrace_function(procedure));
    return true;
}
