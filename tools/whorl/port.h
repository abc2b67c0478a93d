/*
 * The link port while the tool itself asks nothing: open to another program through a socket, one at a
 * time, or else watched for what the kernel says unasked.
 */
#ifndef WHORL_PORT_H
#define WHORL_PORT_H

#include "tools/whorl/session.h"

/* Bytes on their way from one side to the other. */
struct flow {
    size_t at, length;
    char bytes[4096];
};

struct port {
    struct session *session;
    char *path;   /* of the socket */
    int listener; /* -1 for none */
    int client;   /* -1 for none */
    bool lent;    /* somebody else spoke on the link since port_start */
    struct flow to_kernel;
    struct flow to_client;
};

/* Where the socket is if nobody says; to be freed. */
char *port_usual_path(void);

/* Makes the socket at path. False, and the user was told why. NULL: at the usual one, or none if that cannot be. */
bool port_open(struct port *port, struct session *session, const char *path);
void port_close(struct port *port);

/* Between the two the session must not use the link. */
void port_start(struct port *port);
void port_stop(struct port *port);

#endif
