/*
 * Who a domain is. An identity_t * is a capability: a domain can get its own and
 * show it to others, who can look at it but not get it by themselves. It is dead
 * when its domain is unloaded.
 *
 * For the kernel's main line and for extensions, not for interrupt handlers.
 */
#ifndef WHORL_IDENTITY_H
#define WHORL_IDENTITY_H

#include <stdbool.h>
#include <stddef.h>
#include <whorl/interface.h>
#include <whorl/status.h>

typedef struct identity identity_t;

/* Of the domain whose code calls. NULL: no memory. */
EVENT identity_t *identity_self(void);

/* False for what is no live identity, too. */
EVENT bool identity_is_privileged(identity_t *identity);

/*
 * The name of the domain, and of who loaded it ("operator", or a domain), each cut to
 * size - 1 characters and a zero. ERR_BAD_CAPABILITY; ERR_BAD_ARGUMENT: size is 0.
 */
EVENT status_t identity_name(identity_t *identity, char *name, size_t size);
EVENT status_t identity_loader(identity_t *identity, char *name, size_t size);

#endif
