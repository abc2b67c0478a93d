/* See shell.h. */
#include "kernel/shell.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <whorl/console.h>
#include <whorl/shell.h>

#include "arch/ppc/escc.h"
#include "domains/domain.h"
#include "kernel/busy.h"
#include "kernel/contain/contain.h"
#include "kernel/event/overdue.h"
#include "kernel/fault.h"
#include "kernel/idle.h"
#include "kernel/interface.h"
#include "kernel/line.h"
#include "kernel/output.h"
#include "kernel/power.h"
#include "kernel/quiescence.h"
#include "kernel/strand/strand.h"
#include "kernel/recorder.h"

#define PROMPT "whorl> "

extern const struct command commands_start[], commands_end[];

static struct line typed;
static struct line_history history;

static const struct command *find(const char *name)
{
    for (const struct command *c = commands_start; c < commands_end; c++)
        if (strcmp(c->name, name) == 0)
            return c;
    return NULL;
}

/* Words are what blanks separate. -1: too many. */
static int split(char *line, char **words)
{
    int n = 0;

    for (char *word = strtok(line, " \t"); word != NULL; word = strtok(NULL, " \t")) {
        if (n == SHELL_ARGUMENTS_MAX)
            return -1;
        words[n++] = word;
    }
    words[n] = NULL;
    return n;
}

/* Only the first blank behind each word was overwritten. */
char *shell_rest(int argc, char **argv, int from)
{
    for (int i = from; i + 1 < argc; i++)
        argv[i][strlen(argv[i])] = ' ';
    return argv[from];
}

/* ---- commands of others ---- */

status_t shell_command(int argc, char *argv[])
{
    (void)argc;
    return status_refuse(ERR_NOT_FOUND, "%s: no such command; help lists them", argv[0]);
}

void shell_help(void)
{
}

PUBLIC_INTERFACE(Shell, shell_command, shell_help, shell_describe);

struct words {
    int n;
    char **words;
    status_t status;
};

static void raise_command(void *closure)
{
    struct words *w = closure;

    w->status = shell_command(w->n, w->words);
}

static void raise_help(void *closure)
{
    (void)closure;
    shell_help();
}

/* Whoever handles it may fault, and must not take the shell along. */
static status_t contain_others(void (*raise)(void *closure), void *closure)
{
    vaddr_t before = busy_suspend();
    status_t status = fault_contain(raise, closure);

    busy_resume(before);
    return status;
}

static status_t run_elsewhere(int n, char *words[])
{
    struct words w = {.n = n, .words = words};

    if (contain_others(raise_command, &w) != OK)
        return status_refuse(ERR_FAULT, "%s: the command faulted", words[0]);
    return w.status;
}

/* ---- */

static status_t run(char *line)
{
    char *words[SHELL_ARGUMENTS_MAX + 1];
    int n = split(line, words);
    const struct command *command;

    if (n < 0)
        return status_refuse(ERR_BAD_ARGUMENT, "more than %d words", SHELL_ARGUMENTS_MAX);
    if (n == 0)
        return OK;
    command = find(words[0]);
    return command != NULL ? command->run(n, words) : run_elsewhere(n, words);
}

status_t shell_run(char *line)
{
    BUSY;
    status_t status;

    record(RECORDED_COMMAND, line, 0);
    quiescence_collect();
    status = run(line);
    quarantine_serve();
    if (status != OK)
        fprintf(stderr, "%s\n", status_explain());
    event_report_overdue(); /* what the command has led to, to who gave it */
    domain_rest_all();      /* types that were looked at, a domain's by an event or by a listing */
    return status;
}

status_t shell_usage(const char *name)
{
    const struct command *command = find(name);

    return status_refuse(ERR_BAD_ARGUMENT, "usage: %s%s%s", name, command->usage[0] != 0 ? " " : "",
                         command->usage);
}

