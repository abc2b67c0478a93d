/*
 * The client of the link port; the header states the protocol in short.
 *
 * run_exchange() is the heart: it sends one request and sees it through to its final reply. Until the kernel
 * acknowledges it the request is sent again, afterwards the kernel is asked for the reply; so a lost
 * packet of either side costs a wait, and nothing is executed twice. Packets with another id than the
 * request's are late answers to former requests: acknowledged and dropped.
 */
#include "tools/whorl/link.h"

#include "kernel/packet.h"
#include "tools/whorl/clock.h"
#include "tools/whorl/say.h"

#include <ctype.h>
#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LONGEST_PAYLOAD 16384 /* bytes on the line, of requests and of answers */
#define DEFAULT_PAYLOAD 400   /* of requests to a kernel that does not say what it takes */
#define ID_LENGTH 3           /* two digits and a colon */
#define NAKS_IN_A_ROW 3       /* answered at once; later ones after the usual wait */
#define TIMES_FORGOTTEN 2     /* a kernel that forgets a request more often has restarted */
#define REPLY_UNKNOWN_ID "E16"

const struct link_timing link_default_timing = {.contact = 200, .request = 1000, .poll = 1000};

struct link {
    int fd;
    struct link_owner owner;
    struct link_timing timing;
    struct packet_receiver receiver;
    uint8_t incoming[4096];
    size_t taken;     /* bytes of incoming that went through the receiver */
    size_t available; /* bytes of incoming */
    uint8_t id;
    int last_count; /* of the output packets of this request, -1 before the first */
    bool spoiled;   /* some output of this request is missing or was no output */
    size_t packet_size;
    char features[256]; /* as the kernel listed them, between semicolons */
    size_t frame_length;
    uint8_t frame[LONGEST_PAYLOAD + PACKET_OVERHEAD];
    char reply[LONGEST_PAYLOAD + 1]; /* the last packet; after an exchange, the final reply */
    char error[512];
};

/* One request on its way. */
struct exchange {
    int patience;  /* milliseconds until the request is sent again */
    bool once;     /* do not send it again: the caller would rather change it */
    bool acked;    /* the kernel has it */
    bool finished; /* the final reply is in link->reply */
    bool given_up; /* only with once */
    int n_naks;    /* in a row */
    int n_polls;   /* that may still be answered with REPLY_UNKNOWN_ID */
    int n_forgotten;
    int64_t due; /* when silence has lasted long enough */
};

link_result_t link_fail(link_t *link, link_result_t result, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(link->error, sizeof(link->error), format, arguments);
    va_end(arguments);
    return result;
}

link_t *link_create(int fd, const struct link_owner *owner, const struct link_timing *timing)
{
    link_t *link = must_allocate(sizeof(*link));

    link->fd = fd;
    link->owner = *owner;
    link->timing = *timing;
    link->packet_size = DEFAULT_PAYLOAD;
    link->last_count = -1;
    packet_receiver_init(&link->receiver, link->reply, sizeof(link->reply));
    return link;
}

void link_destroy(link_t *link)
{
    free(link);
}

const char *link_error(const link_t *link)
{
    return link->error;
}

static link_result_t closed(link_t *link)
{
    return link_fail(link, LINK_CLOSED, "the other end of the link port is gone");
}

static bool line_is_gone(int error)
{
    return error == EPIPE || error == ECONNRESET || error == EIO;
}

/* Reads what is there, without waiting; nothing is LINK_OK too. */
static link_result_t fetch(link_t *link)
{
    ssize_t n = read(link->fd, link->incoming, sizeof(link->incoming));

    if (n == 0 || (n < 0 && line_is_gone(errno)))
        return closed(link);
    if (n < 0 && errno != EAGAIN && errno != EINTR)
        return link_fail(link, LINK_BROKEN, "cannot read from the link port: %s", strerror(errno));
    link->taken = 0;
    link->available = n > 0 ? (size_t)n : 0;
    return LINK_OK;
}

/*
 * Waits until there is room to write. What comes meanwhile is thrown away, or two ends that both only
 * write would wait for each other for ever; the protocol makes good what is lost so.
 */
static link_result_t wait_for_room(link_t *link)
{
    short both = POLLIN | POLLOUT;
    int ready = link->owner.wait(link->owner.context, link->fd, both, link->timing.request);

    if (ready < 0)
        return link_fail(link, LINK_STOPPED, "stopped");
    return (ready & POLLIN) != 0 ? fetch(link) : LINK_OK;
}

