/*
 * Sending files: vFile:open, QWhorlExpect, vFile:pwrite and vFile:close. A kernel that expands what it
 * gets is sent a zlib stream, since the line is slow.
 *
 * Chunks are as large as the kernel's packets at first, halved when one does not arrive, doubled when one
 * does; so a bad line ends up with chunks that have a chance.
 *
 * The checksum of a packet misses one damage in 256, and every zero that is lost or doubled. So what the
 * kernel took is compared with what was sent, its CRC-32 of the whole file finds the rest, and a refusal
 * that damage can explain is not believed at once.
 */
#include "tools/whorl/transfer.h"

#include "kernel/packet.h"
#include "tools/whorl/say.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <zlib.h>

#define SMALLEST_CHUNK 64
#define TIMES_SENT 3 /* a file, before a refusal is believed */
#define TIMES_ODD 20 /* chunks in a row of which the kernel took another size */

/* O_WRONLY | O_CREAT | O_TRUNC and 0666 in the numbers of GDB's File-I/O protocol, as the next ones. */
#define OPEN_ARGUMENTS ",601,1b6"

enum {
    FILE_EPERM = 1,
    FILE_ENOENT = 2,
    FILE_EIO = 5,
    FILE_EBADF = 9,
    FILE_EACCES = 13,
    FILE_EEXIST = 17,
    FILE_EINVAL = 22,
    FILE_ENFILE = 23,
    FILE_EMFILE = 24,
    FILE_EFBIG = 27,
    FILE_ENOSPC = 28,
    FILE_ENAMETOOLONG = 91,
};

/* A transfer under way. */
struct sender {
    link_t *link;
    const struct transfer *transfer;
    uint32_t file;       /* the kernel's number of it */
    size_t chunk;        /* bytes to send at once */
    uint32_t error;      /* the kernel's last, 0 for none */
    int n_odd;           /* chunks in a row of which the kernel took another size */
    uint8_t *packed;     /* the zlib stream that is sent instead of the data; NULL for none */
    const uint8_t *data; /* what is sent */
    size_t size;
};

static const char *error_sentence(uint32_t error)
{
    switch (error) {
    case FILE_EPERM:
    case FILE_EACCES:
        return "the kernel does not allow it";
    case FILE_ENOENT:
        return "the kernel has no such file";
    case FILE_EIO:
        return "it arrived damaged";
    case FILE_EBADF:
        return "the kernel closed it";
    case FILE_EEXIST:
        return "the kernel holds a file of that name already";
    case FILE_EINVAL:
        return "the kernel does not accept its name or size";
    case FILE_ENFILE:
    case FILE_EMFILE:
        return "the kernel holds too many files";
    case FILE_EFBIG:
    case FILE_ENOSPC:
        return "the kernel has no room for it";
    case FILE_ENAMETOOLONG:
        return "its name is too long for the kernel";
    default:
        return NULL;
    }
}

static link_result_t refused(struct sender *sender, const char *reply)
{
    const char *name = sender->transfer->name;
    const char *sentence;

    if (strncmp(reply, "F-1,", 4) != 0)
        return link_fail(sender->link, LINK_REFUSED, "cannot send %s: the kernel answered '%.40s'",
                         name, reply);
    hex_parse(reply + 4, strlen(reply + 4), &sender->error);
    sentence = error_sentence(sender->error);
    if (sentence == NULL)
        return link_fail(sender->link, LINK_REFUSED, "cannot send %s: error %u of the kernel", name,
                         sender->error);
    return link_fail(sender->link, LINK_REFUSED, "cannot send %s: %s", name, sentence);
}

/* The number in a reply `F` number. */
static link_result_t file_result(struct sender *sender, const char *reply, uint32_t *value)
{
    size_t length = strlen(reply);

    if (length < 2 || reply[0] != 'F' || hex_parse(reply + 1, length - 1, value) != length - 1)
        return refused(sender, reply);
    return LINK_OK;
}

static link_result_t request(struct sender *sender, const char *head, uint32_t *value)
{
    const char *reply;
    link_result_t result = link_ask(sender->link, head, &reply);

    return result == LINK_OK ? file_result(sender, reply, value) : result;
}

/* A request about the file by name. */
static link_result_t request_by_name(struct sender *sender, const char *verb, const char *arguments,
                                     uint32_t *value)
{
    size_t length = strlen(sender->transfer->name);
    char *digits = must_allocate(2 * length + 1);
    link_result_t result;
    char *head;

    hex_encode(sender->transfer->name, length, digits);
    head = must_format("vFile:%s:%s%s", verb, digits, arguments);
    result = request(sender, head, value);
    free(head);
    free(digits);
    return result;
}

/* Sends one chunk from offset on. done is its size, 0 if it did not arrive as it was sent. */
static link_result_t write_chunk(struct sender *sender, size_t offset, size_t *done)
{
    const uint8_t *data = sender->data + offset;
    size_t left = sender->size - offset;
    link_result_t result;
    const char *reply;
    uint32_t count = 0;
    char head[64];
    size_t size;

    snprintf(head, sizeof(head), "vFile:pwrite:%x,%zx,", sender->file, offset);
    size = packet_fit(data, left < sender->chunk ? left : sender->chunk,
                      link_room(sender->link, head));
    *done = 0;
    result = link_try(sender->link, head, data, size, &reply);
    if (result != LINK_OK || reply == NULL)
        return result;
    result = file_result(sender, reply, &count);
    sender->n_odd = count != size ? sender->n_odd + 1 : 0;
    if (result == LINK_OK && sender->n_odd > TIMES_ODD)
        return refused(sender, reply);
    *done = count == size ? size : 0;
    return result;
}

