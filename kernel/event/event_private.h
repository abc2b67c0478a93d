/*
 * What the files that make up events share; private to them.
 *
 * An event has a record while there is something to remember of it. A bond is a binding as the kernel has it:
 * binding_t * is the capability for one. What is active, in order, and what the authority has decided
 * is the state of an event; how raises are led to it is its form. Both change only in
 * change.c, for any number of events in one step, or not at all.
 *
 * One operation at a time: between change_begin and change_end records, bonds and callees stay where they are.
 */
#ifndef KERNEL_EVENT_EVENT_PRIVATE_H
#define KERNEL_EVENT_EVENT_PRIVATE_H

#include <stdbool.h>
#include <stddef.h>
#include <whorl/event.h>

#include "arch/ppc/code/dispatch/dispatch.h"
#include "domains/domain.h"
#include "kernel/event/event.h"
#include "kernel/event/overdue.h"
#include "kernel/event/prototype.h"
#include "kernel/event/routine.h"
#include "kernel/event/splice.h"
#include "kernel/quiescence.h"

/* ---- procedures that plans call ---- */

/* One for each, however many use it. */
struct callee {
    struct callee *next;
    vaddr_t procedure;
    uint32_t n_uses;
    struct event *event; /* the procedure's own; NULL: it has no record */
    const struct facts *facts;
    const struct facts *stale; /* what was known before its code changed, while that is seen to */
    bool asked;                /* for the facts */
};

struct use {
    struct callee *callee; /* NULL: no procedure */
    vaddr_t address;       /* where it is called: the procedure, or a slot that says who calls it */
    uint32_t closure;
    uint8_t passing; /* enum passing */
};

/* Fills address and callee; the rest is the caller's. ERR_NO_MEMORY. */
status_t use_take(vaddr_t address, vaddr_t procedure, struct use *use);

/* One more of the same. */
void use_hold(const struct use *use);
void use_drop(struct use *use);

/* Whether it lies in a domain, or reaches its procedure through that. */
bool use_is_in(const struct use *use, const struct domain *domain);

bool use_equals(const struct use *use, vaddr_t procedure, uint32_t closure);

/* Found when they are first asked for; NULL: no memory. */
const struct facts *callee_facts(struct callee *callee);

/*
 * Whether what is known may be another when the procedure is patched, or no longer; has it be that, with the former `stale`, if it is: ERR_NO_MEMORY;
 * and takes that back.
 */
bool callee_depends(const struct callee *callee, bool patched);
status_t callee_renew(struct callee *callee, bool patched);
void callee_restore(struct callee *callee);

/* What is known of a domain's procedures is stale, or no longer kept; whether there is any. */
bool callees_outdate(const struct domain *domain);
void callees_settle(void);

/* The callee of a procedure; NULL: nobody uses it. */
struct callee *callee_find(vaddr_t procedure);

/* ---- bindings ---- */

struct imposed {
    struct imposed *next;   /* the one before it */
    struct domain *imposer; /* NULL: the kernel */
    struct use guard, post;
};

struct deferral;

struct bond {
    struct retired retired;    /* once it has ended */
    uint32_t retirement;       /* the latest then: what was retired before may point to it */
    struct bond *next, **link; /* of the event, as they were made; what points to it */
    struct event *event;
    void *capability;     /* of an intrinsic handler NULL until it is asked for */
    struct domain *maker; /* NULL: the kernel */
    struct use handler, guard;
    struct imposed *imposed; /* the newest first */
    const binding_t *relative_to;
    uint32_t serial;           /* rises in the list of the event */
    uint32_t count;            /* how often it fired, while that is counted */
    struct deferral *deferral; /* of an asynchronous one; NULL */
    struct ephemeral_record ephemeral;
    uint32_t ephemeral_us;    /* that the handler may take; 0: no deadline */
    uint32_t ephemeral_ticks; /* the same in ticks of the time base */
    uint32_t kills_max;       /* since it was activated */
    uint32_t kills_before;    /* … then */
    uint32_t kills_reported;
    uint16_t n_guards; /* its own and the imposed ones */
    uint8_t order;
    bool filter, cancel, linear, intrinsic, has_result;
    bool active; /* as raises see it */
    bool placed; /* as the change that is under way will have it; else as active */
    bool is_touched;
    struct bond *touched; /* the next one that the change places or takes out */
};

/* ---- events ---- */