static link_result_t write_failed(link_t *link)
{
    if (line_is_gone(errno))
        return closed(link);
    return link_fail(link, LINK_BROKEN, "cannot write to the link port: %s", strerror(errno));
}

static link_result_t send_bytes(link_t *link, const void *bytes, size_t size)
{
    link_result_t result = LINK_OK;
    const uint8_t *from = bytes;

    while (size > 0 && result == LINK_OK) {
        ssize_t n = write(link->fd, from, size);

        if (n >= 0) {
            from += n;
            size -= (size_t)n;
        } else if (errno == EAGAIN) {
            result = wait_for_room(link);
        } else if (errno != EINTR) {
            result = write_failed(link);
        }
    }
    return result;
}

/* `+` or `-`. One that finds no room is lost, and what it was for comes again. */
static link_result_t send_ack(link_t *link, char ack)
{
    if (write(link->fd, &ack, 1) < 0 && errno != EAGAIN && errno != EINTR)
        return write_failed(link);
    return LINK_OK;
}

static enum packet_event decode(link_t *link)
{
    enum packet_event event = PACKET_NOTHING;

    while (event == PACKET_NOTHING && link->taken < link->available)
        event = packet_receive(&link->receiver, link->incoming[link->taken++]);
    return event;
}

/* The next event from the line; PACKET_NOTHING when there is none until due. */
static link_result_t next_event(link_t *link, int64_t due, enum packet_event *event)
{
    while ((*event = decode(link)) == PACKET_NOTHING) {
        int64_t left = due - clock_ms();
        link_result_t result;
        int ready;

        if (left <= 0)
            return LINK_OK;
        ready = link->owner.wait(link->owner.context, link->fd, POLLIN, (int)left);
        if (ready < 0)
            return link_fail(link, LINK_STOPPED, "stopped");
        result = ready > 0 ? fetch(link) : LINK_OK;
        if (result != LINK_OK)
            return result;
    }
    return LINK_OK;
}

static link_result_t send_frame(link_t *link, struct exchange *exchange)
{
    exchange->acked = false;
    exchange->due = clock_ms() + exchange->patience;
    return send_bytes(link, link->frame, link->frame_length);
}

static link_result_t send_poll(link_t *link, struct exchange *exchange)
{
    char body[ID_LENGTH + 1];
    uint8_t frame[ID_LENGTH + PACKET_OVERHEAD];

    snprintf(body, sizeof(body), "%02x:", link->id);
    packet_encode(body, ID_LENGTH, frame, sizeof(frame));
    exchange->n_polls++;
    exchange->due = clock_ms() + link->timing.poll;
    return send_bytes(link, frame, sizeof(frame));
}

static link_result_t try_again(link_t *link, struct exchange *exchange)
{
    exchange->given_up = exchange->once;
    return exchange->once ? LINK_OK : send_frame(link, exchange);
}

static link_result_t take_silence(link_t *link, struct exchange *exchange)
{
    exchange->n_naks = 0;
    return exchange->acked ? send_poll(link, exchange) : try_again(link, exchange);
}

static link_result_t take_nak(link_t *link, struct exchange *exchange)
{
    if (exchange->acked || exchange->n_naks++ >= NAKS_IN_A_ROW)
        return LINK_OK;
    return try_again(link, exchange);
}

static link_result_t take_ack(link_t *link, struct exchange *exchange)
{
    exchange->acked = true;
    exchange->due = clock_ms() + link->timing.poll;
    return LINK_OK;
}

/* The kernel has no memory of the request: its packet was lost, or the kernel was restarted. */
static link_result_t take_unknown_id(link_t *link, struct exchange *exchange)
{
    exchange->n_polls--;
    if (++exchange->n_forgotten > TIMES_FORGOTTEN)
        return link_fail(link, LINK_BROKEN,
                         "the kernel forgets what it was asked; was it restarted?");
    return try_again(link, exchange);
}

/* Text of an output packet, in hex up to the end of the packet. */
static void take_text(link_t *link, int stream, char *digits)
{
    size_t n_digits = (size_t)(link->reply + link->receiver.length - digits);

    if (hex_decode(digits, n_digits, digits))
        link->owner.output(link->owner.context, stream, digits, n_digits / 2);
    else
        link->spoiled = true;
}

