/*
 * domains/host.h on the host. An image's bytes are allocated at exactly the sizes
 * asked for, text and rodata filled with garbage; its run-time addresses are those
 * that the kernel would give, unless a test sets others. After image_seal the
 * bytes of text must not be touched, nor those of rodata changed, but by image_patch. Code is not run:
 * a call is noted, and a hook of the test may answer it.
 *
 * The linker's --wrap of malloc, calloc and free makes allocations countable.
 */
#ifndef TESTS_FAKE_HOST_H
#define TESTS_FAKE_HOST_H

#include "domains/domain.h"

#define FAKE_OWNER 0x123 /* of the first image that lives; others have the numbers behind it */
#define FAKE_CODE 0x04000000u
#define FAKE_DATA 0x10800000u
#define FAKE_FOREVER 0x7fffffff

struct fake_host {
    vaddr_t code, data;   /* where the next image goes; each takes whole pages */
    int allocations_left; /* of image_allocate, before it fails */
    int seals_left;
    int mallocs_left;
    int charges_left;      /* of memory_charge */
    size_t charged;        /* to all owners */
    size_t image_size_max; /* image_allocate refuses more */
    int n_images;          /* that live */
    int n_blocks;          /* of malloc that live, of all who were compiled for this program */
    int n_mallocs;         /* that were asked for */
    char calls[2048];      /* made since the reset: "counter:domain_init client:0x18 " */
    uint32_t arguments[3]; /* of the last call */
    vaddr_t led, led_to;   /* if n_procedures_led is set: a procedure whose calls go elsewhere */
    unsigned running;      /* owner of an image that image_is_running, 0: none */
    unsigned n_leaving;    /* that domain_leaves was told of */
    uint32_t retirement, retirement_over; /* the latest, and the latest that is over */
    /* Answers a call of sealed code, if it is set. Without it they return OK. */
    status_t (*call)(struct domain *domain, const char *procedure, status_t *result);
};

extern struct fake_host fake_host;

/*
 * Of an operator who loads what has no types: objects made in memory have none; and what is not admitted without
 * privilege: they show what can be linked, compiled or not.
 */
extern const struct domain_terms fake_terms;

/* In a group of one. */
status_t start_alone(struct domain *domain);
status_t end_alone(struct domain *domain);

/*
 * Destroys what a test left behind, which it must not; how many images and views that was.
 * The nameserver has no names afterwards.
 */
int fake_host_sweep(void);

/* Back to the beginning but for the counts of what lives. */
void fake_host_reset(void);

#endif
