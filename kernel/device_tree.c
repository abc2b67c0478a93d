/*
 * Keeps the tree and prints it as source text that dtc reads (Devicetree
 * Specification 0.4, chapter 6). What a property holds is not written in a tree:
 * printable strings are shown as strings, whole words as cells, the rest as bytes.
 */
#include "kernel/device_tree.h"

#include <ctype.h>
#include <libfdt.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <whorl/memory.h>

#include "domains/object/bytes.h"
#include "kernel/page.h"
#include "kernel/panic.h"
#include "kernel/shell.h"

static void *kept;

void device_tree_keep(const void *tree)
{
    size_t size = fdt_totalsize(tree);

    if (page_take(OWNER_KERNEL, (size + MEMORY_PAGE_SIZE - 1) / MEMORY_PAGE_SIZE, &kept) != OK)
        panic("no memory for the device tree");
    memcpy(kept, tree, size);
}

static void indent(int depth)
{
    printf("%*s", depth * 4, "");
}

/* One or more strings, none of them empty, each with its zero. */
static bool is_text(const char *value, int length)
{
    if (length == 0 || value[length - 1] != 0)
        return false;
    for (int i = 0; i < length; i++) {
        bool begins = i == 0 || value[i - 1] == 0;

        if (value[i] == 0 ? begins : !isprint((unsigned char)value[i]))
            return false;
    }
    return true;
}

static void print_text(const char *value, int length)
{
    for (const char *s = value; s < value + length; s += strlen(s) + 1) {
        printf("%s\"", s == value ? "" : ", ");
        for (const char *c = s; *c != 0; c++)
            printf(*c == '"' || *c == '\\' ? "\\%c" : "%c", *c);
        printf("\"");
    }
}

static void print_cells(const char *value, int length)
{
    printf("<");
    for (int i = 0; i < length; i += 4)
        printf("%s0x%x", i == 0 ? "" : " ", (unsigned)get32(value + i));
    printf(">");
}

static void print_bytes(const char *value, int length)
{
    printf("[");
    for (int i = 0; i < length; i++)
        printf("%s%02x", i == 0 ? "" : " ", (unsigned char)value[i]);
    printf("]");
}

static void print_property(int offset, int depth)
{
    const char *name;
    int length;
    const char *value = fdt_getprop_by_offset(kept, offset, &name, &length);

    indent(depth);
    printf("%s", name);
    if (length > 0) {
        printf(" = ");
        if (is_text(value, length))
            print_text(value, length);
        else if (length % 4 == 0)
            print_cells(value, length);
        else
            print_bytes(value, length);
    }
    printf(";\n");
}

static void print_node(int node, int depth)
{
    const char *name = fdt_get_name(kept, node, NULL);
    int offset;

    indent(depth);
    printf("%s {\n", name[0] == 0 ? "/" : name);
    fdt_for_each_property_offset(offset, kept, node) print_property(offset, depth + 1);
    fdt_for_each_subnode(offset, kept, node) print_node(offset, depth + 1);
    indent(depth);
    printf("};\n");
}

static status_t fdt(int argc, char **argv)
{
    if (argc != 1)
        return shell_usage(argv[0]);
    printf("/dts-v1/;\n");
    print_node(0, 0);
    return OK;
}
COMMAND(fdt, "", "print the device tree as source text for dtc");