/* `o`, stream, two digits of count, colon, text. A count that was there before is a repetition. */
static void take_stream(link_t *link, char *body)
{
    int expected = (link->last_count + 1) & 0xff;
    bool first = link->last_count < 0;
    uint8_t count;

    if ((body[1] != '1' && body[1] != '2') || !hex_decode(body + 2, 2, &count) || body[4] != ':') {
        link->spoiled = true;
    } else if (first || count != link->last_count) {
        link->spoiled |= !first && count != expected;
        link->last_count = count;
        take_text(link, body[1] - '0', body + 5);
    }
}

static void take_output(link_t *link, char *body)
{
    if (body[0] == 'o')
        take_stream(link, body);
    else
        take_text(link, 1, body + 1);
}

static bool is_output(const char *body)
{
    return body[0] == 'o' || (body[0] == 'O' && strcmp(body, "OK") != 0);
}

/* Takes the id off a packet: its body, or NULL if it is no answer to this request. */
static char *answer_body(link_t *link)
{
    uint8_t id;

    if (link->receiver.length < ID_LENGTH || link->reply[2] != ':')
        return NULL;
    if (!hex_decode(link->reply, 2, &id) || id != link->id)
        return NULL;
    return link->reply + ID_LENGTH;
}

static bool is_panic(const link_t *link)
{
    const char *body = link->reply;

    if (link->receiver.length >= ID_LENGTH && body[2] == ':')
        body += ID_LENGTH;
    return strncmp(body, "X06", 3) == 0;
}

static link_result_t panicked(link_t *link)
{
    return link_fail(link, LINK_PANICKED, "the kernel panicked");
}

static link_result_t take_packet(link_t *link, struct exchange *exchange)
{
    link_result_t result = send_ack(link, '+');
    char *body = answer_body(link);

    if (result != LINK_OK)
        return result;
    if (is_panic(link))
        return panicked(link);
    if (body == NULL)
        return LINK_OK;
    exchange->acked = true;
    exchange->due = clock_ms() + link->timing.poll;
    if (is_output(body)) {
        take_output(link, body);
        return LINK_OK;
    }
    if (strcmp(body, REPLY_UNKNOWN_ID) == 0 && exchange->n_polls > 0)
        return take_unknown_id(link, exchange);
    memmove(link->reply, body, link->receiver.length - ID_LENGTH + 1);
    exchange->finished = true;
    return LINK_OK;
}

static link_result_t take_event(link_t *link, struct exchange *exchange, enum packet_event event)
{
    switch (event) {
    case PACKET_NOTHING:
        return take_silence(link, exchange);
    case PACKET_ACK:
        return take_ack(link, exchange);
    case PACKET_NAK:
        return take_nak(link, exchange);
    case PACKET_COMPLETE:
        return take_packet(link, exchange);
    case PACKET_DAMAGED:
        return send_ack(link, '-');
    case PACKET_TOO_LONG:
        return link_fail(link, LINK_BROKEN, "the kernel sent a packet of more than %d bytes",
                         LONGEST_PAYLOAD);
    case PACKET_INTERRUPT:
        break;
    }
    return LINK_OK;
}

/* Makes the frame of a request with the next id. False if the kernel does not take so much. */
static bool prepare(link_t *link, const char *head, const void *data, size_t size)
{
    char payload[ID_LENGTH + LONGEST_PAYLOAD + 1];
    size_t length = ID_LENGTH + strlen(head) + size;

    if (length > LONGEST_PAYLOAD)
        return false;
    snprintf(payload, sizeof(payload), "%02x:%s", ++link->id, head);
    memcpy(payload + length - size, data, size);
    link->last_count = -1;
    link->spoiled = false;
    link->frame_length =
        packet_encode(payload, length, link->frame, link->packet_size + PACKET_OVERHEAD);
    return link->frame_length > 0;
}

static link_result_t run_exchange(link_t *link, struct exchange *exchange, const char *head,
                                  const void *data, size_t size)
{
    link_result_t result;

    if (!prepare(link, head, data, size))
        return link_fail(link, LINK_REFUSED,
                         "too long for the link port, whose packets hold %zu bytes",
                         link->packet_size);
    result = send_frame(link, exchange);
    while (result == LINK_OK && !exchange->finished && !exchange->given_up) {
        enum packet_event event;

        result = next_event(link, exchange->due, &event);
        if (result == LINK_OK)
            result = take_event(link, exchange, event);
    }
    return result;
}

