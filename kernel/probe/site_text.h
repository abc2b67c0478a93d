/*
 * Sites as users write them: SYMBOL, SYMBOL+n, DOMAIN.SYMBOL, DOMAIN!SYMBOL or an address (location.h), and with :return
 * behind it all the ways out of a procedure. A name that no symbol has may be that of a procedure that extensions call
 * and that asks who does (kernel/interface.h).
 *
 * A look is at the code as it is without patches; it holds until a domain comes or goes. Main line only.
 */
#ifndef KERNEL_PROBE_SITE_TEXT_H
#define KERNEL_PROBE_SITE_TEXT_H

#include "arch/ppc/code/analysis/location.h"
#include "arch/ppc/code/analysis/program.h"
#include "arch/ppc/code/analysis/report.h"

#define SITE_NAME_MAX (REPORT_NAME_MAX + 8)

/* How control leaves a procedure. */
enum site_exit {
    EXIT_NONE,   /* it does not, there */
    EXIT_RETURN, /* to the caller */
    EXIT_HELPED, /* by way of libgcc's _restgpr_N_x: everything but the frame is as at a return */
    EXIT_TAIL,   /* another procedure returns in its place */
};

struct probe_site {
    vaddr_t address;
    bool conditional; /* only when the branch there is taken */
    uint8_t exit;     /* enum site_exit */
    vaddr_t callee;   /* of EXIT_TAIL; 0: not known */
};

struct site_look {
    struct code_index *index;
    struct program
        *program; /* with all calls; NULL: nobody has asked for the flow of anything yet */
    struct location location;
    bool returns;             /* :return was there */
    char name[SITE_NAME_MAX]; /* "kernel!heap_allocate+0x10", "kernel!heap_allocate:return" */
};

/* ERR_NOT_FOUND, ERR_EXISTS, ERR_RANGE, ERR_BAD_ARGUMENT as code_locate; ERR_NO_MEMORY. */
status_t site_open(const char *text, struct site_look *look);
void site_close(struct site_look *look);

/* Whether it is the first instruction of a whole procedure. */
bool site_is_entry(const struct site_look *look);

/* ERR_RANGE: it is not. `what` needs that. */
status_t site_check_entry(const struct site_look *look, const char *what);

/*
 * The procedure's flow, as it is without patches and events. It holds until code is patched or changes in another way, or another flow is
 * asked for. ERR_UNSUPPORTED: generated code; ERR_NO_MEMORY; errors of program_flow.
 */
status_t site_flow(const struct site_look *look, const struct flow **flow);

/*
 * All ways out, by rising address; of the heap. ERR_UNSUPPORTED: not all are known, or they lead into the middle of
 * something; ERR_RANGE: there is none; ERR_NO_MEMORY.
 */
status_t site_exits(const struct site_look *look, struct probe_site **sites, size_t *n);

/* What was written: one site, or all ways out. */
status_t site_list(const struct site_look *look, struct probe_site **sites, size_t *n);

#endif
