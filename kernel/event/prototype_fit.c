/*
 * Whether handlers, guards and the like have the types that an event asks for: see prototype.h.
 *
 * What a procedure takes is a closure or none, in front, and behind it what the event makes necessary. The
 * rules of one parameter are those of an import (domains/object/btf.h), with the event as the caller.
 */
#include "kernel/event/prototype_fit.h"

#include <stdio.h>

#include "domains/object/btf_value.h"

#define TEXT_MAX 400 /* of a type in a sentence */
#define DIFFERENCE_MAX (BTF_DIFFERENCE_MAX + 64)

/* A procedure that is to fit an event. */
struct fit {
    const struct procedure_type *event, *other;
    const char *what; /* "handler" */
    bool given;       /* a closure */
};

/* ---- sentences ---- */

static status_t refuse(const struct fit *fit, const char *difference)
{
    char event[TEXT_MAX], other[TEXT_MAX];

    btf_print(fit->event->type, event, sizeof event);
    btf_print(fit->other->type, other, sizeof other);
    return status_refuse(ERR_TYPE, "%s: the event is %s, the %s %s is %s; %s", fit->event->name,
                         event, fit->what, fit->other->name, other, difference);
}

/* About one parameter, counted from 1. */
static status_t refuse_parameter(const struct fit *fit, unsigned index, const char *why)
{
    char difference[DIFFERENCE_MAX];

    snprintf(difference, sizeof difference, "its parameter %u %s", index + 1, why);
    return refuse(fit, difference);
}

static status_t refuse_number(const struct fit *fit, unsigned n)
{
    char difference[DIFFERENCE_MAX];

    snprintf(difference, sizeof difference, "it takes %u parameter%s, where %u%s needed",
             btf_n_parameters(fit->other->type), btf_n_parameters(fit->other->type) == 1 ? "" : "s",
             n, n == 1 ? " is" : " are");
    return refuse(fit, difference);
}

static status_t refuse_memory(const struct fit *fit)
{
    return status_refuse(ERR_NO_MEMORY, "no memory to compare the types of %s and %s",
                         fit->event->name, fit->other->name);
}

/* ---- one type ---- */

/* "its parameter 2 does not fit: struct packet is 12 bytes here and 16 there" */
static status_t refuse_fit(const struct fit *fit, const char *where, const char *difference)
{
    char sentence[DIFFERENCE_MAX];

    snprintf(sentence, sizeof sentence, "%s not fit%s%s", where, difference[0] != 0 ? ": " : "",
             difference);
    return refuse(fit, sentence);
}

static status_t compare_parameter(const struct fit *fit, enum btf_role role, struct btf_type event,
                                  unsigned index)
{
    struct btf_type other = btf_parameter_type(fit->other->type, index);
    char difference[BTF_DIFFERENCE_MAX], where[40];
    status_t status;

    if (role == BTF_SHARED && !btf_pointee(other, &other))
        return refuse_parameter(fit, index, "is no pointer");
    status = btf_compatible_as(role, event, other, difference);
    if (status == OK)
        return OK;
    if (status != ERR_TYPE)
        return refuse_memory(fit);
    snprintf(where, sizeof where, "its parameter %u does", index + 1);
    return refuse_fit(fit, where, difference);
}

static status_t compare_results(const struct fit *fit)
{
    char difference[BTF_DIFFERENCE_MAX];
    status_t status = btf_compatible_as(BTF_RESULT, btf_result_type(fit->event->type),
                                        btf_result_type(fit->other->type), difference);

    if (status == OK)
        return OK;
    return status == ERR_TYPE ? refuse_fit(fit, "the results do", difference) : refuse_memory(fit);
}

static bool is_void(struct btf_type type)
{
    return btf_value_of(type).class == BTF_CLASS_NONE;
}

static bool is_unsigned(struct btf_type type, uint32_t size)
{
    struct btf_value value = btf_value_of(type);

    return value.class == BTF_CLASS_INTEGER && value.size == size && !value.is_signed;
}

/* ---- all of them ---- */

/* All parameters of the event, from one of the other's on; or, if shared, pointers to them. */
static status_t compare_arguments(const struct fit *fit, enum btf_role role, unsigned from)
{
    unsigned n = btf_n_parameters(fit->event->type);
    status_t status = OK;

    for (unsigned i = 0; status == OK && i < n; i++)
        status = compare_parameter(fit, role, btf_parameter_type(fit->event->type, i), from + i);
    return status;
}

static bool takes_pointer(const struct fit *fit)
{
    return btf_value_of(btf_parameter_type(fit->other->type, 0)).class == BTF_CLASS_POINTER;
}