struct state {
    struct bond **order; /* what is active; the event's `alone` if that is only the intrinsic one */
    size_t n, room;      /* room is never 0 */
    struct use default_handler, result_handler;
    uint8_t *default_value;       /* NULL: none */
    struct domain *default_owner; /* who set the value; NULL: the kernel */
};

/* A plan in memory of its own, with what is dispatched by it. */
struct plan {
    struct retired retired;
    size_t room, guard_room;   /* bindings and guards that there is memory for, behind it */
    const struct plan *before; /* that it was made from, as long as its memory was not used again */
    size_t same;               /* bindings at the start that are the same in both */
    struct plan *next;         /* of those that are retired */
    struct event *event;
    struct routine *routine; /* NULL: the loop walks it */
    unsigned number;         /* of the loop's entry, which goes with it; LOOP_ENTRIES: none does */
    struct dispatch dispatch;
};

struct form {
    uint8_t kind;      /* enum event_form */
    unsigned number;   /* of the loop's entry */
    struct plan *plan; /* of a routine and the loop */
    vaddr_t target;    /* where raises go */
};

#define WHY_SIZE 120

struct event {
    struct event *next; /* in its chain of the table */
    vaddr_t procedure;
    const char *name;
    struct domain *domain; /* that contains it; NULL: the kernel */
    struct signature signature;
    bool identified, returns_status; /* see struct dispatch */
    bool counting;
    bool gone;             /* with its domain; kept for raises that are under way */
    uint8_t terms;         /* enum event_terms */
    struct splice *splice; /* NULL until it is needed */
    struct use authorizer;
    struct state state;
    struct form form;
    struct plan *spare; /* memory for the next one; only while there is a plan */
    struct bond intrinsic;
    struct bond *alone[2];      /* the order while only the intrinsic one is active */
    struct bond *first, **last; /* all but the intrinsic one */
    size_t n_retired;           /* plans that may still be in use */
    char why[WHY_SIZE];         /* it is not compiled; "" */
    struct {
        bool pending;
        bool renewed; /* nothing can be copied from the plan before */
        bool left;    /* nobody is in that */
        struct event *next;
        struct state state;
        struct form form;
        char why[WHY_SIZE];
    } change;
};

/* ---- table.c ---- */

struct event *event_find(vaddr_t procedure);

/* With the record made if there is none. Errors of event_check_runs and prototype_signature, ERR_NO_MEMORY. */
status_t event_get(const struct procedure_type *procedure, struct event **event);

/* Gives the record back if there is nothing to remember. */
void event_settle(struct event *event);

/* When nothing is under way; and then all that were put off. */
void event_settle_later(struct event *event);
void event_settle_all(void);

/* Takes it out of the table, with its domain. Nothing but plans refers to it any more. */
void event_vanish(struct event *event);

/* Who has an event's procedure, and who is privileged, decides. caller is NULL for the kernel. */
bool event_is_authority(const struct domain *caller, const struct domain *owner);

/* ---- order.c ---- */

/* ERR_NO_MEMORY. */
status_t state_copy(const struct event *event, struct state *copy);
void state_free(struct event *event, struct state *state);

/* The order with nothing but the intrinsic one. */
void state_clear(struct event *event, struct state *state);

/* Gives the memory back that this needs no more. */
void state_trim(struct event *event);

/* Takes out all that are not `placed`. */
void state_compact(struct state *state);

/* Puts one in that is not in it. ERR_STATE, ERR_NO_MEMORY. */
status_t state_place(struct state *state, struct bond *bond);

/* Whether each raise has an answer. ERR_STATE. */
status_t state_check_answer(const struct event *event, const struct state *state);

/* ---- plan.c ---- */

/* The first `same` bindings are those of the present plan, unchanged. ERR_NO_MEMORY. */
status_t plan_make(struct event *event, const struct state *state, size_t same, struct plan **plan);
void plan_free(struct plan *plan);

/* A handler as a plan has it, without guards and what depends on others. */
void plan_handler(const struct event *event, struct bond *bond, struct dispatch_binding *binding);
void plan_free_spare(struct event *event);

/* To be freed when it has been left. */
void plan_retire(struct plan *plan);
bool plan_is_left(const struct plan *plan);

/* The entry of the loop leads nowhere any more. */
void change_give_number(unsigned number);

/* Whether an address is in its routine; and one that is retired for which that is so, NULL. Any context. */
bool plan_has_code(const struct plan *plan, vaddr_t address);
const struct plan *plan_retired_at(vaddr_t address);

