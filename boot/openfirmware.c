/*
 * Calls into Open Firmware: one array of cells a call (service name, number of
 * arguments, number of results, arguments, results), passed in r3.
 */
#include "boot/openfirmware.h"

#include <string.h>

#include "arch/ppc/timebase.h"

#define N_CELLS 12

typedef uint32_t cell_t;
typedef int (*client_interface_t)(cell_t *arguments);

static client_interface_t firmware;
static uint64_t ticks;

void of_initialize(void *client_interface)
{
    firmware = (client_interface_t)client_interface;
}

uint64_t of_ticks(void)
{
    return ticks;
}

static cell_t cell(const void *pointer)
{
    return (cell_t)(uintptr_t)pointer;
}

/* The first result, or -1 when the firmware refuses. */
static int call(const char *service, const cell_t *arguments, unsigned n_arguments)
{
    cell_t cells[N_CELLS] = {cell(service), n_arguments, 1};
    uint64_t start = timebase_read();
    int status;

    memcpy(&cells[3], arguments, n_arguments * sizeof(cell_t));
    cells[3 + n_arguments] = (cell_t)-1;
    status = firmware(cells);
    ticks += timebase_read() - start;
    return status == 0 ? (int)cells[3 + n_arguments] : -1;
}

static of_node_t node_or_none(int result)
{
    return result == -1 ? 0 : (of_node_t)result;
}

of_node_t of_child(of_node_t node)
{
    return node_or_none(call("child", (cell_t[]){node}, 1));
}

of_node_t of_peer(of_node_t node)
{
    return node_or_none(call("peer", (cell_t[]){node}, 1));
}

of_node_t of_root(void)
{
    return of_peer(0);
}

size_t of_path(of_node_t node, char *path, size_t size)
{
    int length = call("package-to-path", (cell_t[]){node, cell(path), size - 1}, 3);

    if (length < 0)
        length = 0;
    if ((size_t)length > size - 1)
        length = (int)(size - 1);
    path[length] = 0;
    return strlen(path);
}

int of_next_property(of_node_t node, const char *previous, char name[OF_NAME_MAX])
{
    name[0] = 0;
    return call("nextprop", (cell_t[]){node, cell(previous), cell(name)}, 3) == 1;
}

int of_property(of_node_t node, const char *name, void *value, size_t size)
{
    return call("getprop", (cell_t[]){node, cell(name), cell(value), size}, 4);
}

static int property_length(of_node_t node, const char *name)
{
    return call("getproplen", (cell_t[]){node, cell(name)}, 2);
}

void of_fail(const char *message)
{
    cell_t out = 0;
    of_node_t chosen = node_or_none(call("finddevice", (cell_t[]){cell("/chosen")}, 1));

    if (property_length(chosen, "stdout") == sizeof out)
        (void)of_property(chosen, "stdout", &out, sizeof out);
    (void)call("write", (cell_t[]){out, cell(message), strlen(message)}, 3);
    (void)call("exit", NULL, 0);
    for (;;)
        ;
}
