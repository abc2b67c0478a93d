/*
 * How an operation ended: OK or a negative ERR_….
 *
 * Every function that can fail returns a status_t, which the compiler makes the
 * caller look at. Results come through the last parameter and are untouched on
 * failure. A refusal also leaves a sentence that names the symbol, offset or
 * value at fault; status_explain() gives it until the next refusal.
 */
#ifndef WHORL_STATUS_H
#define WHORL_STATUS_H

#include <whorl/interface.h>

#if defined(__clang__)
#define WHORL_MUST_CHECK
#else
#define WHORL_MUST_CHECK [[nodiscard]]
#endif

typedef enum WHORL_MUST_CHECK {
    OK = 0,
    ERR_NO_MEMORY = -1,       /* no memory of the kind asked for */
    ERR_BAD_ARGUMENT = -2,    /* an argument outside its range */
    ERR_BAD_OBJECT = -3,      /* not an object file that can be linked here */
    ERR_BAD_CAPABILITY = -4,  /* a stale or forged capability */
    ERR_NOT_FOUND = -5,       /* nothing of that name */
    ERR_EXISTS = -6,          /* the name is taken */
    ERR_UNRESOLVED = -7,      /* symbols without a definition */
    ERR_RANGE = -8,           /* a value does not fit where it must go */
    ERR_UNSUPPORTED = -9,     /* well-formed, but not offered here */
    ERR_BUSY = -10,           /* in use by others */
    ERR_FAULT = -11,          /* the code called did something forbidden and was stopped */
    ERR_FAILED = -12,         /* the code called reported failure, or a test failed */
    ERR_STATE = -13,          /* not in the state that this needs */
    ERR_DAMAGED = -14,        /* data did not arrive as it was sent */
    ERR_TYPE = -15,           /* caller and definition do not agree on a type, or it is not known */
    ERR_DENIED = -16,         /* who asks may not do this */
    ERR_NOT_AUTHORIZED = -17, /* an event's authorizer or its authority does not allow it */
    ERR_QUOTA = -18,          /* the domain has as much as its quota allows */
    ERR_TIMEOUT = -19,        /* the time that was allowed has passed */
} status_t;

/* "ERR_NO_MEMORY" and the like; "ERR_?" for a number that is none of these. Any context. */
EVENT const char *status_name(status_t status);

#define STATUS_SENTENCE_MAX 32768 /* bytes, the final zero included: room for a thousand names */

/* The sentence of the latest refusal, never NULL. Valid until the next refusal. */
EVENT const char *status_explain(void);

/*
 * Returns status and makes the sentence, printf-like and without a final newline,
 * what status_explain() gives. A sentence of STATUS_SENTENCE_MAX bytes or more is cut.
 */
EVENT status_t status_refuse(status_t status, const char *sentence, ...)
    __attribute__((format(printf, 2, 3)));

/* Puts "what: " in front of the sentence of the latest refusal, and returns status. */
EVENT status_t status_context(status_t status, const char *what);

#endif
