/* Commands about patches and probes. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/file.h"
#include "kernel/patch/patch.h"
#include "kernel/patch/springboard.h"
#include "kernel/probe/blocks.h"
#include "kernel/probe/code.h"
#include "kernel/probe/probe.h"
#include "kernel/probe/simple.h"
#include "kernel/probe/site_text.h"
#include "kernel/probe/survey.h"
#include "kernel/probe/time.h"
#include "kernel/probe/trace.h"
#include "kernel/shell.h"

/* ---- probe ---- */

/* What a probe is to be made of. */
struct order {
    const char *kind;
    const char *text; /* format or procedure; NULL: none was given */
};

static status_t make(const struct site_look *look, const struct order *order, struct probe **probe)
{
    if (strcmp(order->kind, "count") == 0)
        return simple_count(look, probe);
    if (strcmp(order->kind, "trace") == 0)
        return trace_make(look, order->text, probe);
    if (strcmp(order->kind, "time") == 0)
        return time_make(look, probe);
    if (strcmp(order->kind, "blocks") == 0)
        return blocks_make(look, probe);
    return simple_call(look, order->text, strcmp(order->kind, "patch") == 0, probe);
}

static void print_made(const struct probe *probe)
{
    printf("probe %u: %s %s\n", probe->number, probe->type->name, probe->site);
}

static status_t carry_out(const char *site, const struct order *order)
{
    struct site_look look;
    struct probe *probe;
    status_t status = site_open(site, &look);

    if (status != OK)
        return status;
    status = make(&look, order, &probe);
    site_close(&look);
    if (status == OK)
        print_made(probe);
    return status;
}

/* ---- probe SITE code ---- */

static bool read_flag(const char *option, struct code_wish *wish)
{
    const struct {
        const char *name;
        bool *value;
    } flags[] = {
        {"--privileged", &wish->terms.privileged},
        {"--change", &wish->options.change},
        {"--first", &wish->options.first},
        {"--taken", &wish->options.taken},
    };

    for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++)
        if (strcmp(option, flags[i].name) == 0) {
            *flags[i].value = true;
            return true;
        }
    return false;
}

/* Between the kind and the file. */
static bool read_options(int argc, char **argv, struct code_wish *wish)
{
    for (int i = 3; i < argc - 1; i++)
        if (strcmp(argv[i], "--near") == 0 && i + 1 < argc - 1)
            wish->near = argv[++i];
        else if (!read_flag(argv[i], wish))
            return false;
    return true;
}

/* What an assembler made has no types. The file is gone in any case. */
static status_t probe_of_code(int argc, char **argv)
{
    struct code_wish wish = {
        .terms = {.loader = "operator", .untyped = true, .patch = true, .anywhere = true},
        .site = argv[1],
    };
    const char *file = argv[argc - 1];
    char name[FILE_NAME_MAX + 1];
    struct loader_object object = {.name = name};
    struct probe *probe;
    status_t status;

    if (!read_options(argc, argv, &wish))
        return shell_usage(argv[0]);
    status = file_find(file, &object.bytes, &object.size);
    if (status != OK)
        return status;
    file_stem(file, name);
    status = code_make(&wish, &object, &probe);
    file_remove(file);
    if (status == OK)
        print_made(probe);
    return status;
}

/* Whether a kind of probe is written with so many words. */
static bool is_complete(const char *kind, int argc)
{
    if (strcmp(kind, "trace") == 0)
        return true;
    if (strcmp(kind, "call") == 0)
        return argc == 4;
    return argc == 3 &&
           (strcmp(kind, "count") == 0 || strcmp(kind, "time") == 0 || strcmp(kind, "blocks") == 0);
}

/* Quotes around a format are for the eye. */
static const char *unquote(char *text)
{
    size_t length = strlen(text);

    if (length < 2 || text[0] != '"' || text[length - 1] != '"')
        return text;
    text[length - 1] = 0;
    return text + 1;
}

