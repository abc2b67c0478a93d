/* See analysis.h. */
#include "tools/whorl/analysis.h"

#include "tools/whorl/say.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

bool analysis_open(struct analysis *analysis, const char *path)
{
    *analysis = (struct analysis){.path = path, .file = code_file_open(path, true)};
    if (analysis->file == NULL)
        return false;
    analysis->index = code_file_index(analysis->file);
    if (program_open(code_index_source(analysis->index), &analysis->program) == OK)
        return true;
    (void)analysis_refused(analysis);
    code_file_close(analysis->file);
    return false;
}

void analysis_close(struct analysis *analysis)
{
    program_close(analysis->program);
    code_file_close(analysis->file);
}

bool analysis_find(const struct analysis *analysis, const char *symbol, vaddr_t *start)
{
    struct location location;

    if (code_locate(analysis->index, symbol, &location) != OK) {
        (void)analysis_refused(analysis);
        return false;
    }
    *start = location.procedure.whole;
    return true;
}

int analysis_refused(const struct analysis *analysis)
{
    say("%s: %s", analysis->path, status_explain());
    return EXIT_FAILED;
}

int finish_output(void)
{
    if (fflush(stdout) == 0)
        return EXIT_WELL;
    say("standard output: %s", strerror(errno));
    return EXIT_FAILED;
}

int wrong_usage(const struct command *command)
{
    say("usage: whorl %s %s", command->name, command->usage);
    return EXIT_NOT_STARTED;
}
