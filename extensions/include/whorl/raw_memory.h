/*
 * Memory as the machine has it, whatever it holds: for debuggers and the like. In
 * SpinPrivate, since who writes can break anything. For the kernel's main line and
 * for extensions, not for interrupt handlers.
 */
#ifndef WHORL_RAW_MEMORY_H
#define WHORL_RAW_MEMORY_H

#include <stddef.h>
#include <whorl/interface.h>
#include <whorl/status.h>

/* Copies size bytes from an address. ERR_RANGE: some of them are not mapped; then none is copied. */
EVENT status_t raw_memory_read(const void *address, void *bytes, size_t size);

/*
 * Writes to data, or, in whole aligned words, to code, which then executes what was
 * written. ERR_RANGE: some of it is not mapped, or is read-only data;
 * ERR_BAD_ARGUMENT: code, and not in whole words. Then nothing is written.
 */
EVENT status_t raw_memory_write(void *address, const void *bytes, size_t size);

#endif