static void adapt_chunk(struct sender *sender, bool arrived)
{
    size_t largest = link_room(sender->link, "");

    if (arrived)
        sender->chunk = sender->chunk < largest / 2 ? 2 * sender->chunk : largest;
    else
        sender->chunk = sender->chunk > 2 * SMALLEST_CHUNK ? sender->chunk / 2 : SMALLEST_CHUNK;
}

/* Progress in bytes of the file, whatever is sent for them. */
static void tell(const struct sender *sender, size_t sent)
{
    const struct transfer *transfer = sender->transfer;
    uint64_t done = transfer->size;

    if (sent < sender->size)
        done = (uint64_t)sent * transfer->size / sender->size;
    if (transfer->progress != NULL)
        transfer->progress(transfer->context, transfer, (size_t)done);
}

static link_result_t write_data(struct sender *sender)
{
    link_result_t result = LINK_OK;
    size_t offset = 0;

    if (sender->size == 0)
        tell(sender, 0);
    while (offset < sender->size && result == LINK_OK) {
        size_t done;

        result = write_chunk(sender, offset, &done);
        adapt_chunk(sender, done > 0);
        offset += done;
        if (done > 0)
            tell(sender, offset);
    }
    return result;
}

/*
 * Tells the kernel what it will get, so that it can refuse a file too large at once, and compare when the
 * file is closed.
 */
static link_result_t expect(struct sender *sender)
{
    const struct transfer *transfer = sender->transfer;
    link_result_t result;
    const char *reply;
    char head[64];

    snprintf(head, sizeof(head), "QWhorlExpect:%x,%zx,%x%s", sender->file, transfer->size,
             (unsigned)crc32(0, transfer->data, (uInt)transfer->size),
             sender->packed != NULL ? ",z" : "");
    result = link_ask(sender->link, head, &reply);
    if (result == LINK_OK && strcmp(reply, "OK") != 0)
        result = refused(sender, reply);
    return result;
}

static link_result_t close_file(struct sender *sender)
{
    char head[64];
    uint32_t value;

    snprintf(head, sizeof(head), "vFile:close:%x", sender->file);
    return request(sender, head, &value);
}

/* Closes and removes what was refused, and keeps the sentence that says why. */
static link_result_t abandon(struct sender *sender)
{
    char *sentence = must_format("%s", link_error(sender->link));
    uint32_t error = sender->error;
    uint32_t value;
    link_result_t result = close_file(sender);

    if (result == LINK_OK || result == LINK_REFUSED)
        result = request_by_name(sender, "unlink", "", &value);
    if (result == LINK_OK)
        result = LINK_REFUSED;
    sender->error = error;
    result = link_fail(sender->link, result, "%s", sentence);
    free(sentence);
    return result;
}

static link_result_t send_once(struct sender *sender)
{
    link_result_t result;

    sender->error = 0;
    sender->n_odd = 0;
    result = request_by_name(sender, "open", OPEN_ARGUMENTS, &sender->file);
    if (result != LINK_OK)
        return result;
    result = expect(sender);
    if (result == LINK_OK)
        result = write_data(sender);
    if (result == LINK_OK)
        result = close_file(sender);
    return result == LINK_REFUSED ? abandon(sender) : result;
}

/* Compresses the data if the kernel understands that and it makes the file shorter. */
static void pack(struct sender *sender)
{
    const struct transfer *transfer = sender->transfer;
    uLongf size = compressBound(transfer->size);

    sender->data = transfer->data;
    sender->size = transfer->size;
    if (!link_offers(sender->link, "whorl.zlib+"))
        return;
    sender->packed = must_allocate(size);
    if (compress2(sender->packed, &size, transfer->data, transfer->size, Z_BEST_COMPRESSION) ==
            Z_OK &&
        size < transfer->size) {
        sender->data = sender->packed;
        sender->size = size;
    } else {
        free(sender->packed);
        sender->packed = NULL;
    }
}

/* Whether damage on the line may be the reason, be it that the kernel was asked for something else. */
static bool is_doubtful(uint32_t error)
{
    switch (error) {
    case 0:
    case FILE_EIO:
    case FILE_EBADF:
    case FILE_EINVAL:
    case FILE_ENOENT:
        return true;
    default:
        return false;
    }
}

link_result_t transfer_send(link_t *link, const struct transfer *transfer)
{
    struct sender sender = {.link = link, .transfer = transfer, .chunk = link_room(link, "")};
    link_result_t result;

    pack(&sender);
    result = send_once(&sender);
    for (int n = 1; n < TIMES_SENT && result == LINK_REFUSED && is_doubtful(sender.error); n++)
        result = send_once(&sender);
    free(sender.packed);
    return result;
}

link_result_t transfer_undo(link_t *link, const char *name)
{
    struct transfer transfer = {.name = name};
    struct sender sender = {.link = link, .transfer = &transfer};
    uint32_t value;

    return request_by_name(&sender, "unlink", "", &value);
}
