/*
 * Events. Every procedure is one: raising it is calling it. Others can have procedures of theirs,
 * handlers, run whenever it is raised: before, after or instead of its own body, which is its
 * intrinsic handler. What is installed is compiled into one routine for exactly that event; without
 * anything installed, a raise is a plain call and costs nothing more. docs/events.md is the guide.
 *
 * A binding_t * is a capability: having it is the right to uninstall, activate, destroy and swap
 * the binding and to impose guards on it; of an intrinsic handler, only its event's authority has
 * that right. The authority of an event is the domain that contains its procedure, and whoever is
 * privileged. Who is linked with an event (defines or imports it) may install on it unless the
 * event's authorizer says no; with an authorizer, also others who know its address.
 *
 * A raise runs to its end with the bindings that were active when it began, whatever handlers
 * install, uninstall or destroy meanwhile; the next raise sees what they left. Handlers and guards
 * run where the raiser does, on its stack: what an event's header says of context is said to them,
 * too. After a fault in one of them the
 * raise goes on as if its guard had said no (or, in a guard, says no), and the domain it is of is
 * quarantined (docs/strands.md).
 *
 * Types are those that the compiler recorded (-gbtf). Procedures that take a variable number of
 * arguments, or more than 24, are no events.
 *
 * All operations are for the kernel's main line and for extensions, not for interrupt handlers.
 * Every refusal leaves a sentence, see <whorl/status.h>, and everything else as it was,
 * out-parameters too. What all of them may return is not repeated: ERR_BUSY: called by a handler of
 * what the operation that is under way itself calls; ERR_STATE: the caller, or a procedure, is of a
 * domain that has not been started or was destroyed; ERR_BAD_ARGUMENT: what is passed is no
 * procedure; ERR_TYPE: a type is not known; ERR_NO_MEMORY.
 *
 * Source: Pardyak, Bershad: Language and Runtime Support for Dynamic Interposition of System Code,
 * 1995.
 */
#ifndef WHORL_EVENT_H
#define WHORL_EVENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <whorl/identity.h>
#include <whorl/interface.h>
#include <whorl/status.h>

typedef void (*procedure_t)(void);
typedef struct binding binding_t;

/* ---- what an extension says of its procedures ---- */

/*
 * EVENT (of <whorl/interface.h>), in front of a declaration, marks a procedure that is meant to be
 * an event: it is never inlined, cloned or merged with another. Without it a procedure is an event
 * too, but calls that the compiler inlined, or made into calls of a copy, do not raise it. The C
 * library has no EVENT: compilers work out by themselves what they know of it, like the length of a
 * constant text.
 */

/*
 * FUNCTIONAL(f); EPHEMERAL(f); at file scope declare a procedure of this domain to be functional:
 * it stores nothing outside its own frame, calls only functional procedures, does nothing
 * privileged, and ends; or ephemeral: it calls only ephemeral procedures, and may be stopped at any
 * instruction. The declaration is not believed: it is proved when a guard, or a handler with a
 * deadline, needs it.
 */
#define FUNCTIONAL(f) WHORL_DECLARE(".whorl_functional", f, __COUNTER__)
#define EPHEMERAL(f) WHORL_DECLARE(".whorl_ephemeral", f, __COUNTER__)

#define WHORL_DECLARE(where, f, n) WHORL_DECLARE_AT(where, f, n)
#define WHORL_DECLARE_AT(where, f, n)                                                         \
    static procedure_t whorl_declared_##n __attribute__((section(where), used, aligned(4))) = \
        (procedure_t)(f)

/* ---- bindings ---- */

enum event_order {
    EVENT_ANY,   /* behind all earlier ones that are not EVENT_LAST */
    EVENT_FIRST, /* to the very front, a later one before an earlier */
    EVENT_LAST,  /* to the very end */
    EVENT_BEFORE,
    EVENT_AFTER, /* a given binding of the same event, which must be active */
};