void shell_describe(const char *name, const char *usage, const char *text)
{
    char head[200];

    snprintf(head, sizeof head, "%s %s", name, usage);
    printf("%-28s %s\n", head, text);
}

static status_t help(int argc, char **argv)
{
    const struct command *only = NULL;

    if (argc > 2)
        return shell_usage(argv[0]);
    if (argc == 2 && (only = find(argv[1])) == NULL)
        return status_refuse(ERR_NOT_FOUND, "%s: no such command; help lists them", argv[1]);
    for (const struct command *c = commands_start; c < commands_end; c++)
        if (only == NULL || c == only)
            shell_describe(c->name, c->usage, c->help);
    return only == NULL ? contain_others(raise_help, NULL) : OK;
}
COMMAND(help, "[COMMAND]", "list the commands, or describe one");

/* ---- the console ---- */

/* Whoever types ahead shall not be answered by a machine that is about to go. */
static void prompt(void)
{
    if (!power_requested())
        output_console(PROMPT, sizeof PROMPT - 1);
}

void shell_initialize(void)
{
    line_init(&typed, &history, output_console);
    prompt();
}

static void finish(enum line_event event)
{
    static char line[LINE_LENGTH_MAX + 1];

    memcpy(line, typed.text, typed.length + 1);
    line_reset(&typed);
    if (event == LINE_TOO_LONG)
        fprintf(stderr, "the line is longer than %d characters\n", LINE_LENGTH_MAX);
    if (event == LINE_COMPLETE) {
        status_t status;

        line_remember(&history, line);
        status = shell_run(line);
        (void)status; /* its sentence is printed, and nobody waits for more */
    }
    prompt();
}

/* What is typed is for the strand that waits for a line, if one does; it may have been cut off. */
static strand_t *reader;

static bool is_read(void)
{
    const struct strand *strand = reader != NULL ? strand_of(reader) : NULL;

    return strand != NULL && strand->state == STRAND_ALIVE;
}

void shell_poll(void)
{
    int byte;

    while (!is_read() && (byte = escc_read(ESCC_A)) >= 0) {
        enum line_event event = line_receive(&typed, (uint8_t)byte);

        if (event == LINE_EDITING)
            continue;
        finish(event);
        return;
    }
}

static bool is_typed(void)
{
    return escc_readable(ESCC_A);
}

bool shell_pending(void)
{
    return is_typed() && !is_read();
}

static enum line_event read_line(struct line *line)
{
    enum line_event event = LINE_EDITING;

    while (event == LINE_EDITING) {
        int byte = escc_read(ESCC_A);

        if (byte < 0)
            idle_until(IDLE_FOREVER, is_typed);
        else
            event = line_receive(line, (uint8_t)byte);
    }
    return event;
}

/* One at a time. */
static status_t begin_reading(size_t size)
{
    status_t status = strand_check_may_wait("console_read");
    BUSY;

    if (status == OK && size == 0)
        status = status_refuse(ERR_BAD_ARGUMENT, "no room for a line");
    if (status == OK && is_read())
        status = status_refuse(ERR_BUSY, "another strand waits for a line");
    if (status == OK)
        reader = strand_current->capability;
    return status;
}

status_t console_read_line(char *text, size_t size)
{
    static struct line line;
    enum line_event event;
    status_t status = begin_reading(size);

    if (status != OK)
        return status;
    line_init(&line, NULL, output_console);
    line.after_cr = typed.after_cr;
    event = read_line(&line);
    typed.after_cr = line.after_cr;
    reader = NULL;
    if (event == LINE_ABANDONED)
        line_reset(&line);
    if (event == LINE_TOO_LONG || line.length >= size)
        return status_refuse(ERR_RANGE, "the line is longer than %u characters",
                             (unsigned)(size - 1 < LINE_LENGTH_MAX ? size - 1 : LINE_LENGTH_MAX));
    memcpy(text, line.text, line.length + 1);
    return OK;
}
