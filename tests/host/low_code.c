/*
 * What the model of dispatching needs to make plans on the host: code memory, and what its leaves refer to, at
 * addresses of 32 bits. Nothing of it is run. Link with -no-pie.
 */
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "arch/ppc/code/write.h"
#include "kernel/code_space.h"
#include "tests/kernel/dispatch/private.h"

#define ROOM (MODEL_PROCEDURES * MODEL_LEAF_WORDS * 4)

uint32_t model_notes[1], *model_note_next;
uint32_t model_cells[MODEL_CELLS], model_pointers[MODEL_CELLS];
const char model_recorders[MODEL_PROCEDURES * 8];

/* Random code takes a whole processor, which machine.c is not. */
const bool model_has_programs = false;

static vaddr_t memory;
static size_t used;

static void make_memory(void)
{
    void *low =
        mmap(NULL, ROOM, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);

    if (low == MAP_FAILED)
        abort();
    memory = (vaddr_t)(uintptr_t)low;
}

status_t code_allocate(owner_t owner, size_t size, vaddr_t near, vaddr_t *code)
{
    (void)owner;
    (void)near;
    if (memory == 0)
        make_memory();
    if (size > ROOM - used)
        return ERR_NO_MEMORY;
    *code = memory + (vaddr_t)used;
    used += size;
    return OK;
}

/* A model frees all that it has. */
void code_free(vaddr_t code)
{
    (void)code;
    used = 0;
}

bool code_write(vaddr_t address, const uint32_t words[], size_t n)
{
    memcpy((void *)(uintptr_t)address, words, n * sizeof *words);
    return true;
}

size_t program_make(struct model *m, struct model_procedure *procedure, uint32_t words[])
{
    (void)m;
    (void)procedure;
    (void)words;
    abort();
}