/* ---- change.c ---- */

/* ERR_BUSY. */
status_t change_begin(void);

/* From now on event->change.state may be changed. ERR_NO_MEMORY. */
status_t change_event(struct event *event);

/* The same, and what is known of the bindings that stay changes, too. */
status_t change_renew(struct event *event);

/* Says whether a bond will be active. */
void change_place(struct bond *bond, bool placed);

/* Takes out of all that are changed what is no longer `placed`. */
void change_compact(void);

/* If status is OK puts all in effect; if it is not, or that fails, nothing has changed. Returns what it came to. */
status_t change_commit(status_t status);

/* The end of the operation; records may be gone. */
void change_done(void);

/* Both. */
status_t change_end(status_t status);

/* Between change_begin and change_end, whether it can: the entry of the body is made. ERR_UNSUPPORTED, ERR_NO_MEMORY. */
status_t change_can_lead(struct event *event);

/* Its state has changed, in place, to one that is to be in effect at any price. */
void change_force(struct event *event);

/* ---- bond.c ---- */

/* ERR_BAD_CAPABILITY. */
status_t bond_of(const binding_t *binding, struct bond **bond);

/* Only an authority may change an intrinsic one. ERR_NOT_AUTHORIZED. */
status_t bond_check_right(const struct domain *caller, const struct bond *bond);

/* One that is not active is no more; its memory stays as long as plans may refer to it. */
void bond_end(struct bond *bond);

/* The capability of an intrinsic one is made when it is first needed. ERR_NO_MEMORY. */
status_t bond_capability(struct bond *bond, binding_t **binding);

unsigned bond_payer(const struct domain *domain);

/* A binding, or an imposed guard, is charged to a domain: its memory and that it is one more. ERR_NO_MEMORY, ERR_QUOTA. */
status_t bond_charge(const struct domain *domain, size_t cost, const char *what);
void bond_discharge(const struct domain *domain, size_t cost);

/* Gives back an imposed guard that is on no bond any more. */
void imposed_free(struct imposed *imposed);

/* A guard or post procedure for someone: typed, proved if it is a guard. */
struct guard_wish {
    vaddr_t procedure;
    bool has_closure, post;
    uint32_t closure;
};
status_t bond_take_guard(const struct domain *caller, const struct procedure_type *event,
                         const struct guard_wish *wish, struct use *use);

/* ---- what extensions and the kernel ask for; caller is NULL for the kernel ---- */

struct binding_wish {
    procedure_t event, handler, guard;
    struct event_options options;
};
status_t binding_create(struct domain *caller, const struct binding_wish *wish,
                        binding_t **binding);
status_t binding_install(struct domain *caller, const struct binding_wish *wish,
                         binding_t **binding);
status_t binding_uninstall(struct domain *caller, binding_t *binding);
status_t binding_activate(struct domain *caller, binding_t *binding);
status_t binding_destroy(struct domain *caller, binding_t *binding);
status_t binding_intrinsic(struct domain *caller, procedure_t event, binding_t **binding);
status_t binding_drain(const binding_t *binding);
status_t binding_counts(const binding_t *binding, struct event_counts *counts);
status_t binding_swap(struct domain *caller, binding_t *const remove[], size_t n_remove,
                      binding_t *const add[], size_t n_add);

struct impose_wish {
    procedure_t guard, post;
    void *guard_closure, *post_closure;
};
status_t binding_impose(struct domain *caller, binding_t *binding, const struct impose_wish *wish);
status_t binding_lift_guard(struct domain *caller, binding_t *binding, procedure_t guard,
                            const void *closure);

status_t authority_set_authorizer(struct domain *caller, procedure_t event,
                                  event_authorizer_t *authorizer);
status_t authority_set_default_handler(struct domain *caller, procedure_t event,
                                       procedure_t handler, void *closure);
status_t authority_set_default_result(struct domain *caller, procedure_t event,
                                      const void *variable);
status_t authority_set_result_handler(struct domain *caller, procedure_t event, procedure_t handler,
                                      void *closure);

/* Asks the authorizer, if there is one. ERR_NOT_AUTHORIZED. Not between change_begin and change_end. */
status_t authority_ask(struct domain *caller, const struct bond *bond,
                       const struct binding_wish *wish);

status_t listing_each(struct domain *caller, procedure_t event,
                      void (*each)(const struct event_binding *binding, void *closure),
                      void *closure);

#endif
