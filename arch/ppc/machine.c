/* Reads the device tree into struct machine; see machine.h. */
#include "arch/ppc/machine.h"

#include <libfdt.h>
#include <stdio.h>
#include <string.h>

#include "arch/ppc/layout.h"
#include "arch/ppc/processor.h"

#define MEMORY_MIN (32u << 20)

struct machine machine;

static uint32_t cell(const void *tree, int node, const char *name, int index, uint32_t otherwise)
{
    int length;
    const fdt32_t *value = fdt_getprop(tree, node, name, &length);

    if (value == NULL || length < (index + 1) * (int)sizeof *value)
        return otherwise;
    return fdt32_to_cpu(value[index]);
}

static uint64_t ticks(const void *tree, int node, const char *name)
{
    return (uint64_t)cell(tree, node, name, 0, 0) << 32 | cell(tree, node, name, 1, 0);
}

/* Longer texts are cut. */
static void copy(char text[32], const char *from)
{
    snprintf(text, 32, "%s", from);
}

static void copy_property(const void *tree, int node, const char *name, char text[32])
{
    int length;
    const char *value = fdt_getprop(tree, node, name, &length);

    copy(text, value != NULL && length > 0 && value[length - 1] == 0 ? value : "?");
}

static int by_type(const void *tree, const char *type)
{
    return fdt_node_offset_by_prop_value(tree, -1, "device_type", type, (int)strlen(type) + 1);
}

static const char *read_root(const void *tree)
{
    int chosen = fdt_path_offset(tree, "/chosen");

    copy_property(tree, 0, "model", machine.model);
    copy_property(tree, 0, "compatible", machine.compatible);
    machine.entry_ticks = ticks(tree, chosen, "whorl,entry-ticks");
    machine.firmware_ticks = ticks(tree, chosen, "whorl,firmware-ticks");
    return NULL;
}

static const char *read_cpu(const void *tree)
{
    int cpu = by_type(tree, "cpu");

    if (cpu < 0)
        return "the device tree has no cpu";
    copy(machine.cpu, fdt_get_name(tree, cpu, NULL));
    machine.pvr = processor_version();
    machine.cpu_hz = cell(tree, cpu, "clock-frequency", 0, 0);
    machine.timebase_hz = cell(tree, cpu, "timebase-frequency", 0, 0);
    return machine.timebase_hz == 0 ? "the cpu has no timebase-frequency" : NULL;
}

static const char *read_memory(const void *tree)
{
    int memory = by_type(tree, "memory");

    if (memory < 0 || cell(tree, memory, "reg", 0, 1) != 0)
        return "the device tree has no memory at 0";
    machine.memory_installed = cell(tree, memory, "reg", 1, 0);
    machine.memory_size = machine.memory_installed & ~(size_t)(PAGE_SIZE - 1);
    if (machine.memory_size > DATA_VIEW_SIZE)
        machine.memory_size = DATA_VIEW_SIZE;
    return machine.memory_size < MEMORY_MIN ? "less than 32 MB of memory" : NULL;
}

/* The chip's address is the second cell behind the three-cell PCI address of its first range. */
static const char *read_io(const void *tree)
{
    int io = by_type(tree, "mac-io");

    machine.io_base = cell(tree, io, "assigned-addresses", 2, 0);
    machine.io_size = cell(tree, io, "assigned-addresses", 4, 0);
    return machine.io_base == 0 || machine.io_size == 0 ? "the device tree has no mac-io" : NULL;
}

static const char *read_serial(const void *tree)
{
    static const char *const channels[2] = {"chrp,es2", "chrp,es3"};

    for (int i = 0; i < 2; i++) {
        int node = fdt_node_offset_by_compatible(tree, -1, channels[i]);
        uint32_t irq = cell(tree, node, "AAPL,interrupts", 0, UINT32_MAX);

        irq = cell(tree, node, "interrupts", 0, irq);
        if (node < 0 || irq == UINT32_MAX)
            return "the device tree lacks a serial channel or its interrupt";
        machine.serial[i] = machine.io_base + cell(tree, node, "reg", 0, 0);
        machine.serial_irq[i] = irq;
    }
    return NULL;
}

/* A heathrow chip has its controller built in; later ones have a node for it. */
static const char *read_interrupts(const void *tree)
{
    int openpic = by_type(tree, "open-pic");

    machine.interrupts = machine.io_base;
    if (openpic >= 0) {
        machine.interrupt_controller = INTERRUPTS_OPENPIC;
        machine.interrupts += cell(tree, openpic, "reg", 0, 0);
        return NULL;
    }
    machine.interrupt_controller = INTERRUPTS_HEATHROW;
    if (fdt_node_offset_by_compatible(tree, -1, "heathrow") < 0)
        return "no interrupt controller known here";
    return NULL;
}

static const char *read_cuda(const void *tree)
{
    int cuda = by_type(tree, "via-cuda");

    if (cuda < 0)
        return "the device tree has no via-cuda";
    machine.cuda = machine.io_base + cell(tree, cuda, "reg", 0, 0);
    return NULL;
}

const char *machine_initialize(const void *tree)
{
    static const char *(*const steps[])(const void *tree) = {
        read_root, read_cpu, read_memory, read_io, read_serial, read_interrupts, read_cuda,
    };
    const char *missing = NULL;

    if (fdt_check_header(tree) != 0)
        return "the device tree is damaged";
    for (size_t i = 0; i < sizeof steps / sizeof steps[0] && missing == NULL; i++)
        missing = steps[i](tree);
    return missing;
}
