/* Memory of domain images, as domains/host.h wants it. */
#include <stdbool.h>
#include <string.h>

#include "arch/ppc/code/write.h"
#include "arch/ppc/layout.h"
#include "arch/ppc/mmu.h"
#include "arch/ppc/machine.h"
#include "domains/domain.h"
#include "domains/host.h"
#include "kernel/code_space.h"
#include "kernel/contain/contain.h"
#include "kernel/event/code.h"
#include "kernel/event/event.h"
#include "kernel/event/splice.h"
#include "kernel/owner.h"
#include "kernel/page.h"
#include "kernel/patch/patch.h"
#include "kernel/quiescence.h"
#include "kernel/quota.h"
#include "kernel/recorder.h"
#include "kernel/strand/locks.h"
#include "kernel/strand/strand.h"

#define QUOTA_SHARE 2 /* a domain may have one part in so many of memory */

static size_t pages(size_t size)
{
    return (size + PAGE_SIZE - 1) / PAGE_SIZE;
}

static size_t data_pages(const struct image_memory *memory)
{
    return pages(memory->rodata.size) + pages(memory->data.size);
}

static void place(struct segment *segment, vaddr_t address, void *bytes)
{
    segment->address = address;
    segment->bytes = bytes;
}

/* rodata and data are one run of pages, used where they are written. */
static status_t allocate_data(struct image_memory *memory)
{
    char *run = NULL;
    void *allocated;
    status_t status;

    if (data_pages(memory) != 0) {
        status = page_take(OWNER_IMAGE, data_pages(memory), &allocated);
        if (status != OK)
            return status;
        run = allocated;
    }
    place(&memory->rodata, (vaddr_t)run, run);
    run += pages(memory->rodata.size) * PAGE_SIZE;
    place(&memory->data, (vaddr_t)run, run);
    memset(run, 0, memory->data.size);
    return OK;
}

static status_t allocate_text(struct image_memory *memory)
{
    size_t n = pages(memory->text.size);
    vaddr_t code;
    void *run;
    status_t status;

    place(&memory->text, 0, NULL);
    if (n == 0)
        return OK;
    status = code_pages_take(n, &code);
    if (status != OK)
        return status;
    status = page_take(OWNER_IMAGE, n, &run);
    if (status != OK) {
        code_pages_give(code, n);
        return status;
    }
    place(&memory->text, code, run);
    owner_set_code(code, n, memory->owner);
    return OK;
}

static void release_pages(void *run, size_t n)
{
    if (n != 0)
        page_give(run, n);
}

static void release_text(struct image_memory *memory)
{
    size_t n = pages(memory->text.size);

    if (n == 0)
        return;
    if (memory->text.bytes != NULL)
        release_pages(memory->text.bytes, n);
    owner_set_code(memory->text.address, n, OWNER_NOBODY);
    code_pages_give(memory->text.address, n);
}

/* An image's pages are charged to the domain but are not its to free. */
static status_t charge(struct image_memory *memory)
{
    size_t n = pages(memory->text.size) + data_pages(memory);
    owner_t owner;
    status_t status = owner_create("a new domain", machine.memory_size / QUOTA_SHARE, &owner);

    if (status != OK)
        return status;
    if (!owner_charge(owner, n * PAGE_SIZE)) {
        owner_destroy(owner);
        return status_refuse(ERR_NO_MEMORY, "an image of %u pages is over the quota of a domain",
                             (unsigned)n);
    }
    owners[owner].n_image_pages = n;
    memory->owner = owner;
    return OK;
}

static void discharge(struct image_memory *memory)
{
    owner_discharge(memory->owner, owners[memory->owner].n_image_pages * PAGE_SIZE);
    owner_destroy(memory->owner);
}

void image_set_owner(struct image_memory *memory, const char *name, bool privileged)
{
    owners[memory->owner].name = name;
    quota_begin(memory->owner, privileged);
}

status_t image_allocate(struct image_memory *memory)
{
    status_t status = charge(memory);

    if (status != OK)
        return status;
    status = allocate_text(memory);
    if (status != OK)
        goto discharge;
    status = allocate_data(memory);
    if (status != OK)
        goto release_text;
    return OK;
release_text:
    release_text(memory);
discharge:
    discharge(memory);
    return status;
}

static void protect(const struct segment *segment, enum mmu_rights rights)
{
    for (size_t i = 0; i < pages(segment->size); i++)
        mmu_protect(segment->address + i * PAGE_SIZE, rights);
}

status_t image_seal(struct image_memory *memory)
{
    status_t status = code_seal(memory->text.address, (vaddr_t)memory->text.bytes,
                                pages(memory->text.size), memory->text.size);

    if (status != OK)
        return status;
    protect(&memory->rodata, MMU_READ);
    record(RECORDED_DOMAIN_LOADED, owners[memory->owner].name, 0);
    return OK;
}

void image_unseal(struct image_memory *memory)
{
    if (patch_is_on(memory->text.address, memory->text.size))
        patch_forget_code(memory->text.address, memory->text.size);
    code_unseal(memory->text.address, (vaddr_t)memory->text.bytes, pages(memory->text.size));
    protect(&memory->rodata, MMU_READ_WRITE);
}

