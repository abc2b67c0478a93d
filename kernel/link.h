/*
 * The link port: serial channel B, GDB's remote serial protocol (Debugging with
 * GDB, appendix "GDB Remote Serial Protocol") as a server. vFile requests bring
 * files, qRcmd runs shell commands. Additions of our own, all optional:
 *
 *   NN:request          two hex digits and a colon: every packet sent in answer
 *                       begins with the same. A request whose number was answered
 *                       last is not executed again, its answer is repeated; an
 *                       empty one only asks for that.
 *   whorl.stream+       feature in qSupported: output comes in `o` packets, stream
 *                       (1 output, 2 refusals), two digits of a count, a colon,
 *                       the text in hex; otherwise as standard `O` packets.
 *   QWhorlExpect:FD,SIZE,CRC[,z]   what vFile:close shall find; with z, what is
 *                       written is a zlib stream of it.
 *
 * A panic sends X06 unasked. Main line only.
 */
#ifndef KERNEL_LINK_H
#define KERNEL_LINK_H

#include <stdbool.h>
#include <stdint.h>

void link_initialize(void);

/* Carries out the next request if one has arrived. */
void link_poll(void);

/* Whether link_poll would find something, and by when it wants to be called even so. */
bool link_pending(void);
uint64_t link_deadline(void);

#endif
