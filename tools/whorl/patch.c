/*
 * `whorl patch`: has the code of an assembler file executed at an instruction of a kernel that runs, by way of the link port that
 * `whorl boot` lends.
 */
#define _GNU_SOURCE

#include "tools/whorl/assembly.h"
#include "tools/whorl/clock.h"
#include "tools/whorl/command.h"
#include "tools/whorl/loop.h"
#include "tools/whorl/output.h"
#include "tools/whorl/port.h"
#include "tools/whorl/say.h"
#include "tools/whorl/transfer.h"

#include <errno.h>
#include <getopt.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define TIMEOUT 60 /* seconds */

enum {
    OPTION_LINK = 256,
    OPTION_NEAR,
    OPTION_PRIVILEGED,
    OPTION_CHANGE,
    OPTION_FIRST,
    OPTION_TAKEN
};

static const struct option long_options[] = {
    {"link", required_argument, NULL, OPTION_LINK},
    {"near", required_argument, NULL, OPTION_NEAR},
    {"privileged", no_argument, NULL, OPTION_PRIVILEGED},
    {"change", no_argument, NULL, OPTION_CHANGE},
    {"first", no_argument, NULL, OPTION_FIRST},
    {"taken", no_argument, NULL, OPTION_TAKEN},
    {NULL, 0, NULL, 0},
};

/* Why nothing is waited for any more. */
enum stop { STOP_SIGNAL = 1, STOP_TIME, STOP_MUTE };

/* The kernel's other end. */
struct client {
    struct signals signals;
    struct loop loop;
    struct output output;
    int fd;
    link_t *link;
    int signal;     /* that came, 0 for none */
    bool explained; /* the kernel said why not */
};

/* ---- the line ---- */

static int connect_to(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = -1;

    errno = ENAMETOOLONG;
    if (strlen(path) < sizeof(address.sun_path))
        fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return -1;
    strcpy(address.sun_path, path);
    if (connect(fd, (const struct sockaddr *)&address, sizeof(address)) == 0)
        return fd;
    close(fd);
    return -1;
}

static void take_signal(void *context, short events)
{
    struct client *client = context;

    (void)events;
    client->signal = signals_take(&client->signals);
    if (client->signal != 0)
        loop_stop(&client->loop, STOP_SIGNAL);
}

static int wait_for_link(void *context, int fd, short events, int milliseconds)
{
    struct client *client = context;
    int64_t due = clock_ms() + milliseconds;
    short ready;

    do {
        ready = loop_turn(&client->loop, fd, events, due - clock_ms());
        if (client->output.error != 0)
            loop_stop(&client->loop, STOP_MUTE);
        if (client->loop.stop != 0)
            return -1;
    } while (ready == 0 && clock_ms() < due);
    return ready;
}

static void take_output(void *context, int stream, const void *text, size_t size)
{
    struct client *client = context;

    client->explained |= stream == 2;
    output_write(&client->output, stream == 2 ? STDERR_FILENO : STDOUT_FILENO, text, size);
}

static bool client_connect(struct client *client, const char *path)
{
    struct link_owner owner = {client, wait_for_link, take_output};

    client->fd = connect_to(path);
    if (client->fd < 0) {
        say("no kernel's link port is open at %s: %s; whorl boot opens it", path, strerror(errno));
        return false;
    }
    loop_init(&client->loop);
    loop_watch(&client->loop, client->signals.fd, POLLIN, take_signal, client);
    loop_limit(&client->loop, clock_ms() + TIMEOUT * 1000, STOP_TIME);
    client->output = (struct output){client->signals.fd, client->loop.deadline, 0};
    client->link = link_create(client->fd, &owner, &link_default_timing);
    return true;
}

static void client_close(struct client *client)
{
    link_destroy(client->link);
    close(client->fd);
}

/* ---- what is done ---- */

static link_result_t send_object(struct client *client, const struct object *object)
{
    struct transfer transfer = {.name = object->name, .data = object->data, .size = object->size};
    link_result_t result = link_contact(client->link);

    return result == LINK_OK ? transfer_send(client->link, &transfer) : result;
}

static int verdict(const struct client *client, link_result_t result)
{
    switch (result) {
    case LINK_OK:
        return EXIT_WELL;
    case LINK_PANICKED:
        say("the kernel panicked");
        return EXIT_PANICKED;
    case LINK_CLOSED:
        say("the link port was closed");
        return EXIT_FAILED;
    case LINK_STOPPED:
        if (client->loop.stop == STOP_TIME)
            say("time-out after %d s", TIMEOUT);
        return client->loop.stop == STOP_TIME ? EXIT_TIME_OUT : EXIT_FAILED;
    case LINK_REFUSED:
    case LINK_BROKEN:
        break;
    }
    if (!client->explained)
        say("%s", link_error(client->link));
    return EXIT_FAILED;
}

