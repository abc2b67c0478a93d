/*
 * The Open Firmware client interface (IEEE 1275-1994, section 6; PowerPC
 * binding, section 8): the few services needed to copy the device tree.
 *
 * Usable only while boot/ runs. Every call's time is added up, so that the time
 * the kernel takes to start can be told from the firmware's.
 */
#ifndef BOOT_OPENFIRMWARE_H
#define BOOT_OPENFIRMWARE_H

#include <stddef.h>
#include <stdint.h>

typedef uint32_t of_node_t; /* a phandle; 0 is "none" */

#define OF_NAME_MAX 32 /* bytes of a property's name, the final zero included */

void of_initialize(void *client_interface);

of_node_t of_child(of_node_t node);
of_node_t of_peer(of_node_t node);
of_node_t of_root(void);

/* Bytes of the path, final zero not counted; never more than size - 1. */
size_t of_path(of_node_t node, char *path, size_t size);

/* Name of the property after `previous` ("" for the first); 0 when there is none. */
int of_next_property(of_node_t node, const char *previous, char name[OF_NAME_MAX]);

/* Length in bytes, negative when there is no such property. At most size bytes are copied. */
int of_property(of_node_t node, const char *name, void *value, size_t size);

/* Print on the firmware's console and stop. */
void of_fail(const char *message) __attribute__((noreturn));

/* Time base ticks spent inside the firmware since of_initialize. */
uint64_t of_ticks(void);

#endif