/* ---- an image in quarantine ---- */

void image_shut(struct image_memory *memory)
{
    code_unseal(memory->text.address, (vaddr_t)memory->text.bytes, pages(memory->text.size));
}

static void give_image_pages(struct image_memory *memory, void *run, size_t n)
{
    if (n == 0)
        return;
    page_give(run, n);
    owners[memory->owner].n_image_pages -= n;
    owner_discharge(memory->owner, n * PAGE_SIZE);
}

void image_empty(struct image_memory *memory, bool data)
{
    if (memory->text.bytes != NULL) {
        give_image_pages(memory, memory->text.bytes, pages(memory->text.size));
        memory->text.bytes = NULL;
        owner_release(memory->owner);
    }
    if (!data || memory->rodata.bytes == NULL)
        return;
    protect(&memory->rodata, MMU_READ_WRITE);
    give_image_pages(memory, memory->rodata.bytes, data_pages(memory));
    memory->rodata.bytes = memory->data.bytes = NULL;
}

/* ---- a sealed image ---- */

/* A patch that it cannot be put under goes. */
static void put_word(vaddr_t address, uint32_t word)
{
    if (word == code_word_get(address))
        return;
    if (patch_is_on(address, sizeof word)) {
        if (code_word_put(address, word))
            return;
        patch_forget_code(address, sizeof word);
    }
    if (!splice_takes(address, word))
        (void)code_write(address, &word, 1); /* which is mapped, being sealed */
}

static void patch_text(vaddr_t address, const uint8_t *bytes, size_t size)
{
    while (size > 0) {
        uint32_t word = code_word_get(address & ~3u);
        size_t offset = address % 4, n = 4 - offset < size ? 4 - offset : size;

        memcpy((uint8_t *)&word + offset, bytes, n);
        put_word(address & ~3u, word);
        address += n;
        bytes += n;
        size -= n;
    }
}

void image_patch(struct image_memory *memory, vaddr_t address, const uint8_t *bytes, size_t size)
{
    bool constant = address - memory->rodata.address < memory->rodata.size;

    code_change();
    if (vaddr_is_code(address)) {
        patch_text(address, bytes, size);
        return;
    }
    if (constant)
        protect(&memory->rodata, MMU_READ_WRITE);
    memcpy((void *)address, bytes, size);
    if (constant)
        protect(&memory->rodata, MMU_READ);
}

static void fetch_text(vaddr_t address, uint8_t *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++, address++) {
        uint32_t word = code_word_get(address & ~3u);

        bytes[i] = ((const uint8_t *)&word)[address % 4];
    }
}

void image_fetch(const struct image_memory *memory, vaddr_t address, uint8_t *bytes, size_t size)
{
    (void)memory;
    if (vaddr_is_code(address))
        fetch_text(address, bytes, size);
    else
        memcpy(bytes, (const void *)address, size);
}

bool image_is_running(const struct image_memory *memory)
{
    return quiescence_is_running(memory->text.address, memory->text.size);
}

/* The heap has charged it to the kernel, from where it goes to the owner. */
bool memory_charge(unsigned owner, size_t size)
{
    if (owner == OWNER_NOBODY)
        return true;
    if (!owner_charge(owner, size))
        return false;
    owner_discharge(OWNER_KERNEL, size);
    return true;
}

void memory_discharge(unsigned owner, size_t size)
{
    if (owner == OWNER_NOBODY)
        return;
    owner_discharge(owner, size);
    (void)owner_charge(OWNER_KERNEL, size); /* whose quota nothing exhausts */
}

const uint8_t *memory_read(vaddr_t address, size_t size)
{
    return address + size >= address && mmu_readable(address, size) ? (const uint8_t *)address
                                                                    : NULL;
}

/* ---- */

/* Once when it is to be out of reach, and again for what its code has made until it was left. */
static void forget_locks(owner_t owner)
{
    alarms_forget_owner(owner);
    locks_forget_owner(owner);
}

void image_release(struct image_memory *memory, bool sealed)
{
    if (sealed)
        image_unseal(memory);
    release_text(memory);
    if (memory->rodata.bytes != NULL)
        release_pages(memory->rodata.bytes, data_pages(memory));
    forget_locks(memory->owner);
    contain_watch(domain_of_owner(memory->owner));
    discharge(memory);
}

/* Patches first: bodies of theirs that are retired now keep its memory until they are left, see kernel/quiescence.h. */
void domain_leaves(struct domain *domain)
{
    record(RECORDED_DOMAIN_UNLOADED, domain->name, 0);
    owners[domain->image.memory.owner].ends = domain->state != DOMAIN_WAITING;
    quarantine_forget(domain);
    patch_forget_domain(domain);
    event_forget_domain(domain);
    strand_end_all(domain->image.memory.owner);
    forget_locks(domain->image.memory.owner);
    code_forget(domain);
}

void domain_runs(void)
{
    contain_watch(NULL);
}

void domain_code_changed(const struct domain *domain)
{
    event_code_changed(domain);
    patch_code_changed(domain);
}
