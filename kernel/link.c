/* See link.h. */
#include "kernel/link.h"

#include <stdio.h>
#include <string.h>
#include <whorl/clock.h>

#include "arch/ppc/escc.h"
#include "kernel/file.h"
#include "kernel/idle.h"
#include "kernel/line.h"
#include "kernel/output.h"
#include "kernel/packet.h"
#include "kernel/shell.h"

#define PACKET_MAX 0x1000 /* payload on the line, escapes included */
#define OUTPUT_MAX 512    /* characters in one output packet */
#define REPLY_MAX 128
#define ACK_WAIT_MS 500
#define ACK_TRIES 8
#define IDLE_SECONDS 10 /* of silence, after which unfinished files go away */

/* gdb's File-I/O numbers. */
enum {
    FILE_EIO = 5,
    FILE_EBADF = 9,
    FILE_EINVAL = 22,
    FILE_EMFILE = 24,
    FILE_EFBIG = 27,
    FILE_ENOSPC = 28
};

#define NO_ID (-1)

static struct packet_receiver receiver;
static uint8_t buffer[PACKET_MAX + 1];
static char frame[2 * OUTPUT_MAX + 64]; /* the packet sent last, for sending it again */
static size_t frame_size;
static char reply[REPLY_MAX]; /* the last final reply */
static int id = NO_ID;        /* of the request at hand */
static int answered = NO_ID;  /* of the request that `reply` answers */
static bool streams, deaf;    /* the client's: wants `o` packets; does not acknowledge */
static uint8_t output_count;
static file_t *open_files[FILES_MAX];
static uint64_t last_heard;

static void transmit(void)
{
    escc_write(ESCC_B, frame, frame_size);
}

static void send(const char *payload, size_t size)
{
    frame_size = packet_encode(payload, size, frame, sizeof frame);
    transmit();
}

static size_t put_id(char *text)
{
    return id == NO_ID ? 0 : (size_t)sprintf(text, "%02x:", (unsigned)id);
}

static void send_reply(void)
{
    char text[REPLY_MAX + 4];
    size_t head = put_id(text);

    strcpy(text + head, reply);
    send(text, strlen(text));
}

static void acknowledge(char sign)
{
    escc_write(ESCC_B, &sign, 1);
}

static enum packet_event receive(void)
{
    int byte = escc_read(ESCC_B);

    if (byte < 0)
        return PACKET_NOTHING;
    last_heard = clock_ticks();
    return packet_receive(&receiver, (uint8_t)byte);
}

/* ---- output of a running command ---- */

/*
 * Waits until the packet sent last is acknowledged. A request that arrives
 * meanwhile can only be a question for the answer, which will come.
 */
static bool wait_acknowledged(uint64_t deadline)
{
    while (clock_ticks() < deadline) {
        switch (receive()) {
        case PACKET_ACK:
            return true;
        case PACKET_NAK:
            transmit();
            break;
        case PACKET_COMPLETE:
            acknowledge('+');
            break;
        case PACKET_DAMAGED:
            acknowledge('-');
            break;
        default:
            if (!link_pending())
                idle_until(deadline, link_pending);
        }
    }
    return false;
}

static void send_output(const char *text, size_t size)
{
    send(text, size);
    for (unsigned tries = 0; tries < ACK_TRIES; tries++) {
        if (wait_acknowledged(clock_ticks() + clock_frequency() / 1000 * ACK_WAIT_MS))
            return;
        transmit();
    }
    deaf = true;
}

static void output_some(enum output_stream stream, const char *text, size_t size)
{
    char payload[2 * OUTPUT_MAX + 16];
    size_t head = put_id(payload);

    if (streams)
        head += (size_t)sprintf(payload + head, "o%d%02x:", (int)stream, output_count++);
    else
        payload[head++] = 'O';
    hex_encode(text, size, payload + head);
    send_output(payload, head + 2 * size);
}

static void output(enum output_stream stream, const char *text, size_t size)
{
    while (size > 0 && !deaf) {
        size_t some = size < OUTPUT_MAX ? size : OUTPUT_MAX;

        output_some(stream, text, some);
        text += some;
        size -= some;
    }
}

/* ---- requests ---- */

static void say(const char *text)
{
    snprintf(reply, sizeof reply, "%s", text);
}

