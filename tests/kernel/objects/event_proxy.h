/* Lets a suite do things with events as another domain: that domain's own calls, and a few procedures of its own. */
#ifndef TESTS_KERNEL_OBJECTS_EVENT_PROXY_H
#define TESTS_KERNEL_OBJECTS_EVENT_PROXY_H

#include <whorl/event.h>
#include <whorl/identity.h>

struct event_proxy {
    __typeof__(event_install) *install, *create;
    __typeof__(event_uninstall) *uninstall, *activate, *destroy;
    __typeof__(event_intrinsic) *intrinsic;
    __typeof__(event_swap) *swap;
    __typeof__(event_impose_guard) *impose_guard;
    __typeof__(event_impose) *impose;
    __typeof__(event_lift_guard) *lift_guard;
    __typeof__(event_set_authorizer) *set_authorizer;
    __typeof__(event_set_default_handler) *set_default_handler, *set_result_handler;
    __typeof__(event_set_default_result) *set_default_result;
    __typeof__(event_bindings) *bindings;
    __typeof__(identity_self) *self; /* as the domain's code has its address */
    identity_t *(*ask_self)(void);   /* calls it */
    procedure_t notified, asked;     /* events of the domain's own: void(int), int(int) */
    void (*notify)(int what);        /* raise them */
    int (*ask)(int what);
    procedure_t handle, handle_asked; /* handlers of such */
    procedure_t guard_odd, guard_no;  /* guards */
    procedure_t impure;               /* bool(void) that stores */
    int *seen;                        /* what `handle` got last */
    int *n_notified;
};

/* Of one's own code, so that each call is made by the domain: a pointer to a procedure of others would be that procedure. */
#define EVENT_PROXY(name)                                 \
    int name##_seen, name##_n_notified;                   \
    EVENT void name##_notified(int what);                 \
    EVENT int name##_asked(int what);                     \
    void name##_notified(int what)                        \
    {                                                     \
        name##_n_notified += what != 0;                   \
    }                                                     \
    int name##_asked(int what)                            \
    {                                                     \
        return what + 1;                                  \
    }                                                     \
    static void notify(int what)                          \
    {                                                     \
        name##_notified(what);                            \
    }                                                     \
    static int ask(int what)                              \
    {                                                     \
        return name##_asked(what);                        \
    }                                                     \
    static void handle(int what)                          \
    {                                                     \
        name##_seen = what;                               \
    }                                                     \
    static int handle_asked(int what)                     \
    {                                                     \
        return what + 100;                                \
    }                                                     \
    static bool guard_odd(int what)                       \
    {                                                     \
        return what % 2 != 0;                             \
    }                                                     \
    static bool guard_no(void)                            \
    {                                                     \
        return false;                                     \
    }                                                     \
    static bool impure(void)                              \
    {                                                     \
        return name##_seen++ != 0;                        \
    }                                                     \
    static identity_t *ask_self(void)                     \
    {                                                     \
        return identity_self();                           \
    }                                                     \
    const struct event_proxy name##_proxy = {             \
        .install = event_install,                         \
        .create = event_create,                           \
        .uninstall = event_uninstall,                     \
        .activate = event_activate,                       \
        .destroy = event_destroy,                         \
        .intrinsic = event_intrinsic,                     \
        .swap = event_swap,                               \
        .impose_guard = event_impose_guard,               \
        .impose = event_impose,                           \
        .lift_guard = event_lift_guard,                   \
        .set_authorizer = event_set_authorizer,           \
        .set_default_handler = event_set_default_handler, \
        .set_result_handler = event_set_result_handler,   \
        .set_default_result = event_set_default_result,   \
        .bindings = event_bindings,                       \
        .self = identity_self,                            \
        .ask_self = ask_self,                             \
        .notified = (procedure_t)name##_notified,         \
        .asked = (procedure_t)name##_asked,               \
        .notify = notify,                                 \
        .ask = ask,                                       \
        .handle = (procedure_t)handle,                    \
        .handle_asked = (procedure_t)handle_asked,        \
        .guard_odd = (procedure_t)guard_odd,              \
        .guard_no = (procedure_t)guard_no,                \
        .impure = (procedure_t)impure,                    \
        .seen = &name##_seen,                             \
        .n_notified = &name##_n_notified,                 \
    }

#endif
