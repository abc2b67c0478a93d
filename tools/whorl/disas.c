/* `whorl disas`: a procedure of a file, instruction by instruction. */
#include "tools/whorl/analysis.h"
#include "tools/whorl/say.h"

#include "arch/ppc/code/analysis/report.h"

#include <stdio.h>

static int disassemble(const struct code_index *index, const char *path, const char *symbol)
{
    struct location location;

    if (code_locate(index, symbol, &location) != OK) {
        say("%s: %s", path, status_explain());
        return EXIT_FAILED;
    }
    report_words(stdout, index, location.address, location.procedure.end);
    return finish_output();
}

static int run(const struct command *command, int argc, char **argv)
{
    struct code_file *file;
    int status;

    if (argc != 3)
        return wrong_usage(command);
    file = code_file_open(argv[1], false);
    if (file == NULL)
        return EXIT_FAILED;
    status = disassemble(code_file_index(file), argv[1], argv[2]);
    code_file_close(file);
    return status;
}

const struct command disas_command = {
    .name = "disas",
    .summary = "print the instructions of a procedure",
    .usage = "FILE SYMBOL[+n]",
    .help =
        "Prints a procedure of an object, an archive of objects or the kernel image, one line a word:\n"
        "address, word, mnemonic and operands, as powerpc-linux-gnu-objdump -d -M7400 prints them.\n"
        "In an object, addresses are offsets in the section and words are not relocated.\n"
        "\n"
        "  SYMBOL       the whole procedure; SOURCE!SYMBOL if several files have one of that name\n"
        "  SYMBOL+n     from n bytes behind its start (decimal, or hexadecimal with 0x) to its end\n"
        "  ADDRESS      of the kernel image, hexadecimal: from there to the end of the procedure\n"
        "\n"
        "Exit status: 0; 1 if there is no such file or code; 4 for wrong usage.\n",
    .run = run,
};
