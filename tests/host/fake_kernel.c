/* The fake kernel; the header says what it does. */
#include "tests/host/fake_kernel.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <zlib.h>

#define REQUEST_SIZE 4096
#define ACK_WAIT_MS 40
#define N_RESENDS 200

static uint32_t random_next(struct fake_kernel *kernel)
{
    kernel->random ^= kernel->random << 13;
    kernel->random ^= kernel->random >> 17;
    kernel->random ^= kernel->random << 5;
    return kernel->random;
}

static bool happens(struct fake_kernel *kernel, unsigned rate)
{
    return rate > 0 && random_next(kernel) % 100000 < rate;
}

static long now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* --- the line --- */

/* Passes one byte through the noise: how many come out, 0 to 2. */
static int distort(struct fake_kernel *kernel, const struct fake_noise *noise, uint8_t *byte)
{
    if (happens(kernel, noise->lost))
        return 0;
    if (happens(kernel, noise->flipped))
        *byte ^= (uint8_t)(1 << random_next(kernel) % 8);
    return happens(kernel, noise->doubled) ? 2 : 1;
}

static void put(struct fake_kernel *kernel, const void *bytes, size_t size)
{
    const uint8_t *from = bytes;
    uint8_t *line = malloc(2 * size + 1);
    size_t length = 0;

    for (size_t i = 0; i < size; i++) {
        uint8_t byte = from[i];

        for (int n = distort(kernel, &kernel->settings.out, &byte); n > 0; n--)
            line[length++] = byte;
    }
    if (send(kernel->fd, line, length, MSG_NOSIGNAL) < 0)
        kernel->ended = true;
    free(line);
}

static void put_packet(struct fake_kernel *kernel, const void *payload, size_t size)
{
    uint8_t frame[2 * REQUEST_SIZE];
    size_t length = packet_encode(payload, size, frame, sizeof(frame));

    put(kernel, frame, length);
    if (kernel->settings.packets_doubled)
        put(kernel, frame, length);
}

static bool lost(int *left)
{
    if (*left <= 0)
        return false;
    (*left)--;
    return true;
}

static void ack(struct fake_kernel *kernel)
{
    if (!lost(&kernel->settings.acks_to_lose))
        put(kernel, "+", 1);
}

static void take_request(struct fake_kernel *kernel);

static void take_byte(struct fake_kernel *kernel, uint8_t byte)
{
    switch (packet_receive(&kernel->receiver, byte)) {
    case PACKET_ACK:
        kernel->acked = true;
        break;
    case PACKET_NAK:
        kernel->naked = true;
        break;
    case PACKET_DAMAGED:
        put(kernel, "-", 1);
        break;
    case PACKET_COMPLETE:
        if (lost(&kernel->settings.naks_to_send))
            put(kernel, "-", 1);
        else if (!lost(&kernel->settings.requests_to_lose))
            take_request(kernel);
        break;
    default:
        break;
    }
}

/* Serves the line for that long, or until something was read. */
static void serve(struct fake_kernel *kernel, long ms)
{
    struct pollfd poller = {.fd = kernel->fd, .events = POLLIN};
    uint8_t bytes[512];
    ssize_t n;

    if (kernel->ended || poll(&poller, 1, (int)ms) <= 0)
        return;
    n = recv(kernel->fd, bytes, sizeof(bytes), 0);
    kernel->ended |= n <= 0;
    for (ssize_t i = 0; i < n && !kernel->ended; i++) {
        for (int times = distort(kernel, &kernel->settings.in, &bytes[i]); times > 0; times--)
            take_byte(kernel, bytes[i]);
    }
}

/* --- answers --- */

static void answer(struct fake_kernel *kernel, const char *body)
{
    char payload[512];

    snprintf(payload, sizeof(payload), "%02x:%s", kernel->last_id, body);
    snprintf(kernel->last_reply, sizeof(kernel->last_reply), "%s", payload);
    if (!lost(&kernel->settings.replies_to_lose))
        put_packet(kernel, payload, strlen(payload));
}

