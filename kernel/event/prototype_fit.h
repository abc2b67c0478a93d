/* What prototype.c and prototype_fit.c share; private to them. */
#ifndef KERNEL_EVENT_PROTOTYPE_FIT_H
#define KERNEL_EVENT_PROTOTYPE_FIT_H

#include "kernel/event/prototype.h"

/* Whether a variable of that name and type may be the event's result. */
status_t fit_default_result(const struct procedure_type *event, const char *name,
                            struct btf_type type);

#endif
