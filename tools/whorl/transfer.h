/*
 * Files on their way to the kernel, over a link that has made contact.
 */
#ifndef WHORL_TRANSFER_H
#define WHORL_TRANSFER_H

#include "tools/whorl/link.h"

/* A file to send, and who wants to know how far it is; progress may be NULL. */
struct transfer {
    const char *name; /* what the kernel shall call it */
    const void *data;
    size_t size;
    void (*progress)(void *context, const struct transfer *transfer, size_t done);
    void *context;
};

/*
 * Sends the file. The kernel holds it until a load removes it or transfer_undo does; it has compared
 * size and CRC-32. On LINK_REFUSED it holds nothing.
 */
link_result_t transfer_send(link_t *link, const struct transfer *transfer);
link_result_t transfer_undo(link_t *link, const char *name);

#endif
