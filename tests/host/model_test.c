/*
 * Domains against the model of tests/model/ on the host, with domains/host.h of its own:
 * images lie where the kernel would put them, text that is sealed can only be reached
 * through image_patch and image_fetch, and the procedures of the model's objects are
 * simple enough to be run by looking at them.
 */
#include "tests/model/model.h"

#include <sanitizer/asan_interface.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "domains/object/bytes.h"
#include "domains/domain.h"
#include "domains/image/image.h"
#include "domains/nameserver.h"
#include "tests/model/recipe.h"

#define PAGE 4096
#define GARBAGE 0xa5
#define IMAGES_MAX 64
#define CODE 0x04000000u
#define CODE_STEP 0x00a00000u /* some images are out of reach of others, some are not */
#define CODE_END 0x10000000u
#define NUMBER 0x100u /* of the first owner */

static unsigned left; /* allocations until one fails; 0: none does */
static size_t n_blocks, n_bytes, n_images, n_sealed;

/* ---- allocations ---- */

void model_inject(unsigned n)
{
    left = n;
}

unsigned model_inject_left(void)
{
    return left;
}

size_t model_memory(void)
{
    return n_bytes + n_blocks * 0x1000000 + n_images * 0x10000000000 + n_sealed * 0x1000000000000;
}

static bool fails(void)
{
    return left != 0 && --left == 0;
}

/* Each block has its size in front. */
#define HEAD 16

void *__real_malloc(size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *block, size_t size);
void __real_free(void *block);
void __wrap_free(void *block);

void *__wrap_malloc(size_t size)
{
    uint8_t *block = fails() ? NULL : __real_malloc(HEAD + size);

    if (block == NULL)
        return NULL;
    memcpy(block, &size, sizeof size);
    memset(block + HEAD, GARBAGE, size);
    n_blocks++;
    n_bytes += size;
    return block + HEAD;
}

void *__wrap_calloc(size_t n, size_t size)
{
    void *block = __wrap_malloc(n * size);

    return block != NULL ? memset(block, 0, n * size) : NULL;
}

static size_t size_of(void *block)
{
    size_t size = 0;

    if (block != NULL)
        memcpy(&size, (uint8_t *)block - HEAD, sizeof size);
    return size;
}

void *__wrap_realloc(void *block, size_t size)
{
    void *moved = __wrap_malloc(size);
    size_t before = size_of(block);

    if (moved == NULL)
        return NULL;
    if (block != NULL)
        memcpy(moved, block, before < size ? before : size);
    __wrap_free(block);
    return moved;
}

void __wrap_free(void *block)
{
    if (block == NULL)
        return;
    n_blocks--;
    n_bytes -= size_of(block);
    __real_free((uint8_t *)block - HEAD);
}

/* ---- images ---- */

static struct live {
    struct image_memory memory;
    bool used, sealed;
    uint8_t *rodata; /* of the time of sealing */
} images[IMAGES_MAX];

static struct live *find(const struct image_memory *memory)
{
    struct live *live = &images[memory->owner - NUMBER];

    assert_true(memory->owner - NUMBER < IMAGES_MAX);
    assert_true(live->used);
    assert_memory_equal(&live->memory, memory, sizeof *memory);
    return live;
}

static void place(struct segment *segment, vaddr_t *address, int filling)
{
    segment->address = *address;
    segment->bytes = __real_malloc(segment->size);
    memset(segment->bytes, filling, segment->size);
    *address += (vaddr_t)((segment->size + PAGE - 1) / PAGE * PAGE);
}

status_t image_allocate(struct image_memory *memory)
{
    unsigned i = 0;
    vaddr_t code, data;

    if (fails())
        return status_refuse(ERR_NO_MEMORY, "no pages");
    while (images[i].used)
        i++;
    code = CODE + i / 3 * CODE_STEP % (CODE_END - CODE) + i % 3 * PAGE;
    data = 0x10800000 + i * 2 * PAGE;
    place(&memory->text, &code, GARBAGE);
    place(&memory->rodata, &data, GARBAGE);
    place(&memory->data, &data, 0);
    memory->owner = NUMBER + i;
    images[i] = (struct live){.memory = *memory, .used = true};
    n_images++;
    return OK;
}

