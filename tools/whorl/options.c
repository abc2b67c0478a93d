/* Options by getopt_long. Every refusal says which argument is at fault. */
#define _GNU_SOURCE

#include "tools/whorl/options.h"

#include "tools/whorl/say.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#define DEFAULT_MACHINE "g3beige"
#define DEFAULT_MEGABYTES 128
#define LARGEST_NUMBER 1000000

enum {
    OPTION_ICOUNT = 256,
    OPTION_TIMEOUT,
    OPTION_LINK,
    OPTION_PRIVILEGED,
    OPTION_UNTYPED,
    OPTION_CHANGE,
    OPTION_FIRST,
    OPTION_TAKEN,
    OPTION_NEAR
};

static const struct option long_options[] = {
    {"icount", no_argument, NULL, OPTION_ICOUNT},
    {"timeout", required_argument, NULL, OPTION_TIMEOUT},
    {"link", required_argument, NULL, OPTION_LINK},
    {"privileged", no_argument, NULL, OPTION_PRIVILEGED},
    {"untyped", no_argument, NULL, OPTION_UNTYPED},
    {"change", no_argument, NULL, OPTION_CHANGE},
    {"first", no_argument, NULL, OPTION_FIRST},
    {"taken", no_argument, NULL, OPTION_TAKEN},
    {"near", required_argument, NULL, OPTION_NEAR},
    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0},
};

static bool parse_number(const char *text, unsigned *number)
{
    char *end;
    unsigned long value = strtoul(text, &end, 10);

    if (text[0] < '0' || text[0] > '9' || *end != 0 || value == 0 || value > LARGEST_NUMBER)
        return false;
    *number = (unsigned)value;
    return true;
}

static enum options_result bad(const struct command *command, const char *what, const char *text)
{
    say("%s: %s '%s'; see whorl %s --help", command->name, what, text, command->name);
    return OPTIONS_BAD;
}

static enum options_result bad_option(const struct command *command, int code, char **argv)
{
    char short_option[] = {'-', (char)optopt, 0};
    const char *text = argv[optind - 1];

    if (optopt > 0 && optopt < 256)
        text = short_option;
    return bad(command, code == ':' ? "no argument after" : "unknown option", text);
}

/* The first of those that only -p has; NULL: none was given. */
static const char *given_for_patch(const struct step_terms *terms)
{
    if (terms->change)
        return "--change";
    if (terms->first)
        return "--first";
    if (terms->taken)
        return "--taken";
    return terms->near != NULL ? "--near" : NULL;
}

/* They change nothing but their -x or -p, so they must not stand idle. */
static enum options_result check_waiting(const struct options *options,
                                         const struct command *command)
{
    const struct step_terms *terms = &options->terms;

    if (given_for_patch(terms) != NULL)
        return bad(command, "no -p follows", given_for_patch(terms));
    if (terms->privileged || terms->untyped)
        return bad(command, "no -x follows", terms->privileged ? "--privileged" : "--untyped");
    return OPTIONS_OK;
}

static void add_step(struct options *options, enum step_kind kind, const char *text)
{
    options->steps[options->n_steps++] = (struct step){kind, text, options->terms};
    options->terms = (struct step_terms){0};
}

static enum options_result add_load(struct options *options, const struct command *command,
                                    const char *list)
{
    const char *idle = given_for_patch(&options->terms);

    add_step(options, STEP_LOAD, list);
    return idle != NULL ? bad(command, "-x takes no", idle) : OPTIONS_OK;
}

static enum options_result add_patch(struct options *options, const struct command *command,
                                     const char *text)
{
    bool idle = options->terms.untyped;

    add_step(options, STEP_PATCH, text);
    if (idle)
        return bad(command, "-p takes no", "--untyped");
    return strchr(text, '=') != NULL ? OPTIONS_OK : bad(command, "-p takes SITE=FILE, not", text);
}

static enum options_result add_command(struct options *options, const struct command *command,
                                       const char *text)
{
    enum options_result result = check_waiting(options, command);

    add_step(options, STEP_COMMAND, text);
    return result;
}

/* False: the option is none of these. */
static bool take_term(struct step_terms *terms, int code)
{
    if (code == OPTION_PRIVILEGED)
        terms->privileged = true;
    else if (code == OPTION_UNTYPED)
        terms->untyped = true;
    else if (code == OPTION_CHANGE)
        terms->change = true;
    else if (code == OPTION_FIRST)
        terms->first = true;
    else if (code == OPTION_TAKEN)
        terms->taken = true;
    else if (code == OPTION_NEAR)
        terms->near = optarg;
    else
        return false;
    return true;
}

static enum options_result take_number(const struct command *command, const char *option,
                                       unsigned *number)
{
    if (parse_number(optarg, number))
        return OPTIONS_OK;
    say("%s: %s takes a number from 1 to %d, not '%s'", command->name, option, LARGEST_NUMBER,
        optarg);
    return OPTIONS_BAD;
}

static enum options_result take_option(struct options *options, const struct command *command,
                                       int code, char **argv)
{
    unsigned seconds = 0;
    enum options_result result = OPTIONS_OK;

    if (code == 'M')
        options->machine = optarg;
    else if (code == 'm')
        result = take_number(command, "-m", &options->megabytes);
    else if (code == 'x')
        result = add_load(options, command, optarg);
    else if (code == 'p')
        result = add_patch(options, command, optarg);
    else if (code == 'c')
        result = add_command(options, command, optarg);
    else if (code == 'h')
        result = OPTIONS_HELP;
    else if (code == OPTION_ICOUNT)
        options->icount = true;
    else if (code == OPTION_LINK && command->takes_link)
        options->link_path = optarg;
    else if (code == OPTION_LINK)
        result = bad(command, "unknown option", "--link");
    else if (code == OPTION_TIMEOUT)
        result = take_number(command, "--timeout", &seconds);
    else if (!take_term(&options->terms, code))
        result = bad_option(command, code, argv);
    if (seconds > 0)
        options->timeout = (int)seconds;
    return result;
}

enum options_result options_parse(struct options *options, const struct command *command, int argc,
                                  char **argv)
{
    enum options_result result = OPTIONS_OK;
    int code;

    *options = (struct options){.machine = DEFAULT_MACHINE, .megabytes = DEFAULT_MEGABYTES};
    options->steps = must_allocate((size_t)argc * sizeof(*options->steps));
    optind = 0;
    while (result == OPTIONS_OK &&
           (code = getopt_long(argc, argv, "+:M:m:x:p:c:h", long_options, NULL)) != -1)
        result = take_option(options, command, code, argv);
    if (result == OPTIONS_OK && optind < argc)
        result = bad(command, "an argument without an option,", argv[optind]);
    if (result == OPTIONS_OK)
        result = check_waiting(options, command);
    if (result == OPTIONS_OK && options->machine[0] == 0)
        result = bad(command, "no machine is called", "");
    if (result != OPTIONS_OK)
        free(options->steps);
    return result;
}