static int apply(struct client *client, const struct assembly *assembly, const char *path,
                 const struct group *group)
{
    char *command = assembly_command(assembly, group);
    int status = EXIT_NOT_STARTED, reply;

    if (client_connect(client, path)) {
        link_result_t result = send_object(client, &group->objects[0]);

        if (result == LINK_OK)
            result = link_run(client->link, command, &reply);
        status = verdict(client, result);
        client_close(client);
    }
    free(command);
    return status;
}

static int patch(const struct assembly *assembly, const char *path)
{
    struct client client = {.fd = -1};
    struct group group;
    int status = EXIT_FAILED;

    if (signals_open(&client.signals) != 0) {
        say("cannot watch for signals: %s", strerror(errno));
        return EXIT_NOT_STARTED;
    }
    if (assembly_open(assembly, &client.signals, &group)) {
        status = apply(&client, assembly, path, &group);
        group_close(&group);
    }
    if (client.signal == 0)
        client.signal = signals_take(&client.signals);
    if (client.signal != 0)
        signals_die(client.signal);
    signals_close(&client.signals);
    return status;
}

/* ---- arguments ---- */

static bool take_option(int code, struct assembly *assembly, const char **path)
{
    switch (code) {
    case OPTION_LINK:
        *path = optarg;
        return true;
    case OPTION_NEAR:
        assembly->near = optarg;
        return true;
    case OPTION_PRIVILEGED:
        return assembly->privileged = true;
    case OPTION_CHANGE:
        return assembly->change = true;
    case OPTION_FIRST:
        return assembly->first = true;
    case OPTION_TAKEN:
        return assembly->taken = true;
    default:
        return false;
    }
}

static bool take_arguments(int argc, char **argv, struct assembly *assembly, const char **path)
{
    bool well = true;
    int code;

    optind = 0;
    while (well && (code = getopt_long(argc, argv, "+:", long_options, NULL)) != -1)
        well = take_option(code, assembly, path);
    if (!well || argc - optind != 2) {
        say("%s: wrong usage; see whorl %s --help", argv[0], argv[0]);
        return false;
    }
    assembly->site = argv[optind];
    assembly->file = argv[optind + 1];
    return true;
}

static int run(const struct command *command, int argc, char **argv)
{
    struct assembly assembly = {.site = NULL};
    char *usual = port_usual_path();
    const char *path = usual;
    int status = EXIT_NOT_STARTED;

    (void)command;
    if (take_arguments(argc, argv, &assembly, &path))
        status = patch(&assembly, path);
    free(usual);
    return status;
}

const struct command patch_command = {
    .name = "patch",
    .summary = "have code of yours executed at an instruction of a running kernel",
    .usage = "[--link PATH] [--privileged] [--change] [--first] [--taken] [--near PLACE] SITE FILE",
    .help =
        "Assembles FILE, NAME.s or NAME.S, sends it to a kernel that `whorl boot` runs, and has its\n"
        "code executed before the instruction at SITE, each time. What is executed begins at the\n"
        "global symbol `patch`, else where the text of FILE begins, and ends where the text ends:\n"
        "there control must leave it, and the instruction at SITE follows. Registers that it writes\n"
        "are put back. It may use symbols of the kernel and of what domains offer, and have data.\n"
        "It lives in a domain called NAME: `unload NAME` at the prompt ends it.\n"
        "\n"
        "  SITE         as at the prompt: SYMBOL, SYMBOL+n, DOMAIN.SYMBOL, an address\n"
        "  --link PATH  the socket of the link port, if `whorl boot` was given one\n"
        "  --privileged it may import what is for the privileged only, and have privileged\n"
        "               instructions\n"
        "  --change     registers that it writes are not put back\n"
        "  --first      before the patches that SITE has, instead of behind them\n"
        "  --taken      only when the branch at SITE is taken\n"
        "  --near PLACE generates the code near there, instead of near SITE\n"
        "\n"
        "FILE may also be an object, NAME.o. Exit status: 0 all well, 1 it was not assembled, or the\n"
        "kernel refused it; nothing is left loaded then; 2 the kernel panicked, 3 time-out, 4 no\n"
        "kernel was found, or wrong usage.\n",
    .run = run,
};
