/*
 * The two serial channels of the ESCC (Zilog Z85C30 manual). Receiving is by
 * interrupt into a ring for each channel; sending waits for the transmitter.
 */
#ifndef ARCH_PPC_ESCC_H
#define ARCH_PPC_ESCC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum escc_channel { ESCC_A, ESCC_B };

/* Sends bytes; returns when the last is handed to the transmitter. Any context. */
void escc_write(enum escc_channel channel, const void *bytes, size_t n);

/* The next byte received, -1 if there is none. Not from interrupt handlers. */
int escc_read(enum escc_channel channel);

/* Whether escc_read would find a byte. */
bool escc_readable(enum escc_channel channel);

/* Bytes lost because a ring was full since start. */
unsigned escc_lost(enum escc_channel channel);

#endif