static status_t check_fixed(const struct procedure_type *procedure, const char *what)
{
    if (!btf_is_variadic(procedure->type))
        return OK;
    if (btf_n_parameters(procedure->type) == 0)
        return status_refuse(ERR_UNSUPPORTED, "%s is declared without parameters, so it is no %s",
                             procedure->name, what);
    return status_refuse(ERR_UNSUPPORTED, "%s takes a variable number of arguments, so it is no %s",
                         procedure->name, what);
}

static status_t check_both_fixed(const struct fit *fit)
{
    status_t status = check_fixed(fit->event, "event");

    return status == OK ? check_fixed(fit->other, fit->what) : status;
}

/* Whether the first of its parameters is a closure, when n are needed besides. */
static status_t find_closure(const struct fit *fit, unsigned n, bool *closure)
{
    unsigned has = btf_n_parameters(fit->other->type);
    status_t status = check_both_fixed(fit);

    if (status != OK)
        return status;
    if (has == n && fit->given)
        return refuse(fit, "a closure is given, but it takes none");
    if (has != n && has != n + 1)
        return refuse_number(fit, fit->given ? n + 1 : n);
    if (has == n + 1 && !takes_pointer(fit))
        return refuse_parameter(fit, 0, "should be a closure, and is no pointer");
    *closure = has == n + 1;
    return OK;
}

/* ---- signatures ---- */

#define RESULT UINT32_MAX /* in place of the index of an argument */

static status_t refuse_value(const struct procedure_type *event, unsigned index,
                             struct btf_type type)
{
    char text[TEXT_MAX], what[32] = "the result";

    if (index != RESULT)
        snprintf(what, sizeof what, "argument %u", index + 1);
    btf_print(type, text, sizeof text);
    return status_refuse(ERR_UNSUPPORTED, "%s: %s is %s of %u bytes, which events cannot pass on",
                         event->name, what, text, (unsigned)btf_value_of(type).size);
}

static bool is_passed_in_words(const struct btf_value *value)
{
    switch (value->class) {
    case BTF_CLASS_POINTER:
        return true;
    case BTF_CLASS_INTEGER:
        return value->size == 1 || value->size == 2 || value->size == 4 || value->size == 8;
    case BTF_CLASS_FLOAT:
        return value->size == 4 || value->size == 8;
    default:
        return false;
    }
}

static status_t add_argument(const struct procedure_type *event, unsigned i,
                             struct signature *signature)
{
    struct btf_type type = btf_parameter_type(event->type, i);
    struct btf_value value = btf_value_of(type);

    if (value.class == BTF_CLASS_NONE)
        return status_refuse(ERR_UNSUPPORTED,
                             "%s: the compiler did not record the type of argument %u", event->name,
                             i + 1);
    if (value.class != BTF_CLASS_RECORD && !is_passed_in_words(&value))
        return refuse_value(event, i, type);
    signature->kinds[i] = value.class == BTF_CLASS_RECORD ? ARGUMENT_STRUCT
                          : value.is_signed               ? ARGUMENT_SIGNED
                                                          : ARGUMENT_UNSIGNED;
    signature->words[i] = value.class != BTF_CLASS_RECORD && value.size == 8 ? 2 : 1;
    signature->sizes[i] = value.size;
    signature->n_words += signature->words[i];
    return OK;
}

static status_t add_result(const struct procedure_type *event, struct signature *signature)
{
    struct btf_type type = btf_result_type(event->type);
    struct btf_value value = btf_value_of(type);

    signature->result_size = value.size;
    signature->result_signed = value.is_signed;
    if (value.class == BTF_CLASS_RECORD) {
        signature->result_pointer = true;
        return OK;
    }
    if (value.class == BTF_CLASS_NONE)
        return OK;
    if (!is_passed_in_words(&value))
        return refuse_value(event, RESULT, type);
    signature->result_words = value.size == 8 ? 2 : 1;
    return OK;
}

status_t prototype_signature(const struct procedure_type *event, struct signature *signature)
{
    struct signature made = {0};
    unsigned n;
    status_t status;

    if (event->btf == NULL)
        return status_refuse(ERR_TYPE, "%s: its type is not known, so it is no event", event->name);
    n = btf_n_parameters(event->type);
    status = check_fixed(event, "event");
    if (status == OK && n > ARGUMENTS_MAX)
        status = status_refuse(ERR_UNSUPPORTED, "%s takes %u arguments; events have at most %u",
                               event->name, n, ARGUMENTS_MAX);
    made.n_arguments = (uint8_t)n;
    for (unsigned i = 0; status == OK && i < n; i++)
        status = add_argument(event, i, &made);
    if (status == OK)
        status = add_result(event, &made);
    if (status == OK)
        *signature = made;
    return status;
}