/* Sends an output packet until it is acknowledged, as the real kernel does. */
static void print(struct fake_kernel *kernel, int stream, const char *text)
{
    char payload[REQUEST_SIZE];
    size_t length;

    if (kernel->stream)
        snprintf(payload, sizeof(payload), "%02x:o%d%02x:", kernel->last_id, stream,
                 kernel->n_outputs++);
    else
        snprintf(payload, sizeof(payload), "%02x:O", kernel->last_id);
    length = strlen(payload);
    hex_encode(text, strlen(text), payload + length);
    length += 2 * strlen(text);
    for (int tries = 0; tries < N_RESENDS && !kernel->ended; tries++) {
        long due = now_ms() + ACK_WAIT_MS;

        kernel->acked = kernel->naked = false;
        if (!lost(&kernel->settings.outputs_to_lose))
            put_packet(kernel, payload, length);
        while (!kernel->acked && !kernel->naked && now_ms() < due && !kernel->ended)
            serve(kernel, due - now_ms());
        if (kernel->acked)
            return;
    }
}

static void send_noise(struct fake_kernel *kernel)
{
    static const char special[] = "$#}*+-OEoX:0f";

    for (int i = 0; i < 65536; i++) {
        uint32_t r = random_next(kernel) >> 8;
        char byte = r % 2 ? special[r / 2 % (sizeof(special) - 1)] : (char)(r / 2);

        if (send(kernel->fd, &byte, 1, MSG_NOSIGNAL) < 0)
            kernel->ended = true;
    }
}

/* --- files --- */

static struct fake_file *find_file(struct fake_kernel *kernel, const char *name)
{
    for (int i = 0; i < FAKE_FILES; i++) {
        if (kernel->files[i].used && strcmp(kernel->files[i].name, name) == 0)
            return &kernel->files[i];
    }
    return NULL;
}

static void drop_file(struct fake_file *file)
{
    free(file->data);
    memset(file, 0, sizeof(*file));
}

static void refuse_file(struct fake_kernel *kernel, int number)
{
    char reply[32];

    snprintf(reply, sizeof(reply), "F-1,%x", number);
    answer(kernel, reply);
}

static void open_file(struct fake_kernel *kernel, const char *arguments)
{
    char reply[32];

    for (int i = 0; i < FAKE_FILES; i++) {
        struct fake_file *file = &kernel->files[i];
        size_t n_digits = strcspn(arguments, ",");

        if (file->used)
            continue;
        if (n_digits / 2 >= sizeof(file->name) || !hex_decode(arguments, n_digits, file->name)) {
            refuse_file(kernel, 22);
            return;
        }
        file->used = file->open = true;
        snprintf(reply, sizeof(reply), "F%x", i + 5);
        answer(kernel, reply);
        return;
    }
    refuse_file(kernel, 24);
}

static struct fake_file *open_file_of(struct fake_kernel *kernel, uint32_t number)
{
    if (number < 5 || number >= 5 + FAKE_FILES || !kernel->files[number - 5].open)
        return NULL;
    return &kernel->files[number - 5];
}

static void write_file(struct fake_kernel *kernel, const char *arguments, size_t size)
{
    uint32_t number = 0, offset = 0;
    size_t at = hex_parse(arguments, size, &number) + 1;
    struct fake_file *file = open_file_of(kernel, number);
    size_t limit = kernel->settings.room_for_files;
    char reply[32];

    at += hex_parse(arguments + at, size - at, &offset) + 1;
    if (file == NULL || offset > file->size) {
        refuse_file(kernel, file == NULL ? 9 : 22);
        return;
    }
    size -= at;
    if (limit > 0 && offset + size > limit) {
        refuse_file(kernel, 28);
        return;
    }
    if (offset + size > file->size)
        file->size = offset + size;
    file->data = realloc(file->data, file->size + 1);
    memcpy(file->data + offset, arguments + at, size);
    snprintf(reply, sizeof(reply), "F%zx", size);
    answer(kernel, reply);
}

/* Replaces a zlib stream by what it stands for. False if it stands for something else than announced. */
static bool expand(struct fake_kernel *kernel, struct fake_file *file)
{
    uLongf size = kernel->expected_size;
    uint8_t *data = malloc(size + 1);
    bool well = uncompress(data, &size, file->data, file->size) == Z_OK;

    free(file->data);
    file->data = data;
    file->size = size;
    kernel->n_expanded++;
    return well;
}

static void close_file(struct fake_kernel *kernel, const char *arguments)
{
    uint32_t number = 0;
    struct fake_file *file;
    bool damaged = kernel->settings.damages_files;

    hex_parse(arguments, strlen(arguments), &number);
    file = open_file_of(kernel, number);
    if (file == NULL) {
        refuse_file(kernel, 9);
        return;
    }
    kernel->settings.damages_files = false;
    if (kernel->expected_packed)
        damaged |= !expand(kernel, file);
    damaged |= file->size != kernel->expected_size;
    damaged |= crc32(0, file->data, (uInt)file->size) != kernel->expected_crc;
    file->open = false;
    if (damaged) {
        drop_file(file);
        refuse_file(kernel, 5);
    } else {
        answer(kernel, "F0");
    }
}