static void close_all(void)
{
    memset(open_files, 0, sizeof open_files);
    file_remove_all();
}

static void supported(const char *features)
{
    streams = strstr(features, "whorl.stream+") != NULL;
    answered = NO_ID;
    output_count = 0;
    close_all();
    snprintf(reply, sizeof reply, "PacketSize=%x;whorl.stream+;QWhorlExpect+;whorl.zlib+",
             PACKET_MAX);
}

static void run_command(const char *digits)
{
    char line[LINE_LENGTH_MAX + 1];
    size_t n = strlen(digits);
    output_sink_t before = output_redirect(output);
    status_t status;

    deaf = false;
    if (n / 2 > LINE_LENGTH_MAX) {
        status = ERR_BAD_ARGUMENT;
        fprintf(stderr, "the command is longer than %d characters\n", LINE_LENGTH_MAX);
    } else if (!hex_decode(digits, n, line)) {
        status = ERR_BAD_ARGUMENT;
        fprintf(stderr, "the command is not in hex digits\n");
    } else {
        line[n / 2] = 0;
        status = shell_run(line);
    }
    (void)output_redirect(before);
    if (status == OK)
        say("OK");
    else
        snprintf(reply, sizeof reply, "E%02x", (unsigned)-(int)status & 0xff);
}

static void file_error(unsigned error)
{
    snprintf(reply, sizeof reply, "F-1,%x", error);
}

static unsigned file_errno(status_t status)
{
    switch (status) {
    case ERR_NO_MEMORY:
        return FILE_ENOSPC;
    case ERR_RANGE:
        return FILE_EFBIG;
    case ERR_DAMAGED:
        return FILE_EIO;
    default:
        return FILE_EINVAL;
    }
}

/* Reads a hex number and the character behind it; NULL if that is not how the text goes on. */
static const char *number(const char *text, const char *end, char follows, uint32_t *value)
{
    size_t n = hex_parse(text, (size_t)(end - text), value);

    if (n == 0 || (follows == 0 ? text + n != end : text + n == end || text[n] != follows))
        return NULL;
    return text + n + (follows != 0);
}

static void vfile_open(const char *text, const char *end)
{
    const char *comma = memchr(text, ',', (size_t)(end - text));
    char name[FILE_NAME_MAX + 1];
    size_t digits = comma == NULL ? 0 : (size_t)(comma - text);
    uint32_t fd;
    status_t status;

    for (fd = 0; fd < FILES_MAX && open_files[fd] != NULL; fd++)
        ;
    if (fd == FILES_MAX) {
        file_error(FILE_EMFILE);
        return;
    }
    if (digits / 2 > FILE_NAME_MAX || !hex_decode(text, digits, name)) {
        file_error(FILE_EINVAL);
        return;
    }
    name[digits / 2] = 0;
    for (uint32_t i = 0; i < FILES_MAX; i++)
        if (open_files[i] != NULL && file_is_called(open_files[i], name))
            open_files[i] = NULL;
    status = file_create(name, &open_files[fd]);
    if (status == OK)
        snprintf(reply, sizeof reply, "F%x", (unsigned)fd);
    else
        file_error(file_errno(status));
}

static file_t *open_file(uint32_t fd)
{
    return fd < FILES_MAX ? open_files[fd] : NULL;
}

static void vfile_pwrite(const char *text, const char *end)
{
    uint32_t fd, offset;
    const char *data = number(text, end, ',', &fd);
    status_t status;

    if (data != NULL)
        data = number(data, end, ',', &offset);
    if (data == NULL) {
        file_error(FILE_EINVAL);
        return;
    }
    if (open_file(fd) == NULL) {
        file_error(FILE_EBADF);
        return;
    }
    status = file_write(open_file(fd), offset, data, (size_t)(end - data));
    if (status == OK)
        snprintf(reply, sizeof reply, "F%x", (unsigned)(end - data));
    else
        file_error(file_errno(status));
}

static void vfile_close(const char *text, const char *end)
{
    uint32_t fd;
    status_t status;

    if (number(text, end, 0, &fd) == NULL || open_file(fd) == NULL) {
        file_error(FILE_EBADF);
        return;
    }
    status = file_close(open_files[fd]);
    open_files[fd] = NULL;
    if (status == OK)
        say("F0");
    else
        file_error(file_errno(status));
}