/* All zero is the default; NULL means that. */
struct event_options {
    enum event_order order;
    binding_t *relative_to;                /* for EVENT_BEFORE and EVENT_AFTER */
    void *handler_closure, *guard_closure; /* given: passed as an extra first argument */
    bool filter; /* the handler gets pointers to the arguments: later ones see what it changes */
    bool cancel; /* once its guards are true it runs, and ends the raise */
    bool async;  /* the handler runs on a strand of its own, see below */
    unsigned ephemeral_us; /* not 0: after so many microseconds the handler is stopped, see below */
    unsigned kills_max;    /* so often; then it is uninstalled. 0: EVENT_KILLS_MAX */
    bool linear; /* the handler gets the arguments as an array of words, see event_linear_t */
};

#define EVENT_KILLS_MAX 8

/*
 * Asynchronous handlers. Guards are asked by the raiser, who puts copies of the arguments, structs
 * by value too, into a queue and goes on. A strand of the binding's own calls the handler once for
 * each, in the order of the raises. It has the priority STRAND_PRIORITY_DEFAULT, is charged to the
 * domain that contains the handler (to who installs it, if that is the kernel), and ends with the
 * binding: a call that is under way ends first, what waits is dropped. The handler has no part in
 * the result. Who raises while EVENT_PENDING_MAX wait, waits too; where that may not be, and in the
 * handler itself, it is not called, which is counted as lost. So are raises once its strand has ended.
 *
 * ERR_TYPE: the event returns something, and has neither default result nor default handler; the
 * binding is linear, a filter, or cancels; a known call of the event passes, in a parameter that is
 * a pointer, the address of something in its caller's frame, the sentence names it. A pointer that
 * turns out to point into the raiser's stack has the handler called at once, by the raiser, after
 * those that wait; which is counted. ERR_QUOTA, of the strand.
 *
 * Ephemeral handlers. A handler that has run longer than its time, wherever it is and whatever it
 * has called, is stopped; the raise goes on as if its guard had said no. What it has locked is
 * unlocked, and interrupts are as they were when it was called. What counts is time in which its
 * strand runs. It is proved that all it reaches was declared EPHEMERAL, that it makes no call through a
 * pointer, and does nothing privileged; else ERR_FAILED, the sentence names the instruction. Of the
 * kernel's procedures those are that docs/strands.md lists. With interrupts off, and in the middle
 * of what the kernel does for it, nobody is stopped: what comes back too late is counted then. Kills
 * are reported on the console. Its result is not relied on: see ERR_STATE of event_activate.
 *
 * With both, the time is that of each execution on the binding's strand.
 */
#define EVENT_PENDING_MAX 64

/* All but `kills` only of asynchronous handlers. */
struct event_counts {
    uint64_t raised;    /* calls that were queued, or made at once */
    uint64_t completed; /* … and have returned, or were cut off */
    uint64_t lost;      /* raises for which it was not called */
    uint64_t at_once;   /* of `raised`: calls by the raiser */
    uint32_t kills;     /* how often it was stopped, or came back too late */
};

/*
 * Installs a handler, guarded or (guard NULL) not.
 *
 * A handler has the type of the event, with a closure (any pointer) in front if one is given; one
 * that takes a closure and is given none gets NULL. With `filter` each parameter is a pointer to
 * the event's; its result is the event's, or void: then it has no part in the event's result. A
 * guard returns bool or an integer of at most 32 bits, not 0 for yes, and takes the event's
 * arguments, a closure and the arguments, a closure, or nothing. It is evaluated when its handler's
 * turn comes. What FUNCTIONAL says is proved of it, whether it is declared or not; what others
 * install on its procedure is not run then, but what they install on procedures that it calls is.
 *
 * ERR_TYPE: types do not fit, the sentence has both; ERR_UNSUPPORTED: no event; ERR_FAILED: the
 * guard is not functional, the sentence names the instruction; ERR_NOT_AUTHORIZED: the authorizer
 * said no; ERR_DENIED: the caller is not linked with the event, handler or guard;
 * ERR_BAD_CAPABILITY, ERR_BAD_ARGUMENT: bad options; ERR_QUOTA; and as event_activate.
 */