static void expect_file(struct fake_kernel *kernel, const char *arguments)
{
    unsigned number, size, crc;
    size_t limit = kernel->settings.room_for_files;
    char packed = 0;

    if (sscanf(arguments, "%x,%x,%x,%c", &number, &size, &crc, &packed) < 3) {
        answer(kernel, "E16");
        return;
    }
    if (kernel->settings.refuses_early && limit > 0 && size > limit) {
        refuse_file(kernel, 27);
        return;
    }
    kernel->expected_packed = packed == 'z';
    kernel->expected_size = size;
    kernel->expected_crc = crc;
    answer(kernel, "OK");
}

static void unlink_file(struct fake_kernel *kernel, const char *arguments)
{
    char name[64] = "";
    struct fake_file *file;

    hex_decode(arguments, strlen(arguments) % sizeof(name), name);
    file = find_file(kernel, name);
    if (file == NULL) {
        refuse_file(kernel, 2);
        return;
    }
    drop_file(file);
    answer(kernel, "F0");
}

/* --- commands --- */

static void load(struct fake_kernel *kernel, char *names)
{
    char *rest = NULL;

    while (strncmp(names, "--", 2) == 0 && strchr(names, ' ') != NULL)
        names = strchr(names, ' ') + 1;
    for (char *name = strtok_r(names, ",", &rest); name; name = strtok_r(NULL, ",", &rest)) {
        struct fake_file *file = find_file(kernel, name);

        if (file == NULL || file->open) {
            print(kernel, 2, "no such file\n");
            answer(kernel, "E02");
            return;
        }
        free(kernel->loaded.data);
        kernel->loaded = *file;
        memset(file, 0, sizeof(*file));
        kernel->n_loads++;
    }
    answer(kernel, "OK");
}

static void sleep_serving(struct fake_kernel *kernel, long ms)
{
    long due = now_ms() + ms;

    while (now_ms() < due && !kernel->ended)
        serve(kernel, due - now_ms());
}

static void print_lines(struct fake_kernel *kernel, int n)
{
    for (int i = 0; i < n; i++) {
        char text[32];

        snprintf(text, sizeof(text), "line %d\n", i);
        print(kernel, 1, text);
    }
}

static void fail(struct fake_kernel *kernel, int number)
{
    char reply[8];

    print(kernel, 2, "refused\n");
    snprintf(reply, sizeof(reply), "E%02x", number & 0xff);
    answer(kernel, reply);
}

static void panic(struct fake_kernel *kernel)
{
    put_packet(kernel, "X06", 3);
    kernel->silent = true;
}

/* Commands that do not end with a plain OK. True if it was one. */
static bool run_special(struct fake_kernel *kernel, char *command)
{
    if (strncmp(command, "fail ", 5) == 0)
        fail(kernel, atoi(command + 5));
    else if (strncmp(command, "load ", 5) == 0)
        load(kernel, command + 5);
    else if (strcmp(command, "panic") == 0)
        panic(kernel);
    else if (strcmp(command, "leave") == 0)
        kernel->ended = true;
    else if (strcmp(command, "amnesia") == 0)
        kernel->last_id = -1;
    else
        return false;
    return true;
}

static void run(struct fake_kernel *kernel, char *command)
{
    kernel->n_commands++;
    snprintf(kernel->last_command, sizeof(kernel->last_command), "%s", command);
    if (run_special(kernel, command))
        return;
    if (strncmp(command, "echo ", 5) == 0)
        print(kernel, 1, command + 5);
    if (strcmp(command, "both") == 0) {
        print(kernel, 1, "one");
        print(kernel, 2, "two");
        print(kernel, 1, "three");
    }
    if (strncmp(command, "lines ", 6) == 0)
        print_lines(kernel, atoi(command + 6));
    if (strncmp(command, "sleep ", 6) == 0)
        sleep_serving(kernel, atoi(command + 6));
    if (strcmp(command, "noise") == 0)
        send_noise(kernel);
    if (strcmp(command, "gap") == 0) {
        print(kernel, 1, "one");
        kernel->n_outputs++;
        print(kernel, 1, "three");
    }
    if (strncmp(command, "plain ", 6) == 0) {
        kernel->stream = false;
        print(kernel, 1, command + 6);
    }
    answer(kernel, "OK");
}

