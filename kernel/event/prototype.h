/*
 * Types of events, handlers and guards, as the compilers recorded them (BTF): from a procedure to its
 * signature, and whether others fit. Every refusal is ERR_TYPE (or ERR_UNSUPPORTED for what takes a variable number of
 * arguments) with a sentence that has both types as C, or ERR_NO_MEMORY.
 *
 * Others are only compared with events that prototype_signature accepts. What has no type is believed to
 * have the plain form: what the options say, with a closure if one is given, and a result if it is no filter
 * and not linear.
 *
 * Two types of gcc's that it does not record stand for void: vectors and complex integers. A procedure that takes
 * one is no event; of one that returns one nobody can tell. A transparent union passes for a union.
 */
#ifndef KERNEL_EVENT_PROTOTYPE_H
#define KERNEL_EVENT_PROTOTYPE_H

#include <whorl/event.h>
#include <whorl/status.h>

#include "arch/ppc/code/dispatch/signature.h"
#include "domains/domain.h"
#include "domains/object/btf.h"

/* A procedure and what is known of it. */
struct procedure_type {
    vaddr_t address;
    struct domain *domain; /* NULL: the kernel */
    const char *name;
    const struct btf *btf; /* NULL: not known */
    struct btf_type type;  /* its FUNC_PROTO */
};

/*
 * Of the procedure that starts at an address: by its symbol, which may be static, or the slot of an import, whose
 * definition is meant; *procedure->address is then that. ERR_BAD_ARGUMENT: no procedure starts there; ERR_TYPE: its type is not
 * known, or several of its name have different ones. With `lenient`, what has no type is no error: btf is NULL.
 */
status_t prototype_of(vaddr_t address, bool lenient, struct procedure_type *procedure);

/*
 * ERR_UNSUPPORTED: variadic, without a prototype, more than ARGUMENTS_MAX arguments, or one or a result of a
 * type that cannot be passed on: complex, or numbers of other sizes than 1, 2, 4 and 8 bytes. ERR_TYPE: not known.
 */
status_t prototype_signature(const struct procedure_type *event, struct signature *signature);

/* Whether its result is a status_t. */
bool prototype_returns_status(const struct procedure_type *event);

/* How a handler is to be called, and whether what it returns has a part in the event's result. */
status_t prototype_handler(const struct procedure_type *event, const struct procedure_type *handler,
                           const struct event_options *options, enum passing *passing,
                           bool *has_result);

/*
 * A guard; or, if `post`, a post procedure, whose result does not matter unless it needs memory. Without a
 * closure given, a single pointer is a closure all the same, which will be NULL, where the event has several
 * parameters or one that is no pointer; where it has one pointer, only a void * is, and only if it does not fit.
 */
status_t prototype_guard(const struct procedure_type *event, const struct procedure_type *guard,
                         bool closure, bool post, enum passing *passing);

/* Of the event's type, with a closure in front if one is given. */
status_t prototype_default_handler(const struct procedure_type *event,
                                   const struct procedure_type *handler, bool closure,
                                   enum passing *passing);
status_t prototype_result_handler(const struct procedure_type *event,
                                  const struct procedure_type *handler, bool closure,
                                  enum passing *passing);

/* The variable that stands at an address must be of the event's result type. */
status_t prototype_default_result(const struct procedure_type *event, vaddr_t variable);

#endif
