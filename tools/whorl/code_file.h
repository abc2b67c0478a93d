/*
 * A file of machine code, opened to be looked at: an object, an archive of objects taken as one program,
 * or an executable such as the kernel image.
 *
 * An executable's addresses are its own. What is in objects is placed and relocated in private, so that
 * calls and tables can be followed; addresses that are shown are offsets in sections, and words are those
 * of the file, as objdump has them.
 */
#ifndef WHORL_CODE_FILE_H
#define WHORL_CODE_FILE_H

#include "arch/ppc/code/analysis/index.h"

#include <stdbool.h>

struct code_file;

/* NULL: the user was told why. `related`: what refers to what matters; else objects are taken as they are. */
struct code_file *code_file_open(const char *path, bool related);
void code_file_close(struct code_file *file);

const struct code_index *code_file_index(const struct code_file *file);

#endif