bool prototype_returns_status(const struct procedure_type *event)
{
    char text[16];

    btf_print(btf_result_type(event->type), text, sizeof text);
    return strcmp(text, "status_t") == 0;
}

/* ---- handlers ---- */

/* Each way of passing stands before the same one with a closure. */
static enum passing with_closure(enum passing passing, bool closure)
{
    return closure ? passing + 1 : passing;
}

static bool is_words(struct btf_type type)
{
    struct btf_type pointee;

    return btf_pointee(type, &pointee) && is_unsigned(pointee, 4);
}

/* Two parameters, whatever the event has: words, and their number. */
static status_t fit_linear(const struct fit *fit, enum passing *passing)
{
    bool closure;
    status_t status = find_closure(fit, 2, &closure);

    if (status != OK)
        return status;
    if (!is_words(btf_parameter_type(fit->other->type, closure)))
        return refuse_parameter(fit, closure, "is not a uint32_t *");
    if (!is_unsigned(btf_parameter_type(fit->other->type, closure + 1), 4))
        return refuse_parameter(fit, closure + 1, "is not a size_t");
    *passing = with_closure(PASS_WORDS, closure);
    return OK;
}

static status_t fit_arguments(const struct fit *fit, bool filter, enum passing *passing)
{
    bool closure;
    status_t status = find_closure(fit, btf_n_parameters(fit->event->type), &closure);

    if (status == OK)
        status = compare_arguments(fit, filter ? BTF_SHARED : BTF_PARAMETER, closure);
    if (status != OK)
        return status;
    *passing = with_closure(filter ? PASS_POINTERS : PASS_ARGUMENTS, closure);
    return OK;
}

static enum passing plain_passing(const struct event_options *options)
{
    return options->linear ? PASS_WORDS : options->filter ? PASS_POINTERS : PASS_ARGUMENTS;
}

status_t prototype_handler(const struct procedure_type *event, const struct procedure_type *handler,
                           const struct event_options *options, enum passing *passing,
                           bool *has_result)
{
    struct fit fit = {event, handler, options->filter ? "filter" : "handler",
                      options->handler_closure != NULL};
    bool silent;
    enum passing how;
    status_t status;

    if (handler->btf == NULL) {
        *passing = with_closure(plain_passing(options), fit.given);
        *has_result =
            plain_passing(options) == PASS_ARGUMENTS && !is_void(btf_result_type(event->type));
        return OK;
    }
    silent = is_void(btf_result_type(handler->type));
    if (options->linear)
        status = fit_linear(&fit, &how);
    else
        status = fit_arguments(&fit, options->filter, &how);
    if (status == OK && !(silent && (options->filter || options->linear)))
        status = compare_results(&fit);
    if (status != OK)
        return status;
    *passing = how;
    *has_result = !silent;
    return OK;
}

status_t prototype_default_handler(const struct procedure_type *event,
                                   const struct procedure_type *handler, bool closure,
                                   enum passing *passing)
{
    struct fit fit = {event, handler, "default handler", closure};
    enum passing how = with_closure(PASS_ARGUMENTS, closure);
    status_t status = OK;

    if (handler->btf != NULL)
        status = fit_arguments(&fit, false, &how);
    if (status == OK && handler->btf != NULL)
        status = compare_results(&fit);
    if (status == OK)
        *passing = how;
    return status;
}

/* ---- guards ---- */

/* What a guard says must be in one register; what a post procedure returns must not need memory. */
static status_t check_guard_result(const struct fit *fit, bool post)
{
    struct btf_value value = btf_value_of(btf_result_type(fit->other->type));

    if (post && (value.class == BTF_CLASS_NONE || is_passed_in_words(&value)))
        return OK;
    if (post)
        return refuse(fit, "what it returns needs memory of the caller's");
    if (value.class == BTF_CLASS_INTEGER && is_passed_in_words(&value) && value.size <= 4)
        return OK;
    return refuse(fit, "its result is neither bool nor an integer of at most 32 bits");
}

/*
 * Whether all that a guard takes is a closure. If none is given, one parameter where the event has one too is
 * the event's, unless it is a void * that does not fit.
 */
static bool takes_closure_only(const struct fit *fit)
{
    unsigned n = btf_n_parameters(fit->event->type);
    struct btf_type pointee;

    if (btf_n_parameters(fit->other->type) != 1 || n == 0 ||
        !btf_pointee(btf_parameter_type(fit->other->type, 0), &pointee))
        return false;
    if (fit->given || n > 1)
        return true;
    if (btf_value_of(btf_parameter_type(fit->event->type, 0)).class != BTF_CLASS_POINTER)
        return true;
    return is_void(pointee) &&
           btf_compatible_as(BTF_PARAMETER, btf_parameter_type(fit->event->type, 0),
                             btf_parameter_type(fit->other->type, 0), NULL) == ERR_TYPE;
}

