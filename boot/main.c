/*
 * Copies Open Firmware's device tree into a flattened one (Devicetree
 * Specification 0.4, chapter 5) with libfdt's sequential write calls and hands
 * it to the kernel, which learns everything about the machine from it.
 *
 * /chosen gains whorl,entry-ticks (time base at entry) and
 * whorl,firmware-ticks (ticks spent inside the firmware), both 64 bits.
 * Every node gets a phandle, since interrupt parents refer to them.
 * The firmware is not called any more after boot_main.
 */
#include <libfdt.h>
#include <stdbool.h>
#include <string.h>

#include "arch/ppc/timebase.h"
#include "arch/ppc/types.h"
#include "boot/openfirmware.h"

#define TREE_SIZE 0x20000
#define PATH_MAX_BYTES 512
#define VALUE_MAX 16384
#define DEPTH_MAX 16

void boot_main(void *client_interface);
void boot_handover(paddr_t tree) __attribute__((noreturn));

static uint64_t tree[TREE_SIZE / sizeof(uint64_t)];
static uint64_t value[VALUE_MAX / sizeof(uint64_t)];
static void *firmware_ticks;

static void need(int error)
{
    if (error != 0)
        of_fail("boot: the device tree does not fit its buffer\r\n");
}

static void copy_property(of_node_t node, const char *name)
{
    int length = of_property(node, name, value, sizeof value);

    if (length < 0 || (size_t)length > sizeof value)
        return; /* drivers in byte code are larger; nobody here runs them */
    need(fdt_property(tree, name, value, length));
}

static void copy_properties(of_node_t node)
{
    char name[OF_NAME_MAX], next[OF_NAME_MAX];
    bool has_phandle = false;

    for (name[0] = 0; of_next_property(node, name, next); memcpy(name, next, sizeof name)) {
        if (strcmp(next, "phandle") == 0)
            has_phandle = true;
        if (strcmp(next, "name") != 0)
            copy_property(node, next);
    }
    if (!has_phandle)
        need(fdt_property_u32(tree, "phandle", node));
}

static void add_times(uint64_t entry_ticks)
{
    need(fdt_property_u64(tree, "whorl,entry-ticks", entry_ticks));
    need(fdt_property_placeholder(tree, "whorl,firmware-ticks", sizeof(uint64_t), &firmware_ticks));
}

static const char *node_name(of_node_t node)
{
    static char path[PATH_MAX_BYTES];
    char *slash;

    (void)of_path(node, path, sizeof path);
    slash = strrchr(path, '/');
    return slash == NULL ? path : slash + 1;
}

static void copy_node(of_node_t node, unsigned depth, uint64_t entry_ticks)
{
    const char *name = depth == 0 ? "" : node_name(node);

    if (depth == DEPTH_MAX)
        of_fail("boot: the device tree is deeper than 16 levels\r\n");
    need(fdt_begin_node(tree, name));
    copy_properties(node);
    if (depth == 1 && strcmp(name, "chosen") == 0)
        add_times(entry_ticks);
    for (of_node_t child = of_child(node); child != 0; child = of_peer(child))
        copy_node(child, depth + 1, entry_ticks);
    need(fdt_end_node(tree));
}

void boot_main(void *client_interface)
{
    uint64_t entry_ticks = timebase_read();
    fdt64_t spent;

    of_initialize(client_interface);
    need(fdt_create_with_flags(tree, sizeof tree, FDT_CREATE_FLAG_NO_NAME_DEDUP));
    need(fdt_finish_reservemap(tree));
    copy_node(of_root(), 0, entry_ticks);
    need(fdt_finish(tree));
    if (firmware_ticks == NULL)
        of_fail("boot: the device tree has no /chosen\r\n");
    spent = cpu_to_fdt64(of_ticks());
    memcpy(firmware_ticks, &spent, sizeof spent);
    boot_handover((paddr_t)(uintptr_t)tree);
}
