/*
 * Linked images (ELF executables for PowerPC) as the analyses see programs: procedures are what the
 * symbol table says, `f.cold` is a part of f. Made for tests, of images that the Makefile has linked:
 * a damaged one ends the program.
 */
#ifndef TESTS_PROGRAM_SOURCE_H
#define TESTS_PROGRAM_SOURCE_H

#include "arch/ppc/code/analysis/source.h"
#include "tests/host/object.h"

struct program_source {
    struct code_source source;
    struct object_file file;
    struct image_section {
        const uint8_t *bytes;
        vaddr_t start, end;
        bool code, constant;
    } * sections;
    size_t n_sections;
    struct procedure *procedures; /* by rising start, none inside another */
    size_t n_procedures;
};

/* The image becomes the source's, which must stay where it is. */
void program_source_open(struct program_source *program, struct object_file image);

/* From a file of the folder `objects` beside the test program, or relative to that folder. */
void program_source_read(struct program_source *program, const char *name);

void program_source_close(struct program_source *program);

/* The address of the procedure of that name; 0 if there is none. */
vaddr_t program_source_find(const struct program_source *program, const char *name);

#endif