EVENT status_t event_install(procedure_t event, procedure_t handler, procedure_t guard,
                             const struct event_options *options, binding_t **binding);

/*
 * The same, but inactive: types, guard and authority are decided here, the rest by event_activate.
 */
EVENT status_t event_create(procedure_t event, procedure_t handler, procedure_t guard,
                            const struct event_options *options, binding_t **binding);

/*
 * Both do nothing to what is in that state already, and to NULL. A binding that is activated is
 * placed anew, as its options say; the intrinsic handler behind all that are not EVENT_LAST.
 * ERR_BAD_CAPABILITY; ERR_NOT_AUTHORIZED: an intrinsic handler, and the caller is not its
 * authority; ERR_STATE: the event returns something and would be left without an answer (which who
 * may be stopped is not), or has an asynchronous handler and no default; or `relative_to` is not
 * active.
 */
EVENT status_t event_uninstall(binding_t *binding);
EVENT status_t event_activate(binding_t *binding);

/* Also uninstalls it. ERR_STATE: an intrinsic handler; else as event_uninstall. */
EVENT status_t event_destroy(binding_t *binding);

/*
 * The binding of the procedure's own body; always the same one. Errors as event_install has them of
 * an event.
 */
EVENT status_t event_intrinsic(procedure_t event, binding_t **binding);

/*
 * Uninstalls some and activates others, of any events, in one step for whoever raises: all or
 * nothing. What is in both lists ends active, newly placed. Errors as event_uninstall and
 * event_activate, judged by the end.
 */
EVENT status_t event_swap(binding_t *const remove[], size_t n_remove, binding_t *const add[],
                          size_t n_add);

/*
 * What became of its executions; and waiting until all that were raised before are completed.
 * ERR_BAD_CAPABILITY, also if it is destroyed meanwhile. Of event_drain ERR_STATE: the caller may
 * not wait (<whorl/strand.h>), or is called by it.
 */
EVENT status_t event_counts(binding_t *binding, struct event_counts *counts);
EVENT status_t event_drain(binding_t *binding);

/* ---- imposed guards ---- */

/*
 * A further guard that must hold, with a closure if it is not NULL; up to 1000, the newest is asked
 * first, the handler's own last. Takes effect with the next raise. Errors as event_install, of a
 * guard.
 */
EVENT status_t event_impose_guard(binding_t *binding, procedure_t guard, void *closure);

/*
 * The same with a procedure that is called after the handler has returned: with the event's
 * arguments, a closure and them, a closure, or nothing, like a guard; its result is ignored, and it
 * need not be functional. guard may be NULL.
 */
EVENT status_t event_impose(binding_t *binding, procedure_t guard, void *guard_closure,
                            procedure_t post, void *post_closure);

/*
 * Removes the newest guard that was imposed with this procedure and closure; NULL and a post
 * procedure's closure for one without. ERR_BAD_CAPABILITY; ERR_NOT_FOUND; ERR_NOT_AUTHORIZED: the
 * caller has neither imposed it nor is the event's authority; ERR_STATE as event_activate.
 */
EVENT status_t event_lift_guard(binding_t *binding, procedure_t guard, void *closure);

/* ---- what the authority decides ---- */

struct event_request {
    procedure_t event, handler, guard;   /* guard is NULL if there is none */
    identity_t *installer;               /* NULL: the kernel itself */
    identity_t *handler_domain;          /* that contains the handler; NULL: the kernel */
    const struct event_options *options; /* never NULL */
    binding_t *binding;                  /* inactive; guards may be imposed on it */
};

/* Whether the binding may be made; may use events itself. One that faults has said no. */
typedef bool event_authorizer_t(const struct event_request *request);

