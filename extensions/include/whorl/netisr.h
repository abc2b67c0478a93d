/*
 * Software interrupts of the network, as 4.4BSD and Darwin have them: interfaces of the extensions netisr, netisr_log and
 * netisr_more, which have to be loaded; IMPORT_DOMAIN("netisr") binds to the first. For
 * extensions, not for interrupt handlers.
 */
#ifndef WHORL_NETISR_H
#define WHORL_NETISR_H

#include <stdint.h>
#include <whorl/interface.h>
#include <whorl/status.h>

#define NETISR_TYPES 32 /* as many as run_netisr was built for */

/* Some types of packets, by the numbers that Darwin gives them. */
enum netisr_type { NETISR_IP = 2, NETISR_ARP = 18, NETISR_IPV6 = 28 };

/* ---- netisr ---- */

/* A bit for each type that has packets waiting, the least significant one for type 0. */
extern volatile uint32_t netisr;

/* Services what waits of a type. May schedule types, also its own. */
typedef void netisr_procedure_t(unsigned type);

/* What is to be called for a type; NULL: nothing any more. Who registers one of its own takes it back before it goes. ERR_RANGE: no such type. */
EVENT status_t netisr_register(unsigned type, netisr_procedure_t *procedure);

/* Packets of a type wait. Raised for each type that is scheduled. ERR_RANGE: no such type. */
EVENT status_t netisr_schedule(unsigned type);

/* Services all types that wait, the smallest first, until none does. */
EVENT void run_netisr(void);

/* ---- netisr_log ---- */

/* Prints the mask, and how often it was called. */
EVENT void netisr_log(void);

/* ---- netisr_more, which patches run_netisr ---- */

#define NETISR_TYPES_MORE 64

/* The same as netisr_register for types from NETISR_TYPES to NETISR_TYPES_MORE - 1, which netisr_schedule takes from then on. */
EVENT status_t netisr_more(unsigned type, netisr_procedure_t *procedure);

#endif
