/* Commands about machine code: what it is, where it goes, what it needs. */
#include <stdio.h>
#include <string.h>

#include "arch/ppc/code/location.h"
#include "arch/ppc/code/report.h"
#include "kernel/code_view.h"
#include "kernel/shell.h"

/* Opens a view and finds a place in it; on failure nothing is open. */
static status_t find(const char *text, struct code_index **index, struct location *location)
{
    status_t status = code_view_open(index);

    if (status != OK)
        return status;
    status = code_locate(*index, text, location);
    if (status != OK)
        code_index_close(*index);
    return status;
}

/* ---- disas ---- */

static status_t disas(int argc, char **argv)
{
    struct code_index *index;
    struct location location;
    status_t status;

    if (argc != 2)
        return shell_usage(argv[0]);
    status = find(argv[1], &index, &location);
    if (status != OK)
        return status;
    report_words(stdout, index, location.address, location.procedure.end);
    code_index_close(index);
    return OK;
}
COMMAND(disas, "SYMBOL[+n]", "print the instructions of a procedure, or from a place in it on");
