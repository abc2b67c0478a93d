/*
 * Instructions as text, as GNU objdump 2.40 prints them with -M7400 (-M604 is the same without
 * AltiVec): simplified mnemonics included. Portable; any context.
 */
#ifndef ARCH_PPC_CODE_PRINT_H
#define ARCH_PPC_CODE_PRINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes that always suffice, the zero and a name of up to 63 bytes included. */
#define PRINT_MAX 128

/*
 * Names an address that a branch goes to: writes, say, "printf+0x10" into text, of `size` bytes, zero
 * included. False: it has no name, and the address is printed in hexadecimal as objdump does.
 */
typedef bool (*print_name_t)(void *context, uint32_t address, char *text, size_t size);

/*
 * Mnemonic, a tab or blank as objdump has it, operands. A word that is no instruction becomes
 * ".long 0x…". name may be NULL. Returns the length that the text would have; never writes more
 * than size bytes.
 */
size_t code_print(uint32_t word, uint32_t address, print_name_t name, void *context, char *text,
                  size_t size);

#endif
