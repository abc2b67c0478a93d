/* The parts of the bench of events. */
#ifndef BENCH_EVENTS_H
#define BENCH_EVENTS_H

#include <whorl/status.h>

status_t measure_raising(void);   /* event.ARGS.HANDLERS.GUARD.FORM and table.ARGS.HANDLERS.GUARD */
status_t measure_replacing(void); /* what must cost nothing, or next to it */
status_t measure_installing(void); /* and uninstalling, destroying, swapping */

#endif