/* The model refers to imports in ways that are admitted with privilege only; what is not is tried elsewhere. */
status_t __wrap_admission_check(const struct image *image, const char *name, bool patch);

status_t __wrap_admission_check(const struct image *image, const char *name, bool patch)
{
    (void)image;
    (void)name;
    (void)patch;
    return OK;
}

void image_set_owner(struct image_memory *memory, const char *name, bool privileged)
{
    (void)find(memory);
    assert_true(name[0] != 0);
    (void)privileged;
}

status_t image_seal(struct image_memory *memory)
{
    struct live *live = find(memory);

    assert_false(live->sealed);
    if (fails())
        return status_refuse(ERR_NO_MEMORY, "no translations");
    live->sealed = true;
    live->rodata = __real_malloc(memory->rodata.size);
    memcpy(live->rodata, memory->rodata.bytes, memory->rodata.size);
    ASAN_POISON_MEMORY_REGION(memory->text.bytes, memory->text.size);
    n_sealed++;
    return OK;
}

void image_unseal(struct image_memory *memory)
{
    struct live *live = find(memory);

    assert_true(live->sealed);
    assert_memory_equal(live->rodata, memory->rodata.bytes, memory->rodata.size);
    __real_free(live->rodata);
    live->sealed = false;
    ASAN_UNPOISON_MEMORY_REGION(memory->text.bytes, memory->text.size);
    n_sealed--;
}

void image_empty(struct image_memory *memory, bool data)
{
    (void)memory;
    (void)data;
}

void domain_runs(void)
{
}

void image_release(struct image_memory *memory, bool sealed)
{
    struct live *live = find(memory);

    assert_int_equal(sealed, live->sealed);
    if (sealed)
        image_unseal(memory);
    __real_free(memory->text.bytes);
    __real_free(memory->rodata.bytes);
    __real_free(memory->data.bytes);
    live->used = false;
    n_images--;
}

bool memory_charge(unsigned owner, size_t size)
{
    (void)owner;
    (void)size;
    return true;
}

void memory_discharge(unsigned owner, size_t size)
{
    (void)owner;
    (void)size;
}

bool image_is_running(const struct image_memory *memory)
{
    (void)memory;
    return false;
}

void domain_leaves(struct domain *domain)
{
    (void)domain;
}

void domain_code_changed(const struct domain *domain)
{
    (void)domain;
}

uint32_t retirement_latest(void)
{
    return 0;
}

bool retirement_is_over(uint32_t number)
{
    (void)number;
    return true;
}

unsigned n_procedures_led;

vaddr_t procedure_calls_go_to(vaddr_t procedure)
{
    return procedure;
}

/* ---- sealed images ---- */

/* The segment that all the bytes lie in. */
static const struct segment *segment_at(const struct image_memory *memory, vaddr_t address,
                                        size_t size)
{
    const struct segment *const segments[] = {&memory->text, &memory->rodata, &memory->data};

    for (unsigned i = 0; i < 3; i++)
        if (address - segments[i]->address < segments[i]->size)
            return segments[i]->size - (address - segments[i]->address) >= size ? segments[i]
                                                                                : NULL;
    return NULL;
}

void image_patch(struct image_memory *memory, vaddr_t address, const uint8_t *bytes, size_t size)
{
    const struct segment *segment = segment_at(memory, address, size);
    struct live *live = find(memory);
    uint8_t *at;

    assert_true(live->sealed);
    assert_non_null(segment);
    at = segment->bytes + (address - segment->address);
    if (segment == &memory->text) {
        assert_true(address / 4 == (address + size - 1) / 4 || address % 4 == 0);
        ASAN_UNPOISON_MEMORY_REGION(segment->bytes, segment->size);
    } else if (segment == &memory->rodata) {
        memcpy(live->rodata + (address - segment->address), bytes, size);
    }
    memcpy(at, bytes, size);
    if (segment == &memory->text)
        ASAN_POISON_MEMORY_REGION(segment->bytes, segment->size);
}

void image_fetch(const struct image_memory *memory, vaddr_t address, uint8_t *bytes, size_t size)
{
    const struct segment *segment = segment_at(memory, address, size);

    assert_true(find(memory)->sealed);
    assert_non_null(segment);
    if (segment == &memory->text)
        ASAN_UNPOISON_MEMORY_REGION(segment->bytes, segment->size);
    memcpy(bytes, segment->bytes + (address - segment->address), size);
    if (segment == &memory->text)
        ASAN_POISON_MEMORY_REGION(segment->bytes, segment->size);
}

