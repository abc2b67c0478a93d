/* What the commands that analyse a file have in common. */
#ifndef WHORL_ANALYSIS_H
#define WHORL_ANALYSIS_H

#include "tools/whorl/code_file.h"
#include "tools/whorl/command.h"

#include "arch/ppc/code/analysis/location.h"
#include "arch/ppc/code/analysis/program.h"

struct analysis {
    const char *path;
    struct code_file *file;
    const struct code_index *index;
    struct program *program;
};

/* False: the user was told why, and nothing is open. */
bool analysis_open(struct analysis *analysis, const char *path);
void analysis_close(struct analysis *analysis);

/* The procedure that a user names, from its start. False: the user was told why. */
bool analysis_find(const struct analysis *analysis, const char *symbol, vaddr_t *start);

/* EXIT_FAILED, with the sentence of the latest refusal about the file. */
int analysis_refused(const struct analysis *analysis);

/* EXIT_WELL if all that was printed has gone out; else the user was told why not. */
int finish_output(void);

/* EXIT_NOT_STARTED, with the usage. */
int wrong_usage(const struct command *command);

#endif
