/*
 * Events by name, for those who are told at run time what to look at: interface EventNames, in SpinPrivate,
 * since who has an event by name need not be linked with it. For the kernel's main line and for extensions.
 */
#ifndef WHORL_EVENT_NAMES_H
#define WHORL_EVENT_NAMES_H

#include <whorl/event.h>
#include <whorl/interface.h>
#include <whorl/status.h>

/*
 * The procedure of a name as the shell takes it: SYMBOL, DOMAIN!SYMBOL, DOMAIN.SYMBOL, or an address
 * in hexadecimal where a procedure begins. ERR_NOT_FOUND; ERR_EXISTS: several, the sentence lists them;
 * ERR_RANGE: no procedure begins there; ERR_TYPE: it is a copy that the compiler made for some calls;
 * ERR_NO_MEMORY.
 */
EVENT status_t event_named(const char *name, procedure_t *event);

/* The same the other way round: "udp!udp_arrived" into text, which is cut to size. */
EVENT void event_name(procedure_t event, char *text, size_t size);

#endif
