/* See everything.h. */
#include "tests/kernel/everything/everything.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <whorl/domain.h>

#include "arch/ppc/image.h"
#include "kernel/kernel_symbols.h"

#define PROCEDURES_MAX 4096
#define PERCENT_REFUSED 5

static patch_t *patches[PROCEDURES_MAX];
static size_t n_patches, n_refused;
static uint32_t *text;
static size_t text_size;

static bool is_procedure(const struct symbol *symbol, vaddr_t last)
{
    return symbol->value >= IMAGE(kernel_text_start) && symbol->value < IMAGE(kernel_text_end) &&
           symbol->value != last && symbol->size != 0;
}

static void patch(const struct symbol *symbol)
{
    if (patch_count((const void *)symbol->value, NULL, &patches[n_patches]) == OK) {
        n_patches++;
        return;
    }
    n_refused++;
    printf("# refused: %s: %s\n", symbol->name, status_explain());
}

status_t everything_patch(enum patch_mode mode)
{
    vaddr_t last = 0;

    text_size = IMAGE(kernel_text_end) - IMAGE(kernel_text_start);
    text = malloc(text_size);
    if (text == NULL)
        return status_refuse(ERR_NO_MEMORY, "no memory for a copy of the kernel's text");
    memcpy(text, (const void *)IMAGE(kernel_text_start), text_size);
    patch_set_mode(mode);
    for (size_t i = 0; i < kernel_symbol_count() && n_patches < PROCEDURES_MAX; i++) {
        struct symbol symbol = kernel_symbol(i);

        if (is_procedure(&symbol, last))
            patch(&symbol);
        last = symbol.value;
    }
    printf("# %u procedures of the kernel are counted, %u refuse\n", (unsigned)n_patches,
           (unsigned)n_refused);
    if (100 * n_refused > PERCENT_REFUSED * (n_patches + n_refused))
        return status_refuse(ERR_FAILED, "%u procedures refuse patches", (unsigned)n_refused);
    return OK;
}

static uint64_t count_calls(size_t *n_called)
{
    uint64_t calls = 0, count;

    *n_called = 0;
    for (size_t i = 0; i < n_patches; i++) {
        if (patch_counted(patches[i], &count) != OK)
            continue;
        calls += count;
        *n_called += count != 0;
    }
    return calls;
}

/* Tests may have changed the mode. */
void everything_end(void)
{
    size_t n_called;
    uint64_t calls = count_calls(&n_called);

    printf("# %u procedures were called, %llu times\n", (unsigned)n_called,
           (unsigned long long)calls);
    while (n_patches > 0)
        if (patch_remove(patches[--n_patches]) != OK)
            printf("# a patch is gone: %s\n", status_explain());
    patch_set_mode(PATCH_EXACT);
    if (memcmp(text, (const void *)IMAGE(kernel_text_start), text_size) == 0)
        printf("# the kernel's text is as it was\n");
    free(text);
}