status_t prototype_guard(const struct procedure_type *event, const struct procedure_type *guard,
                         bool closure, bool post, enum passing *passing)
{
    struct fit fit = {event, guard, post ? "post procedure" : "guard", closure};
    enum passing how = PASS_NOTHING;
    status_t status;

    if (guard->btf == NULL) {
        *passing = with_closure(PASS_ARGUMENTS, closure);
        return OK;
    }
    status = check_both_fixed(&fit);
    if (status == OK)
        status = check_guard_result(&fit, post);
    if (status != OK)
        return status;
    if (takes_closure_only(&fit))
        how = PASS_CLOSURE;
    else if (closure || btf_n_parameters(guard->type) != 0 || btf_n_parameters(event->type) == 0)
        status = fit_arguments(&fit, false, &how);
    if (status == OK)
        *passing = how;
    return status;
}

/* ---- results ---- */

/* *final and the result itself, if the event has one; returns how many parameters they are. */
static status_t compare_folded(const struct fit *fit, unsigned *at)
{
    struct btf_type result = btf_result_type(fit->event->type);
    status_t status;

    if (is_void(result))
        return OK;
    status = compare_parameter(fit, BTF_SHARED, result, *at);
    if (status == OK)
        status = compare_parameter(fit, BTF_PARAMETER, result, *at + 1);
    *at += 2;
    return status;
}

static bool is_void_pointer_pointer(struct btf_type type)
{
    return btf_pointee(type, &type) && btf_pointee(type, &type) && is_void(type);
}

static status_t compare_state(const struct fit *fit, unsigned *at)
{
    if (!is_unsigned(btf_parameter_type(fit->other->type, *at), 1))
        return refuse_parameter(fit, *at, "is not a bool");
    if (!is_void_pointer_pointer(btf_parameter_type(fit->other->type, *at + 1)))
        return refuse_parameter(fit, *at + 1, "is not a void **");
    *at += 2;
    return OK;
}

static status_t fit_result_handler(const struct fit *fit, enum passing *passing)
{
    unsigned n = btf_n_parameters(fit->event->type), at;
    bool closure;
    status_t status =
        find_closure(fit, n + (is_void(btf_result_type(fit->event->type)) ? 2 : 4), &closure);

    if (status != OK)
        return status;
    at = closure;
    status = compare_folded(fit, &at);
    if (status == OK)
        status = compare_state(fit, &at);
    if (status == OK)
        status = compare_arguments(fit, BTF_PARAMETER, at);
    if (status == OK)
        *passing = with_closure(PASS_ARGUMENTS, closure);
    return status;
}

status_t prototype_result_handler(const struct procedure_type *event,
                                  const struct procedure_type *handler, bool closure,
                                  enum passing *passing)
{
    struct fit fit = {event, handler, "result handler", closure};
    unsigned n;
    status_t status;

    if (handler->btf == NULL) {
        *passing = with_closure(PASS_ARGUMENTS, closure);
        return OK;
    }
    n = btf_n_parameters(handler->type);
    status = check_both_fixed(&fit);
    if (status != OK)
        return status;
    if (!is_void(btf_result_type(handler->type)))
        return refuse(&fit, "a result handler returns nothing");
    if (n == 0 && closure)
        return refuse(&fit, "a closure is given, but it takes none");
    if (n > 1 || (n == 1 && !takes_pointer(&fit)))
        return fit_result_handler(&fit, passing);
    *passing = n == 0 ? PASS_NOTHING : PASS_CLOSURE;
    return OK;
}

/* ---- default results ---- */

static status_t refuse_variable(const struct procedure_type *event, const char *name,
                                struct btf_type type, const char *difference)
{
    char result[TEXT_MAX], variable[TEXT_MAX];

    btf_print(btf_result_type(event->type), result, sizeof result);
    btf_print(type, variable, sizeof variable);
    return status_refuse(ERR_TYPE, "%s: the event returns %s, the default result %s is %s%s%s",
                         event->name, result, name, variable, difference[0] != 0 ? "; " : "",
                         difference);
}

status_t fit_default_result(const struct procedure_type *event, const char *name,
                            struct btf_type type)
{
    char difference[BTF_DIFFERENCE_MAX] = "";
    status_t status;

    if (is_void(btf_result_type(event->type)))
        return refuse_variable(event, name, type, "an event without result has no default result");
    status = btf_compatible_as(BTF_RESULT, btf_result_type(event->type), type, difference);
    if (status == ERR_TYPE)
        return refuse_variable(event, name, type, difference);
    return status == OK ? OK
                        : status_refuse(status, "no memory to compare the types of %s and %s",
                                        event->name, name);
}
