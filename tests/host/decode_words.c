/*
 * What Whorl says of the words of words.h, for decode.pl. Writes the words into the file that is named,
 * big-endian, and for each a line to standard output: in hexadecimal, the processors that have it (one of
 * all, 7400, none, or unknown if it is no instruction), and its text; tabs between. Addresses count from 0.
 * With a number n behind the file only every nth word.
 */
#include <stdio.h>
#include <stdlib.h>

#include "arch/ppc/code/effects.h"
#include "arch/ppc/code/print.h"
#include "tests/host/words.h"

static const char *processors(uint32_t word)
{
    enum opcode opcode = code_opcode(word);
    uint32_t traits = opcode_rows[opcode].traits;

    if (opcode == OPCODE_UNKNOWN)
        return "unknown";
    if ((traits & TRAIT_ABSENT) != 0)
        return "none";
    return (traits & (TRAIT_ALTIVEC | TRAIT_7400)) != 0 ? "7400" : "all";
}

int main(int argc, char **argv)
{
    FILE *file = argc == 2 || argc == 3 ? fopen(argv[1], "wb") : NULL;
    size_t step = argc == 3 ? strtoul(argv[2], NULL, 10) : 1, n;
    uint32_t address = 0, *words;

    if (file == NULL || step == 0) {
        fprintf(stderr, "usage: decode_words FILE [STEP]\n");
        return 1;
    }
    words = words_make(&n);
    for (size_t i = 0; i < n; i += step) {
        char text[PRINT_MAX];

        for (int shift = 24; shift >= 0; shift -= 8)
            putc((int)(words[i] >> shift & 0xff), file);
        code_print(words[i], address, NULL, NULL, text, sizeof text);
        address += 4;
        printf("%08x\t%s\t%s\n", words[i], processors(words[i]), text);
    }
    free(words);
    return fclose(file) != 0;
}