static void vfile_unlink(const char *text, const char *end)
{
    char name[FILE_NAME_MAX + 1];
    size_t digits = (size_t)(end - text);

    if (digits / 2 > FILE_NAME_MAX || !hex_decode(text, digits, name)) {
        file_error(FILE_EINVAL);
        return;
    }
    name[digits / 2] = 0;
    file_remove(name);
    say("F0");
}

static void expect(const char *text, const char *end)
{
    bool compressed = end - text > 2 && end[-2] == ',' && end[-1] == 'z';
    uint32_t fd, size, crc;
    status_t status;

    if (compressed)
        end -= 2;

    text = number(text, end, ',', &fd);
    if (text != NULL)
        text = number(text, end, ',', &size);
    if (text != NULL)
        text = number(text, end, 0, &crc);
    if (text == NULL || open_file(fd) == NULL) {
        file_error(FILE_EBADF);
        return;
    }
    status = file_expect(open_file(fd), size, crc, compressed);
    if (status == OK)
        say("OK");
    else
        file_error(file_errno(status));
}

static const char *after(const char *text, const char *prefix)
{
    size_t n = strlen(prefix);

    return strncmp(text, prefix, n) == 0 ? text + n : NULL;
}

/* Makes `reply`. The text ends with a zero at end, but may hold others before it. */
static void execute(const char *text, const char *end)
{
    const char *rest;

    say("");
    if ((rest = after(text, "qSupported")) != NULL)
        supported(rest);
    else if ((rest = after(text, "qRcmd,")) != NULL)
        run_command(rest);
    else if ((rest = after(text, "vFile:open:")) != NULL)
        vfile_open(rest, end);
    else if ((rest = after(text, "vFile:pwrite:")) != NULL)
        vfile_pwrite(rest, end);
    else if ((rest = after(text, "vFile:close:")) != NULL)
        vfile_close(rest, end);
    else if ((rest = after(text, "vFile:unlink:")) != NULL)
        vfile_unlink(rest, end);
    else if ((rest = after(text, "QWhorlExpect:")) != NULL)
        expect(rest, end);
}

/* The number in front of a request. True if it was answered already, or only asks for an answer. */
static bool repeats(const char **text, const char *end)
{
    uint8_t number;

    id = NO_ID;
    if (end - *text < 3 || (*text)[2] != ':' || !hex_decode(*text, 2, &number))
        return false;
    *text += 3;
    id = number;
    if (id == answered)
        return true;
    if (*text != end)
        return false;
    snprintf(reply, sizeof reply, "E%02x", FILE_EINVAL);
    answered = NO_ID;
    return true;
}

static void request(void)
{
    const char *text = (const char *)receiver.payload;
    const char *end = text + receiver.length;

    acknowledge('+');
    if (!repeats(&text, end)) {
        execute(text, end);
        answered = id;
    }
    send_reply();
}

void link_initialize(void)
{
    packet_receiver_init(&receiver, buffer, sizeof buffer);
}

bool link_pending(void)
{
    return escc_readable(ESCC_B);
}

static uint64_t idle_ticks(void)
{
    return (uint64_t)clock_frequency() * IDLE_SECONDS;
}

uint64_t link_deadline(void)
{
    return file_any_unfinished() ? last_heard + idle_ticks() : IDLE_FOREVER;
}

static void drop_unfinished(void)
{
    if (!file_any_unfinished() || clock_ticks() <= last_heard + idle_ticks())
        return;
    memset(open_files, 0, sizeof open_files);
    file_remove_unfinished();
}

/* At most one request, and a bounded number of bytes, so that the console gets its turn. */
void link_poll(void)
{
    for (unsigned n = 0; n < PACKET_MAX && link_pending(); n++) {
        switch (receive()) {
        case PACKET_COMPLETE:
            request();
            return;
        case PACKET_DAMAGED:
            acknowledge('-');
            break;
        case PACKET_TOO_LONG:
            acknowledge('+');
            say("E.the packet is too long");
            id = answered = NO_ID;
            send_reply();
            break;
        case PACKET_NAK:
            transmit();
            break;
        default:
            break;
        }
    }
    drop_unfinished();
}
