/*
 * The flight recorder: the latest events of the system, for whoever asks what led to something: the panic message, and `recorder`.
 *
 * Any context; some thirty instructions.
 */
#ifndef KERNEL_RECORDER_H
#define KERNEL_RECORDER_H

#include <stdint.h>
#include <stdio.h>

#define RECORDER_SIZE 64
#define RECORDER_NAME_MAX 31 /* characters */

enum recorded {
    RECORDED_DOMAIN_LOADED,
    RECORDED_DOMAIN_UNLOADED,
    RECORDED_QUARANTINE,
    RECORDED_FAULT,          /* value: srr0 */
    RECORDED_STRAND_CREATED, /* value: its number */
    RECORDED_STRAND_ENDED,
    RECORDED_INSTALLED, /* value: the handler */
    RECORDED_REMOVED,
    RECORDED_PATCHED, /* value: the site */
    RECORDED_UNPATCHED,
    RECORDED_COMMAND,
    RECORDED_ALARM,   /* value: its handler */
    RECORDED_KILLED,  /* value: where the ephemeral handler was */
    RECORDED_REFUSED, /* by a quota; the first time in a row, and the one too many */
    N_RECORDED,
};

/* name: of what it happened to, copied and cut; NULL: it has none. */
void record(enum recorded what, const char *name, uint32_t value);

struct strand;

/* The same of a strand, with its number. */
void record_strand(enum recorded what, const struct strand *strand);

/*
 * A fault, and that a domain goes into quarantine for it, in fewer instructions: the name must stay what it is until it is copied,
 * by recorder_settle, which is before the domain goes. Interrupts off.
 */
void record_contained(uint32_t srr0, const char *name);
void recorder_settle(void);

/* The earliest first. */
void recorder_print(FILE *out);

#endif