/*
 * Asked from now on for each new binding; NULL: nobody. Bindings that exist are not asked again.
 * What this and the next three set goes with the domain that it is of. All four:
 * ERR_NOT_AUTHORIZED: the caller is not the event's authority; ERR_DENIED: it is not linked with
 * the procedure; ERR_TYPE.
 */
EVENT status_t event_set_authorizer(procedure_t event, event_authorizer_t *authorizer);

/*
 * Runs when no handler with a part in the result did, and its result is the event's; of the event's
 * type, with a closure in front if one is given. NULL: none. ERR_STATE: the event would be left
 * without an answer.
 */
EVENT status_t event_set_default_handler(procedure_t event, procedure_t handler, void *closure);

/*
 * The event's result when no handler ran and there is no default handler, and what a result handler
 * starts from: the value that a variable of the event's result type has now. It must be one at file
 * scope, whose type is known. NULL: none. ERR_STATE: the event would be left without an answer.
 */
EVENT status_t event_set_default_result(procedure_t event, const void *variable);

/*
 * Called after each handler with a result, as soon as it is known whether another one follows, to
 * fold results:
 *     void ([void *closure,] R *final, R result, bool last, void **argument, the event's arguments...)
 * *final is the event's result; it starts as the default result, or 0. *argument starts as NULL at
 * each raise and is the handler's own. Of an event without result:
 *     void ([void *closure,] bool last, void **argument, the event's arguments...)
 * One without parameters, or with a closure only, is just told; the last result is the event's. Not
 * called for a default handler. NULL: none.
 */
EVENT status_t event_set_result_handler(procedure_t event, procedure_t handler, void *closure);

/* ---- linear handlers ---- */

/*
 * What a handler installed with `linear` looks like; with a closure given,
 *     void (void *closure, uint32_t words[], size_t n)
 * words are the event's n words of arguments: one of each, two of what has 64 bits, the most
 * significant first; a struct is the address of a copy. It may also return what the event does;
 * void has no part in the result. With `filter`, too, later handlers see what it changes.
 */
typedef void event_linear_t(uint32_t words[], size_t n);

/* ---- listing ---- */

struct event_binding {
    binding_t *binding; /* NULL if the caller neither made it nor is the event's authority */
    procedure_t handler, guard;
    const char *owner;                   /* the domain that made it, "kernel" */
    const void *closure, *guard_closure; /* NULL as for binding */
    enum event_order order;
    bool intrinsic, active, filter, cancel, linear, async;
    unsigned ephemeral_us; /* 0: no deadline */
    size_t n_imposed;
};

/*
 * Calls `each` for every binding of an event, the active ones in order, then the others; of an
 * event that nobody installed anything on, that is its intrinsic handler. The record is valid
 * during the call, which may use events itself. ERR_DENIED: the caller is not linked with it, and
 * it has no authorizer.
 */
EVENT status_t event_bindings(procedure_t event,
                              void (*each)(const struct event_binding *binding, void *closure),
                              void *closure);

/* ---- checks at compile time ---- */

/*
 * EVENT_SIGNATURE(event, result, parameter types...); at file scope, once per event and file,
 * checks that `event` is declared so, and lets these check the types of handlers and guards (a
 * guard may be NULL):
 *     EVENT_INSTALL(event, handler, guard, options, binding)
 *     EVENT_CREATE(event, handler, guard, options, binding)
 *     EVENT_INSTALL_FILTER(event, handler, guard, options, binding), which sets `filter`
 * They ask for exactly the event's types, and for void * as a closure; what else may be installed
 * (a closure of another pointer type, const added to what a parameter points to, linear handlers)
 * is for event_install. All are checked again at run time. event_handler_t,
 * event_closure_handler_t, event_guard_t and event_closure_guard_t, with the event's name instead
 * of `event`, declare handlers and guards: `static udp_arrived_handler_t count;`.
 */