const uint8_t *memory_read(vaddr_t address, size_t size)
{
    for (unsigned i = 0; i < IMAGES_MAX; i++) {
        const struct segment *segment =
            images[i].used ? segment_at(&images[i].memory, address, size) : NULL;

        if (segment != NULL && segment != &images[i].memory.text)
            return segment->bytes + (address - segment->address);
    }
    return NULL;
}

/* ---- calls ---- */

status_t domain_call(vaddr_t entry, const uint32_t arguments[3], status_t *result)
{
    (void)arguments;
    for (unsigned i = 0; i < IMAGES_MAX; i++) {
        const struct image_memory *memory = &images[i].memory;
        uint8_t words[8];

        if (!images[i].used || !images[i].sealed ||
            entry - memory->text.address >= memory->text.size)
            continue;
        image_fetch(memory, entry, words, 4);
        if (get32(words) >> 16 != CODE_INIT_OK >> 16)
            return ERR_FAULT;
        image_fetch(memory, entry + 4, words + 4, 4);
        assert_int_equal(CODE_RETURN, get32(words + 4));
        *result = (status_t)(int16_t)get32(words);
        return OK;
    }
    return ERR_FAULT;
}

status_t domain_call_at_length(vaddr_t entry, status_t *result)
{
    static const uint32_t nothing[3];

    return domain_call(entry, nothing, result);
}

/* ---- the kernel's ---- */

/* The first name also needs a table. */
static bool is_refused_without_memory(struct domain *public, const struct name_terms *terms)
{
    for (unsigned n = 1; n <= 2; n++) {
        size_t before = model_memory();

        model_inject(n);
        if (name_register("SpinPublic", public, NULL, terms) != ERR_NO_MEMORY ||
            model_inject_left() != 0 || model_memory() != before)
            return false;
    }
    return true;
}

static int make_public(void **state)
{
    static const struct name_terms everyone;
    static struct symbol symbols[3];
    static uint32_t slots[64];
    struct symbol_table table;
    struct domain *kernel, *public;

    (void)state;
    symbol_table_init(&table, symbols, slots, symbol_slots(3));
    for (unsigned i = 0; i < 3; i++) {
        const char *name = recipe_names[NAME_MEMCPY + i];
        struct symbol symbol = {.name = name,
                                .value = 0x01002340 + i * 0x100,
                                .hash = symbol_hash(name),
                                .exported = true,
                                .helper = NAME_MEMCPY + i == NAME_MEMCPY,
                                .identified = NAME_MEMCPY + i == NAME_QUERY};

        if (!symbol_table_add(&table, &symbol))
            return -1;
    }
    if (domain_make_kernel("Kernel", &table, NULL, &kernel) != OK ||
        domain_unite("SpinPublic", &kernel, 1, NULL, &public) != OK)
        return -1;
    return is_refused_without_memory(public, &everyone) &&
                   name_register("SpinPublic", public, NULL, &everyone) == OK
               ? 0
               : -1;
}

/* ---- tests ---- */

static void sequences_of_operations_agree(void **state)
{
    (void)state;
    assert_true(model_run(0x5eed0001, 3000, 20, 60));
}

static uint32_t seed;
static unsigned n_sequences, length;

static void other_sequences_agree(void **state)
{
    bool agreed = model_run(seed, n_sequences, length, length);

    (void)state;
    model_print_tally();
    assert_true(agreed);
}

/* With SEED, N and LENGTH other sequences are run, for whoever looks for more. */
int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(sequences_of_operations_agree)};
    const struct CMUnitTest others[] = {cmocka_unit_test(other_sequences_agree)};

    cmocka_set_message_output(CM_OUTPUT_TAP);
    if (argc < 4)
        return cmocka_run_group_tests(tests, make_public, NULL);
    seed = (uint32_t)strtoul(argv[1], NULL, 0);
    n_sequences = (unsigned)atoi(argv[2]);
    length = (unsigned)atoi(argv[3]);
    return cmocka_run_group_tests(others, make_public, NULL);
}