static void run_hex(struct fake_kernel *kernel, const char *digits)
{
    char command[REQUEST_SIZE];
    size_t n_digits = strlen(digits);

    if (!hex_decode(digits, n_digits, command)) {
        answer(kernel, "E16");
        return;
    }
    command[n_digits / 2] = 0;
    run(kernel, command);
}

static void contact(struct fake_kernel *kernel, const char *body)
{
    char reply[128];
    size_t size = kernel->settings.packet_size;
    int replies_to_lose = kernel->settings.replies_to_lose;

    kernel->n_contacts++;
    kernel->stream = strstr(body, "whorl.stream+") != NULL;
    snprintf(reply, sizeof(reply), "PacketSize=%zx;whorl.stream+;QWhorlExpect+%s",
             size > 0 ? size : REQUEST_SIZE, kernel->settings.expands ? ";whorl.zlib+" : "");
    kernel->settings.replies_to_lose = 0;
    answer(kernel, kernel->settings.stranger ? "PacketSize=3ff;vContSupported+" : reply);
    kernel->settings.replies_to_lose = replies_to_lose;
}

static void execute(struct fake_kernel *kernel, const char *body, size_t size)
{
    if (strncmp(body, "qSupported", 10) == 0)
        contact(kernel, body);
    else if (strncmp(body, "qRcmd,", 6) == 0)
        run_hex(kernel, body + 6);
    else if (strncmp(body, "vFile:open:", 11) == 0)
        open_file(kernel, body + 11);
    else if (strncmp(body, "vFile:pwrite:", 13) == 0)
        write_file(kernel, body + 13, size - 13);
    else if (strncmp(body, "vFile:close:", 12) == 0)
        close_file(kernel, body + 12);
    else if (strncmp(body, "vFile:unlink:", 13) == 0)
        unlink_file(kernel, body + 13);
    else if (strncmp(body, "QWhorlExpect:", 13) == 0)
        expect_file(kernel, body + 13);
    else
        answer(kernel, "");
}

static void unknown_id(struct fake_kernel *kernel, uint8_t id)
{
    char payload[16];

    snprintf(payload, sizeof(payload), "%02x:E16", id);
    put_packet(kernel, payload, strlen(payload));
}

static void take_request(struct fake_kernel *kernel)
{
    size_t size = kernel->receiver.length;
    char body[REQUEST_SIZE + 1];
    uint8_t id;

    if (kernel->silent)
        return;
    ack(kernel);
    if (size < 3 || kernel->request[2] != ':' || !hex_decode((char *)kernel->request, 2, &id))
        return;
    if (id == kernel->last_id) {
        if (!kernel->running && !lost(&kernel->settings.replies_to_lose))
            put_packet(kernel, kernel->last_reply, strlen(kernel->last_reply));
    } else if (size == 3) {
        unknown_id(kernel, id);
    } else if (!kernel->running) {
        size -= 3;
        memcpy(body, kernel->request + 3, size + 1);
        kernel->last_id = id;
        kernel->running = true;
        execute(kernel, body, size);
        kernel->running = false;
    }
}

/* --- life --- */

static void *live(void *argument)
{
    struct fake_kernel *kernel = argument;

    while (!kernel->ended)
        serve(kernel, 1000);
    close(kernel->fd);
    return NULL;
}

int fake_kernel_start(struct fake_kernel *kernel, const struct fake_settings *settings)
{
    int fds[2];

    memset(kernel, 0, sizeof(*kernel));
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) != 0)
        abort();
    kernel->settings = *settings;
    kernel->random = settings->seed != 0 ? settings->seed : 1;
    kernel->fd = fds[1];
    kernel->last_id = settings->old_answer ? 1 : -1;
    strcpy(kernel->last_reply, "01:F1000");
    kernel->request = malloc(REQUEST_SIZE + 1);
    packet_receiver_init(&kernel->receiver, kernel->request, REQUEST_SIZE + 1);
    fcntl(fds[0], F_SETFL, O_NONBLOCK);
    if (pthread_create(&kernel->thread, NULL, live, kernel) != 0)
        abort();
    return fds[0];
}

void fake_kernel_stop(struct fake_kernel *kernel, int fd)
{
    close(fd);
    pthread_join(kernel->thread, NULL);
    for (int i = 0; i < FAKE_FILES; i++)
        free(kernel->files[i].data);
    free(kernel->request);
}
