/* The options that `whorl run` and `whorl boot` share, and the steps they ask for. */
#ifndef WHORL_OPTIONS_H
#define WHORL_OPTIONS_H

#include "tools/whorl/command.h"

#include <stdbool.h>
#include <stddef.h>

enum step_kind { STEP_LOAD, STEP_PATCH, STEP_COMMAND };

/* What is said of one -x or -p. */
struct step_terms {
    bool privileged;
    bool untyped;              /* of -x */
    bool change, first, taken; /* of -p; as struct assembly has them */
    const char *near;
};

/* -x, -p or -c, and what was given with it. */
struct step {
    enum step_kind kind;
    const char *text;
    struct step_terms terms;
};

struct options {
    const char *machine;
    unsigned megabytes;
    bool icount;
    int timeout;           /* seconds; 0 for none given */
    const char *link_path; /* NULL for none */
    struct step *steps;    /* in the order given; to be freed */
    size_t n_steps;
    struct step_terms terms; /* were given and wait for their -x or -p */
};

enum options_result { OPTIONS_OK, OPTIONS_HELP, OPTIONS_BAD };

/* Reads the arguments of a command. OPTIONS_BAD: the user was told why. */
enum options_result options_parse(struct options *options, const struct command *command, int argc,
                                  char **argv);

#endif
