/*
 * `whorl boot`: like run, with the kernel's console in the user's terminal.
 *
 * The console is shown from the kernel's banner on. While steps are carried out the prompt is held back,
 * so that progress and output of the steps do not run into it.
 */
#include "tools/whorl/clock.h"
#include "tools/whorl/port.h"
#include "tools/whorl/say.h"
#include "tools/whorl/terminal.h"
#include "tools/whorl/typist.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DEFAULT_TIMEOUT 300 /* with nobody at the keys */
#define REDRAW_MS 50

struct boot {
    struct session session;
    struct options options;
    struct terminal terminal;
    struct typist typist;
    struct port port;
    bool hidden; /* the console is, until the banner */
    bool holds_prompt;
    bool bar_is_open; /* a progress line without its end is on the terminal */
    int64_t bar_drawn;
    uint64_t hidden_at;   /* position from which on it is */
    unsigned n_firmwares; /* seen */
    uint64_t shown;       /* of the console */
};

/* A terminal gets what the kernel sent, anybody else plain lines. */
static void print(struct boot *boot, const char *text, size_t size)
{
    bool plain = !isatty(STDOUT_FILENO);
    size_t from = 0;

    for (size_t i = 0; plain && i < size; i++) {
        if (text[i] != '\r')
            continue;
        output_write(&boot->session.output, STDOUT_FILENO, text + from, i - from);
        from = i + 1;
    }
    output_write(&boot->session.output, STDOUT_FILENO, text + from, size - from);
}

static void show_until(struct boot *boot, uint64_t end)
{
    const struct console *console = &boot->session.console;
    size_t size, hidden = (size_t)(console->total - end);
    const char *text;

    if (end <= boot->shown)
        return;
    text = console_from(console, boot->shown, &size);
    print(boot, text, size > hidden ? size - hidden : 0);
    boot->shown = end;
}

static void hide_from(struct boot *boot, uint64_t position)
{
    boot->hidden = true;
    boot->hidden_at = position;
}

/* Whether the last line is to be shown when it is known what it will be. */
static bool holds_line(const struct boot *boot)
{
    const struct console *console = &boot->session.console;

    return console_may_be(console, CONSOLE_FIRMWARE) ||
           (boot->holds_prompt && console_may_be(console, CONSOLE_PROMPT));
}

/* A restart, by whomever, brings the firmware back. */
static void show_console(struct boot *boot)
{
    const struct console *console = &boot->session.console;

    if (!boot->hidden && console->n_firmwares > boot->n_firmwares) {
        show_until(boot, console->firmware_at);
        hide_from(boot, console->firmware_at);
    }
    boot->n_firmwares = console->n_firmwares;
    if (boot->hidden && console->n_banners > 0 && console->banner_at >= boot->hidden_at) {
        boot->hidden = false;
        boot->shown = console->banner_at;
    }
    if (!boot->hidden)
        show_until(boot, holds_line(boot) ? console->line_start : console->total);
}

/* Echo makes room for more keys. */
static void take_console(void *context)
{
    struct boot *boot = context;

    show_console(boot);
    if (boot->typist.keys)
        typist_type(&boot->typist);
}

static void hide_console(void *context)
{
    struct boot *boot = context;

    hide_from(boot, boot->session.console.total);
}

static void write_bar(struct boot *boot, const char *text)
{
    output_write(&boot->session.output, STDERR_FILENO, text, strlen(text));
}

/* Drawn again in place on a terminal, printed once at the end elsewhere. */
static void show_progress(void *context, const struct transfer *transfer, size_t done)
{
    struct boot *boot = context;
    bool last = done == transfer->size;
    bool terminal = isatty(STDERR_FILENO);
    int percent = last ? 100 : (int)((uint64_t)done * 100 / transfer->size);
    char *bar;

    if (!last && (!terminal || clock_ms() - boot->bar_drawn < REDRAW_MS))
        return;
    bar = must_format("%sloading %s  %3d %%  %zu of %zu bytes%s", terminal ? "\r" : "",
                      transfer->name, percent, done, transfer->size, last ? "\n" : "");
    write_bar(boot, bar);
    free(bar);
    boot->bar_drawn = clock_ms();
    boot->bar_is_open = !last;
}

static void end_bar(void *context)
{
    struct boot *boot = context;

    if (boot->bar_is_open)
        write_bar(boot, "\n");
    boot->bar_is_open = false;
}

static void do_steps(struct boot *boot)
{
    boot->holds_prompt = true;
    if (session_contact(&boot->session)) {
        for (size_t i = 0; i < boot->options.n_steps; i++)
            session_step(&boot->session, &boot->options.steps[i]);
    }
    boot->holds_prompt = false;
    end_bar(boot);
    show_console(boot);
}

static bool console_is_open(const struct boot *boot)
{
    return boot->session.qemu.console >= 0 && boot->session.loop.stop == 0;
}

