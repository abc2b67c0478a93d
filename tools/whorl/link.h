/*
 * The client's side of the link port: GDB's remote serial protocol with Whorl's additions, over any file
 * descriptor that carries bytes both ways (socket, pseudo-terminal, serial device). It copes with
 * damaged, lost and repeated packets. It never gives up by itself: silence lasts as long as the owner's
 * wait lets it. One request at a time.
 *
 * A request carries a sequence id, two hex digits and a colon, which every packet sent in answer repeats.
 * The kernel executes a request once; when it arrives again, or when its id comes with an empty body, the
 * kernel repeats the answer. `E16` says that it does not know the id.
 */
#ifndef WHORL_LINK_H
#define WHORL_LINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct link link_t;

typedef enum [[nodiscard]] link_result{
    LINK_OK,
    LINK_REFUSED,  /* the kernel answered, and the answer is no; link_error says what */
    LINK_PANICKED, /* the kernel said that it panicked; it will answer no more */
    LINK_CLOSED,   /* the other end of the line is gone */
    LINK_STOPPED,  /* the owner's wait said so; a request may be under way */
    LINK_BROKEN,   /* the line failed, or what came is not the protocol; link_error says what */
} link_result_t;

/* What the link needs from its owner. Nothing here may call back into the link. */
struct link_owner {
    void *context;
    /*
     * Waits until fd is ready for one of events (poll's) and returns what it is ready for; 0 after that
     * many milliseconds; negative to stop the request.
     */
    int (*wait)(void *context, int fd, short events, int milliseconds);
    /* Takes what a command prints: stream 1 is output, 2 is refusals and reports. */
    void (*output)(void *context, int stream, const void *text, size_t size);
};

/* Milliseconds of silence before a request, or the question for its answer, is sent again. */
struct link_timing {
    int contact;
    int request;
    int poll;
};

extern const struct link_timing link_default_timing;

/*
 * A link on fd, which must be non-blocking and stays the caller's; the process must ignore SIGPIPE.
 * Nothing is sent yet. Never NULL: a host without memory for it ends the program.
 */
link_t *link_create(int fd, const struct link_owner *owner, const struct link_timing *timing);
void link_destroy(link_t *link);

/* A sentence without full stop on what went wrong last. */
const char *link_error(const link_t *link);

/*
 * Asks the kernel who it is, again and again until it answers, and agrees on packet sizes. To be called
 * first, and after the kernel was restarted. The kernel forgets the files of a former session.
 */
link_result_t link_contact(link_t *link);

/*
 * Sends a request and returns with its final reply, a string that is valid until the next call. The
 * link adds id, escapes and checksum.
 */
link_result_t link_ask(link_t *link, const char *head, const char **reply);

/*
 * The same for a request of text and data, but sends it only once: if the kernel does not acknowledge it,
 * the reply is NULL, and the caller may try another request. That one has another id, so this must be
 * one that does no harm when executed all the same.
 */
link_result_t link_try(link_t *link, const char *head, const void *data, size_t size,
                       const char **reply);

/* Whether the kernel listed the feature, such as "whorl.zlib+", at the last contact. */
bool link_offers(const link_t *link, const char *feature);

/* How many bytes, escapes included, the kernel takes in a request after this head. */
size_t link_room(const link_t *link, const char *head);

/* Notes the sentence for link_error and returns result. */
link_result_t link_fail(link_t *link, link_result_t result, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/*
 * Runs a shell command and returns when it has ended; its output goes to the owner as it comes.
 * LINK_REFUSED if it failed: status is then its negative status, or -1 if the kernel gave none.
 */
link_result_t link_run(link_t *link, const char *command, int *status);

/* Reads and drops what has come unasked. LINK_OK if nothing in it matters. */
link_result_t link_drain(link_t *link);

#endif
