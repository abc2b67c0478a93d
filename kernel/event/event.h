/*
 * Events as the kernel sees them; see <whorl/event.h>, whose procedures the kernel calls by their own names.
 *
 * Main line only.
 */
#ifndef KERNEL_EVENT_EVENT_H
#define KERNEL_EVENT_EVENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <whorl/event.h>

#include "arch/ppc/types.h"

struct domain;
struct dispatch;
struct event;
struct procedure_type;
struct routine;

/* ---- domains that go ---- */

/*
 * Of a domain that goes: what it made, what lies in it, and what it decided. Bindings whose handler, guard
 * or post procedure lies in it, that it made, or that carry a guard it imposed are destroyed; its events with all
 * bindings of others. An event of another that would be left without an answer gets its intrinsic handler back.
 * Before anything of the domain is released. Never fails: if memory is short, an event is dispatched by the loop,
 * and if that is impossible, by nothing but its intrinsic handler.
 */
void event_forget_domain(struct domain *domain);

/*
 * After words of a domain's code have changed, as binding its imports does; NULL: the kernel's. What is known of its
 * procedures is found out anew, and routines that hold copies of them are made anew. Never fails, like the former.
 * Not while events are being changed.
 */
void event_code_changed(const struct domain *domain);

/*
 * Something in a procedure is going to be patched, or no longer: routines that hold copies of it, or rely on what it leaves alone, are made anew,
 * to call it; or if nothing in it is patched any more, as they were. Before a patch is in effect; after it is out. The address is that of the
 * procedure's start. ERR_NO_MEMORY, ERR_BUSY: everything is as before.
 */
status_t event_procedure_patched(vaddr_t procedure, bool patched);

/* Whether an operation on events is under way, so that no domain can go or be bound. */
bool event_is_changing(void);

/* What had frames below an address of the stack was unwound, and does not go on. */
void event_unwound(vaddr_t stack);

/* ---- for who else has procedures of domains called ---- */

const char *event_owner_name(const struct domain *domain);

/* Whether a domain defines, or imports, a procedure of another domain; the privileged are linked with all. */
bool event_is_linked(const struct domain *caller, const struct procedure_type *procedure);

/* ERR_STATE: its domain has not been started, or was destroyed. */
status_t event_check_runs(const struct procedure_type *procedure);

/* Whether the interface it is of says who calls. */
bool event_is_identified(vaddr_t procedure);

/* ---- for the prompt ---- */

enum event_form {
    FORM_PROCEDURE, /* raises run the procedure itself */
    FORM_DIRECT,    /* raises go to the only handler */
    FORM_ROUTINE,
    FORM_LOOP,
};

struct event_view {
    vaddr_t procedure;
    const char *name;
    const char *owner; /* the domain that contains it, "kernel" */
    enum event_form form;
    vaddr_t target;  /* where raises go */
    const char *why; /* of FORM_LOOP: why it is not compiled */
    size_t n_active, n_all;
    size_t n_sites,
        n_direct; /* calls that are known, and those of them that go to the target directly */
    bool counting;
    bool authorized;                         /* it has an authorizer */
    vaddr_t default_handler, result_handler; /* 0: none */
    bool has_default_result;
    const struct dispatch *plan;   /* NULL: none */
    const struct routine *routine; /* NULL: none */
    vaddr_t body;     /* the entry of the procedure's own body, 0: the procedure's start */
    size_t body_size; /* bytes, of generated code */
};

/* The first event that has a record, and the one behind a given one, in no particular order; NULL at the end. */
struct event *event_next(const struct event *event);

/* The record of a procedure; NULL: nobody has anything on it. */
struct event *event_at(vaddr_t procedure);

/*
 * Code that stands for an event: a routine or an entry of the loop that it is dispatched with now, or was, with raises
 * still under way; or the entry of its procedure's body.
 */
struct event_code {
    const struct event *event;
    const struct routine *routine; /* NULL: it is no routine */
    vaddr_t start;
    bool body;
    size_t body_size; /* bytes, of the entry of a body */
};

/* The default result of an event, *size bytes; NULL: it has none. */
const uint8_t *event_default_result(vaddr_t procedure, size_t *size);

/* What an address is in. False: none. Any context. */
bool event_code_at(vaddr_t address, struct event_code *code);

void event_look(const struct event *event, struct event_view *view);

struct event_guard_view {
    vaddr_t guard, post; /* 0: none */
    uint32_t guard_closure, post_closure;
    const char *imposer; /* the domain that imposed it; NULL: it came with the binding */
};

struct event_binding_view {
    const void *binding; /* as struct dispatch_binding has it */
    vaddr_t handler;
    uint32_t closure;
    const char *maker; /* the domain that made it, "kernel" */
    enum event_order order;
    bool intrinsic, active, filter, cancel, linear, async;
    uint32_t count;
    size_t n_guards;
    struct event_counts counts;
    size_t n_pending;      /* of an asynchronous one: raises that wait, and the one it runs for */
    uint32_t ephemeral_us; /* 0: it has no deadline */
};

/* Of an event, the active ones in order, then the others. index counts from 0; false: there are no more. */
bool event_look_binding(const struct event *event, size_t index, struct event_binding_view *view);

/* The guards of one in the order in which they are asked. */
bool event_look_guard(const struct event *event, size_t binding, size_t index,
                      struct event_guard_view *view);

/* Counts how often each handler fires, from 0; or no longer. Errors as event_activate. */
status_t event_count(procedure_t event, bool on);

/* ---- for tests and benches ---- */

enum event_terms {
    EVENT_AS_USUAL,
    EVENT_COMPILED, /* also where one handler could be called directly */
    EVENT_NO_INLINING,
    EVENT_NO_TREE,
    EVENT_LOOP,
};

/* How an event is dispatched as long as something is installed. ERR_STATE: it has no record; else as event_activate. */
status_t event_dispatch_as(procedure_t event, enum event_terms terms);

/* The same of events that get their record from now on. */
void event_dispatch_all_as(enum event_terms terms);

#endif