static status_t probe(int argc, char **argv)
{
    struct order order = {NULL, NULL};

    if (argc > 3 && strcmp(argv[2], "code") == 0)
        return probe_of_code(argc, argv);
    if (argc < 3 || !is_complete(argv[2], argc))
        return shell_usage(argv[0]);
    order.kind = argv[2];
    if (argc > 3)
        order.text = unquote(shell_rest(argc, argv, 3));
    return carry_out(argv[1], &order);
}
COMMAND(probe,
        "SITE count | SITE trace [FORMAT] | FUNCTION time | FUNCTION blocks | SITE call "
        "DOMAIN.PROCEDURE | SITE code [OPTION...] FILE",
        "count, trace or measure what is executed, or have a procedure or code executed there");

/* ---- probes, unprobe ---- */

static status_t probes(int argc, char **argv)
{
    if (argc != 1)
        return shell_usage(argv[0]);
    for (const struct probe *p = probe_next(NULL); p != NULL; p = probe_next(p))
        probe_print(p);
    probe_forget_lost();
    return OK;
}
COMMAND(probes, "", "list the probes, and what they have found");

static status_t unprobe_all(void)
{
    struct probe *next;

    for (struct probe *p = probe_next(NULL); p != NULL; p = next) {
        status_t status;

        next = probe_next(p);
        status = probe_end(p);
        if (status != OK)
            return status;
    }
    return OK;
}

static status_t unprobe(int argc, char **argv)
{
    unsigned long number;
    struct probe *found;
    char *end;

    if (argc != 2)
        return shell_usage(argv[0]);
    if (strcmp(argv[1], "all") == 0)
        return unprobe_all();
    number = strtoul(argv[1], &end, 10);
    if (argv[1][0] < '0' || argv[1][0] > '9' || *end != 0)
        return status_refuse(ERR_BAD_ARGUMENT, "%s is not the number of a probe", argv[1]);
    found = probe_numbered((unsigned)number);
    if (found == NULL)
        return status_refuse(ERR_NOT_FOUND, "there is no probe %s", argv[1]);
    return probe_end(found);
}
COMMAND(unprobe, "NUMBER|all", "take a probe away, or all of them");

/* ---- traces ---- */

static status_t list_traces(int argc, char **argv)
{
    if (argc != 1)
        return shell_usage(argv[0]);
    trace_print_all(stdout);
    return OK;
}
static const struct command traces_command __attribute__((section(".commands.traces"), used)) = {
    "traces", "", "print what probes have traced since this was asked before", list_traces};

/* ---- patch ---- */

static const char *const mode_names[] = {
    [PATCH_EXACT] = "exact", [PATCH_PARANOID] = "paranoid", [PATCH_POISON] = "poison"};

static status_t set_mode(const char *name)
{
    for (size_t i = 0; i < sizeof mode_names / sizeof mode_names[0]; i++)
        if (strcmp(mode_names[i], name) == 0) {
            patch_set_mode((enum patch_mode)i);
            return OK;
        }
    return status_refuse(ERR_BAD_ARGUMENT, "%s is no mode: exact, paranoid or poison", name);
}

static status_t patch(int argc, char **argv)
{
    const struct order order = {argv[0], argv[2]};

    if (argc == 2 && strcmp(argv[1], "--survey") == 0)
        return survey_run(stdout);
    if (argc == 2 && strcmp(argv[1], "--mode") == 0) {
        printf("%s\n", mode_names[patch_mode()]);
        return OK;
    }
    if (argc != 3)
        return shell_usage(argv[0]);
    if (strcmp(argv[1], "--mode") == 0)
        return set_mode(argv[2]);
    return carry_out(argv[1], &order);
}
COMMAND(patch, "SITE DOMAIN.PROCEDURE | --survey | --mode [exact|paranoid|poison]",
        "have a procedure called with all registers; try all sites; how patches save registers");

/* ---- springboards ---- */

static status_t springboards(int argc, char **argv)
{
    if (argc != 1)
        return shell_usage(argv[0]);
    springboard_print_map(stdout);
    printf("%u of %u springboards in use\n", (unsigned)springboard_used(),
           (unsigned)springboard_capacity());
    return OK;
}
COMMAND(springboards, "", "show the springboards, by which patches reach far bodies");