link_result_t link_ask(link_t *link, const char *head, const char **reply)
{
    struct exchange exchange = {.patience = link->timing.request};

    *reply = link->reply;
    return run_exchange(link, &exchange, head, "", 0);
}

link_result_t link_try(link_t *link, const char *head, const void *data, size_t size,
                       const char **reply)
{
    struct exchange exchange = {.patience = link->timing.request, .once = true};
    link_result_t result = run_exchange(link, &exchange, head, data, size);

    *reply = exchange.given_up ? NULL : link->reply;
    return result;
}

bool link_offers(const link_t *link, const char *feature)
{
    const char *at = strstr(link->features, feature);
    const char *end = at != NULL ? at + strlen(feature) : NULL;

    return at != NULL && at[-1] == ';' && *end == ';';
}

size_t link_room(const link_t *link, const char *head)
{
    size_t taken = ID_LENGTH + strlen(head);

    return link->packet_size > taken ? link->packet_size - taken : 0;
}

static void agree(link_t *link)
{
    const char *size = strstr(link->reply, "PacketSize=");
    uint32_t value = DEFAULT_PAYLOAD;

    if (size != NULL)
        hex_parse(size + strlen("PacketSize="), strlen(size + strlen("PacketSize=")), &value);
    if (value < DEFAULT_PAYLOAD)
        value = DEFAULT_PAYLOAD;
    if (value > LONGEST_PAYLOAD)
        value = LONGEST_PAYLOAD;
    link->packet_size = value;
    snprintf(link->features, sizeof(link->features), ";%.250s;", link->reply);
}

/*
 * An id that the kernel answered for a former client brings that answer again instead of a new one; the
 * next id then does not.
 */
link_result_t link_contact(link_t *link)
{
    link_result_t result;

    link->packet_size = DEFAULT_PAYLOAD;
    for (int tries = 0; tries < 3; tries++) {
        struct exchange contact = {.patience = link->timing.contact};

        result = run_exchange(link, &contact, "qSupported:whorl.stream+", "", 0);
        if (result != LINK_OK)
            return result;
        if (strstr(link->reply, "whorl.stream+") != NULL) {
            agree(link);
            return LINK_OK;
        }
    }
    return link_fail(link, LINK_BROKEN, "what answers on the link port is not Whorl");
}

/* The final reply to qRcmd: `OK`, `E` with two digits, or `E.` with a text. status is -1 before. */
static link_result_t command_result(link_t *link, const char *reply, int *status)
{
    uint8_t number;

    if (link->spoiled)
        return link_fail(link, LINK_BROKEN, "some of its output was lost on the line");
    if (strcmp(reply, "OK") == 0) {
        *status = 0;
        return LINK_OK;
    }
    if (strncmp(reply, "E.", 2) == 0)
        return link_fail(link, LINK_REFUSED, "%.400s", reply + 2);
    if (reply[0] == 'E' && strlen(reply) == 3 && hex_decode(reply + 1, 2, &number)) {
        *status = -(int)number;
        return link_fail(link, LINK_REFUSED, "it failed with status %d", *status);
    }
    return link_fail(link, LINK_BROKEN, "the kernel answered a command with '%.40s'", reply);
}

link_result_t link_run(link_t *link, const char *command, int *status)
{
    static const char prefix[] = "qRcmd,";
    size_t length = strlen(command);
    size_t most = link_room(link, prefix) / 2;
    const char *reply;
    link_result_t result;
    char *head;

    *status = -1;
    if (length > most)
        return link_fail(link, LINK_REFUSED,
                         "it has %zu characters, and the kernel takes at most %zu", length, most);
    head = must_allocate(strlen(prefix) + 2 * length + 1);
    strcpy(head, prefix);
    hex_encode(command, length, head + strlen(prefix));
    result = link_ask(link, head, &reply);
    free(head);
    return result == LINK_OK ? command_result(link, reply, status) : result;
}

static link_result_t drop_packets(link_t *link)
{
    link_result_t result = LINK_OK;
    enum packet_event event;

    while (result == LINK_OK && (event = decode(link)) != PACKET_NOTHING) {
        if (event == PACKET_COMPLETE)
            result = is_panic(link) ? panicked(link) : send_ack(link, '+');
    }
    return result;
}

link_result_t link_drain(link_t *link)
{
    link_result_t result = drop_packets(link);

    if (result == LINK_OK)
        result = fetch(link);
    return result == LINK_OK ? drop_packets(link) : result;
}