/* What the tool or the shell says next begins a line. */
static void end_line(struct boot *boot)
{
    if (!boot->hidden && boot->session.console.line_length > 0)
        output_write(&boot->session.output, STDOUT_FILENO, "\n", 1);
}

/* Until the machine is off, the input has ended, or the user leaves. */
static void serve_user(struct boot *boot)
{
    struct session *session = &boot->session;

    session_doing(session, boot->typist.keys ? "serving the console" : "waiting for the prompt");
    port_start(&boot->port);
    while (console_is_open(boot) && !typist_done(&boot->typist))
        session_turn(session, typist_type(&boot->typist));
    port_stop(&boot->port);
}

static void end_machine(struct boot *boot)
{
    struct session *session = &boot->session;

    if (session->loop.stop != 0)
        return;
    if (session->qemu.console < 0)
        session_take_end(session, true);
    else if (!boot->port.lent || session_contact(session))
        session_power_off(session);
}

static void work(struct boot *boot)
{
    bool keys = isatty(STDIN_FILENO);

    terminal_make_raw(&boot->terminal, STDIN_FILENO);
    typist_open(&boot->typist, &boot->session, STDIN_FILENO, keys);
    if (keys)
        say("the machine starts; Ctrl-A x ends it");
    do_steps(boot);
    if (!session_over(&boot->session) && boot->session.contacted) {
        serve_user(boot);
        end_machine(boot);
    }
    typist_close(&boot->typist);
    end_line(boot);
    terminal_restore(&boot->terminal);
}

static int boot_machine(struct boot *boot)
{
    struct session_view view = {boot, take_console, show_progress, end_bar, hide_console};
    int status = EXIT_NOT_STARTED;

    hide_from(boot, 0);
    if (!port_open(&boot->port, &boot->session, boot->options.link_path))
        return status;
    if (session_open(&boot->session, &boot->options, &view)) {
        work(boot);
        port_close(&boot->port);
        status = session_close(&boot->session);
    }
    port_close(&boot->port);
    return status;
}

static int run(const struct command *command, int argc, char **argv)
{
    struct boot *boot = must_allocate(sizeof(*boot));
    int status = EXIT_NOT_STARTED;

    switch (options_parse(&boot->options, command, argc, argv)) {
    case OPTIONS_HELP:
        command_help(command);
        status = EXIT_WELL;
        break;
    case OPTIONS_BAD:
        break;
    case OPTIONS_OK:
        if (boot->options.timeout == 0 && !isatty(STDIN_FILENO))
            boot->options.timeout = DEFAULT_TIMEOUT;
        status = boot_machine(boot);
        free(boot->options.steps);
        break;
    }
    free(boot);
    return status;
}

const struct command boot_command = {
    .name = "boot",
    .summary = "boot a machine with its console in this terminal",
    .usage = "[-M MACHINE] [-m MB] [--icount] [--timeout S] "
             "[[--privileged] [--untyped] -x OBJECT[,OBJECT...]]... "
             "[[--privileged] [OPTION]... -p SITE=FILE]... [-c COMMAND]... [--link PATH]",
    .help =
        "Boots Whorl in a QEMU of its own, carries out -x, -p and -c in the order given, and leaves\n"
        "you at the kernel's prompt. Ctrl-A x ends the machine at once, Ctrl-A a sends a Ctrl-A.\n"
        "When standard input is not a terminal, its lines are typed at the prompt one by one, and\n"
        "at its end the machine is powered off.\n"
        "\n"
        "  -M MACHINE   g3beige (the default) or mac99\n"
        "  -m MB        memory of the machine, 128 if not given\n"
        "  -x OBJECTS   load an object; several with commas between them are loaded as a group,\n"
        "               whose members may import from each other\n"
        "  --privileged the next -x or -p may have also what is for the privileged only\n"
        "  --untyped    the next -x loads objects without types, too; their imports go unchecked\n"
        "  -p SITE=FILE assemble FILE, and have its code executed at SITE: see whorl patch --help\n"
        "  --change, --first, --taken, --near PLACE  of the next -p, as there\n"
        "  -c COMMAND   run a command of the kernel's shell, e.g. help\n"
        "  --link PATH  open the link port to other programs, by a socket at PATH; else it is where\n"
        "               whorl patch looks for it, if nobody else's is there\n"
        "  --icount     let time pass by instructions: one nanosecond each\n"
        "  --timeout S  give up after S seconds; 300 if not given and standard input is not a\n"
        "               terminal, else never\n"
        "\n"
        "Exit status: 0 all well, 1 a load or a command failed, 2 the kernel panicked, 3 time-out,\n"
        "4 the machine could not be started, or wrong usage.\n"
        "\n"
        "WHORL_QEMU names another QEMU than qemu-system-ppc.\n",
    .takes_link = true,
    .run = run,
};