#define EVENT_SIGNATURE(event, result, ...)                                            \
    typedef result event##_handler_t(WHORL_PARAMETERS(__VA_ARGS__));                   \
    typedef result event##_closure_handler_t(void *__VA_OPT__(, ) __VA_ARGS__);        \
    typedef bool event##_guard_t(WHORL_PARAMETERS(__VA_ARGS__));                       \
    typedef bool event##_closure_guard_t(void *__VA_OPT__(, ) __VA_ARGS__);            \
    struct event##_forms {                                                             \
        WHORL_FORM(result, whorl_handler, __VA_ARGS__)                                 \
        WHORL_FILTER_FORM(result, whorl_filter, __VA_ARGS__)                           \
        WHORL_FILTER_FORM(void, whorl_silent_filter, __VA_ARGS__)                      \
        WHORL_FORM(bool, whorl_bool_guard, __VA_ARGS__)                                \
        WHORL_FORM(char, whorl_char_guard, __VA_ARGS__)                                \
        WHORL_FORM(signed char, whorl_signed_char_guard, __VA_ARGS__)                  \
        WHORL_FORM(unsigned char, whorl_unsigned_char_guard, __VA_ARGS__)              \
        WHORL_FORM(short, whorl_short_guard, __VA_ARGS__)                              \
        WHORL_FORM(unsigned short, whorl_unsigned_short_guard, __VA_ARGS__)            \
        WHORL_FORM(int, whorl_int_guard, __VA_ARGS__)                                  \
        WHORL_FORM(unsigned, whorl_unsigned_guard, __VA_ARGS__)                        \
        WHORL_FORM(long, whorl_long_guard, __VA_ARGS__)                                \
        WHORL_FORM(unsigned long, whorl_unsigned_long_guard, __VA_ARGS__)              \
    };                                                                                 \
    _Static_assert(__builtin_types_compatible_p(__typeof__(event), event##_handler_t), \
                   "EVENT_SIGNATURE: " #event " is declared otherwise")

#define EVENT_INSTALL(event, handler, guard, options, binding)                            \
    ({                                                                                    \
        WHORL_CHECK_HANDLER(event, handler);                                              \
        WHORL_CHECK_GUARD(event, guard);                                                  \
        event_install((procedure_t)(event), (procedure_t)(handler), (procedure_t)(guard), \
                      (options), (binding));                                              \
    })

#define EVENT_CREATE(event, handler, guard, options, binding)                            \
    ({                                                                                   \
        WHORL_CHECK_HANDLER(event, handler);                                             \
        WHORL_CHECK_GUARD(event, guard);                                                 \
        event_create((procedure_t)(event), (procedure_t)(handler), (procedure_t)(guard), \
                     (options), (binding));                                              \
    })

#define EVENT_INSTALL_FILTER(event, handler, guard, options, binding)                     \
    ({                                                                                    \
        struct event_options whorl_options = whorl_filter_options(options);               \
                                                                                          \
        WHORL_CHECK_FILTER(event, handler);                                               \
        WHORL_CHECK_GUARD(event, guard);                                                  \
        event_install((procedure_t)(event), (procedure_t)(handler), (procedure_t)(guard), \
                      &whorl_options, (binding));                                         \
    })

static inline struct event_options whorl_filter_options(const struct event_options *options)
{
    struct event_options filter = {.filter = true};

    if (options != NULL)
        filter = *options;
    filter.filter = true;
    return filter;
}

/* The types of pointers to a procedure with these parameters, and with a closure in front. */
#define WHORL_FORM(result, name, ...)              \
    result (*name)(WHORL_PARAMETERS(__VA_ARGS__)); \
    result (*closure_##name)(void *__VA_OPT__(, ) __VA_ARGS__);
#define WHORL_FILTER_FORM(result, name, ...)     \
    result (*name)(WHORL_POINTERS(__VA_ARGS__)); \
    result (*closure_##name)(void *WHORL_FOR_EACH(WHORL_NEXT_POINTER, __VA_ARGS__));

#define WHORL_PARAMETERS(...) WHORL_PARAMETERS_##__VA_OPT__(SOME)(__VA_ARGS__)
#define WHORL_PARAMETERS_() void
#define WHORL_PARAMETERS_SOME(...) __VA_ARGS__

#define WHORL_POINTERS(...) WHORL_POINTERS_##__VA_OPT__(SOME)(__VA_ARGS__)
#define WHORL_POINTERS_() void
#define WHORL_POINTERS_SOME(first, ...) \
    __typeof__(first) *WHORL_FOR_EACH(WHORL_NEXT_POINTER, __VA_ARGS__)
#define WHORL_NEXT_POINTER(type) , __typeof__(type) *

/*
 * The type of a procedure, without the qualifiers that attributes give it; struct whorl_nothing of
 * NULL.
 */
#define WHORL_TYPE(procedure)                                                            \
    __typeof__(*__builtin_choose_expr(                                                   \
        __builtin_types_compatible_p(__typeof__(1 ? (procedure) : (procedure)), void *), \
        (struct whorl_nothing *)0, (procedure)))
#define WHORL_IS(procedure, type) __builtin_types_compatible_p(WHORL_TYPE(procedure), type)
#define WHORL_HAS_FORM(event, procedure, form)                              \
    (WHORL_IS(procedure, __typeof__(*((struct event##_forms *)0)->form)) || \
     WHORL_IS(procedure, __typeof__(*((struct event##_forms *)0)->closure_##form)))

struct whorl_nothing;

/* Guards that take nothing of the event's. */
#define WHORL_IS_SIMPLE(guard, result) \
    (WHORL_IS(guard, result(void)) || WHORL_IS(guard, result(void *)))

#define WHORL_CHECK_HANDLER(event, handler)                       \
    _Static_assert(WHORL_HAS_FORM(event, handler, whorl_handler), \
                   "the type of handler " #handler " does not fit event " #event)
#define WHORL_CHECK_FILTER(event, handler)                                  \
    _Static_assert(WHORL_HAS_FORM(event, handler, whorl_filter) ||          \
                       WHORL_HAS_FORM(event, handler, whorl_silent_filter), \
                   "the type of filter " #handler " does not fit event " #event)
#define WHORL_CHECK_GUARD(event, guard)                                                            \
    _Static_assert(                                                                                \
        WHORL_IS(guard, struct whorl_nothing) || WHORL_HAS_FORM(event, guard, whorl_bool_guard) || \
            WHORL_HAS_FORM(event, guard, whorl_char_guard) ||                                      \
            WHORL_HAS_FORM(event, guard, whorl_signed_char_guard) ||                               \
            WHORL_HAS_FORM(event, guard, whorl_unsigned_char_guard) ||                             \
            WHORL_HAS_FORM(event, guard, whorl_short_guard) ||                                     \
            WHORL_HAS_FORM(event, guard, whorl_unsigned_short_guard) ||                            \
            WHORL_HAS_FORM(event, guard, whorl_int_guard) ||                                       \
            WHORL_HAS_FORM(event, guard, whorl_unsigned_guard) ||                                  \
            WHORL_HAS_FORM(event, guard, whorl_long_guard) ||                                      \
            WHORL_HAS_FORM(event, guard, whorl_unsigned_long_guard) ||                             \
            WHORL_IS_SIMPLE(guard, bool) || WHORL_IS_SIMPLE(guard, char) ||                        \
            WHORL_IS_SIMPLE(guard, signed char) || WHORL_IS_SIMPLE(guard, unsigned char) ||        \
            WHORL_IS_SIMPLE(guard, short) || WHORL_IS_SIMPLE(guard, unsigned short) ||             \
            WHORL_IS_SIMPLE(guard, int) || WHORL_IS_SIMPLE(guard, unsigned) ||                     \
            WHORL_IS_SIMPLE(guard, long) || WHORL_IS_SIMPLE(guard, unsigned long),                 \
        "the type of guard " #guard " does not fit event " #event)

#endif
