/* See fake_host.h. */
#include "tests/host/fake_host.h"

#include <sanitizer/asan_interface.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "domains/nameserver.h"

#define PAGE 4096
#define GARBAGE 0xa5
#define IMAGES_MAX 64
#define LEFT_MAX 256

struct fake_host fake_host = {.mallocs_left = FAKE_FOREVER, .charges_left = FAKE_FOREVER};

const struct domain_terms fake_terms = {.loader = "operator", .untyped = true, .privileged = true};

/* An image that lives. */
static struct live {
    struct image_memory memory;
    uint8_t *rodata; /* copy of the time of sealing, NULL before */
    bool used, sealed;
} images[IMAGES_MAX];

void *__real_malloc(size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void __real_free(void *block);
void __wrap_free(void *block);

void fake_host_reset(void)
{
    fake_host.code = FAKE_CODE;
    fake_host.data = FAKE_DATA;
    fake_host.allocations_left = fake_host.seals_left = FAKE_FOREVER;
    fake_host.mallocs_left = fake_host.charges_left = FAKE_FOREVER;
    fake_host.image_size_max = SIZE_MAX;
    fake_host.n_mallocs = 0;
    fake_host.calls[0] = 0;
    fake_host.running = 0;
    fake_host.n_leaving = 0;
    fake_host.retirement = fake_host.retirement_over = 0;
    fake_host.call = NULL;
    n_procedures_led = 0;
}

/* A view that the kernel made is nobody's to destroy; as its own maker it goes like any other. */
int fake_host_sweep(void)
{
    struct domain *left[LEFT_MAX];
    int n_left = fake_host.n_images;
    size_t n = 0;

    fake_host_reset();
    for (struct domain *d = domain_next(NULL); d != NULL && n < LEFT_MAX; d = domain_next(d))
        if (d->state != DOMAIN_KERNEL)
            left[n++] = d;
    for (size_t i = 0; i < n; i++) {
        n_left += left[i]->view.definitions != NULL;
        left[i]->state = DOMAIN_FAILED;
        if (left[i]->view.definitions != NULL && left[i]->maker == NULL)
            left[i]->maker = left[i];
    }
    if (domain_end(left, n) != OK)
        print_error("%s\n", status_explain());
    while (name_at(0) != NULL)
        name_forget(name_at(0)->domain);
    n_left += fake_host.charged != 0;
    fake_host.charged = 0;
    return n_left;
}

status_t start_alone(struct domain *domain)
{
    return domain_start(&domain, 1);
}

status_t end_alone(struct domain *domain)
{
    return domain_end(&domain, 1);
}

/* ---- malloc ---- */

void *__wrap_malloc(size_t size)
{
    void *block;

    fake_host.n_mallocs++;
    if (fake_host.mallocs_left-- <= 0)
        return NULL;
    block = __real_malloc(size);
    fake_host.n_blocks += block != NULL;
    if (block != NULL)
        memset(block, GARBAGE, size);
    return block;
}

void *__wrap_calloc(size_t n, size_t size)
{
    void *block = __wrap_malloc(n * size);

    return block == NULL ? NULL : memset(block, 0, n * size);
}

void __wrap_free(void *block)
{
    fake_host.n_blocks -= block != NULL;
    __real_free(block);
}

/* ---- images ---- */

static size_t round_up(size_t size)
{
    return (size + PAGE - 1) / PAGE * PAGE;
}

static void place(struct segment *segment, vaddr_t *next, int filling)
{
    segment->address = *next;
    segment->bytes = __real_malloc(segment->size);
    memset(segment->bytes, filling, segment->size);
    *next += (vaddr_t)round_up(segment->size);
}

static struct live *find(const struct image_memory *memory)
{
    for (size_t i = 0; i < IMAGES_MAX; i++)
        if (images[i].used && memcmp(&images[i].memory, memory, sizeof *memory) == 0)
            return &images[i];
    fail_msg("no such image");
    return NULL;
}

static struct live *unused(void)
{
    for (size_t i = 0; i < IMAGES_MAX; i++)
        if (!images[i].used)
            return &images[i];
    fail_msg("too many images");
    return NULL;
}

status_t image_allocate(struct image_memory *memory)
{
    struct live *live = unused();

    if (fake_host.allocations_left-- <= 0 ||
        memory->text.size + memory->rodata.size + memory->data.size > fake_host.image_size_max)
        return status_refuse(ERR_NO_MEMORY, "no pages");
    place(&memory->text, &fake_host.code, GARBAGE);
    place(&memory->rodata, &fake_host.data, GARBAGE);
    place(&memory->data, &fake_host.data, 0);
    memory->owner = FAKE_OWNER + (unsigned)(live - images);
    live->memory = *memory;
    live->used = true;
    live->sealed = false;
    fake_host.n_images++;
    return OK;
}

static uint8_t *copy(const struct segment *segment)
{
    uint8_t *bytes = __real_malloc(segment->size);

    memcpy(bytes, segment->bytes, segment->size);
    return bytes;
}

void image_set_owner(struct image_memory *memory, const char *name, bool privileged)
{
    (void)memory;
    (void)name;
    (void)privileged;
}

status_t image_seal(struct image_memory *memory)
{
    struct live *live = find(memory);

    assert_false(live->sealed);
    if (fake_host.seals_left-- <= 0)
        return status_refuse(ERR_NO_MEMORY, "no translations");
    live->sealed = true;
    live->rodata = copy(&memory->rodata);
    ASAN_POISON_MEMORY_REGION(memory->text.bytes, memory->text.size);
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
}

/* Both ends of the bytes must be in the same segment of a sealed image; that one. */
static const struct segment *sealed_part(const struct image_memory *memory, vaddr_t address,
                                         size_t size)
{
    const struct segment *const segments[] = {&memory->text, &memory->rodata, &memory->data};

    assert_true(find(memory)->sealed);
    for (size_t i = 0; i < 3; i++)
        if (address - segments[i]->address < segments[i]->size &&
            size <= segments[i]->size - (address - segments[i]->address))
            return segments[i];
    fail_msg("0x%x is not in the image", (unsigned)address);
    return NULL;
}

void image_patch(struct image_memory *memory, vaddr_t address, const uint8_t *bytes, size_t size)
{
    const struct segment *segment = sealed_part(memory, address, size);
    size_t offset = address - segment->address;

    ASAN_UNPOISON_MEMORY_REGION(memory->text.bytes, memory->text.size);
    memcpy(segment->bytes + offset, bytes, size);
    if (segment == &memory->rodata)
        memcpy(find(memory)->rodata + offset, bytes, size);
    ASAN_POISON_MEMORY_REGION(memory->text.bytes, memory->text.size);
}

void image_fetch(const struct image_memory *memory, vaddr_t address, uint8_t *bytes, size_t size)
{
    const struct segment *segment = sealed_part(memory, address, size);

    ASAN_UNPOISON_MEMORY_REGION(memory->text.bytes, memory->text.size);
    memcpy(bytes, segment->bytes + (address - segment->address), size);
    ASAN_POISON_MEMORY_REGION(memory->text.bytes, memory->text.size);
}

bool memory_charge(unsigned owner, size_t size)
{
    if (owner == 0)
        return true;
    if (fake_host.charges_left-- <= 0)
        return false;
    fake_host.charged += size;
    return true;
}

void memory_discharge(unsigned owner, size_t size)
{
    if (owner == 0)
        return;
    assert_true(size <= fake_host.charged);
    fake_host.charged -= size;
}

bool image_is_running(const struct image_memory *memory)
{
    return memory->owner != 0 && memory->owner == fake_host.running;
}

void domain_leaves(struct domain *domain)
{
    assert_true(domain->state == DOMAIN_ENDING || domain->state == DOMAIN_WAITING);
    (void)find(&domain->image.memory);
    fake_host.n_leaving++;
}

void domain_code_changed(const struct domain *domain)
{
    (void)domain;
}

uint32_t retirement_latest(void)
{
    return fake_host.retirement;
}

bool retirement_is_over(uint32_t number)
{
    return number <= fake_host.retirement_over;
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
    fake_host.n_images--;
}

/* ---- calls ---- */

unsigned n_procedures_led;

vaddr_t procedure_calls_go_to(vaddr_t procedure)
{
    return n_procedures_led != 0 && procedure == fake_host.led ? fake_host.led_to : procedure;
}

static bool executes(vaddr_t address)
{
    for (size_t i = 0; i < IMAGES_MAX; i++)
        if (images[i].used && images[i].sealed &&
            address - images[i].memory.text.address < images[i].memory.text.size)
            return address % 4 == 0;
    return false;
}

static void note(const char *domain, const char *procedure)
{
    size_t length = strlen(fake_host.calls);

    snprintf(fake_host.calls + length, sizeof fake_host.calls - length, "%s:%s ", domain,
             procedure);
}

status_t domain_call(vaddr_t entry, const uint32_t arguments[3], status_t *result)
{
    const struct symbol *symbol = NULL;
    struct domain *domain = NULL;
    char number[16];

    memcpy(fake_host.arguments, arguments, sizeof fake_host.arguments);
    if (!executes(entry) || !domain_at(entry, &domain, &symbol)) {
        snprintf(number, sizeof number, "0x%x", (unsigned)entry);
        note("fault", number);
        return ERR_FAULT;
    }
    snprintf(number, sizeof number, "0x%x", (unsigned)(entry - domain->image.memory.text.address));
    note(domain->name, symbol != NULL && symbol->value == entry ? symbol->name : number);
    if (fake_host.call != NULL)
        return fake_host.call(domain, symbol != NULL ? symbol->name : "", result);
    *result = OK;
    return OK;
}

status_t domain_call_at_length(vaddr_t entry, status_t *result)
{
    static const uint32_t nothing[3];

    return domain_call(entry, nothing, result);
}

/* ---- memory ---- */

/* Text that is sealed is not for reading here. */
const uint8_t *memory_read(vaddr_t address, size_t size)
{
    for (size_t i = 0; i < IMAGES_MAX; i++) {
        const struct image_memory *m = &images[i].memory;
        const struct segment *const segments[] = {&m->rodata, &m->data, &m->text};

        for (size_t k = 0; images[i].used && k < (images[i].sealed ? 2 : 3); k++)
            if (address - segments[k]->address < segments[k]->size &&
                size <= segments[k]->size - (address - segments[k]->address))
                return segments[k]->bytes + (address - segments[k]->address);
    }
    return NULL;
}
