/*
 * GNU object attributes (section .gnu.attributes; binutils' documentation of as,
 * "Object Attributes"): which conventions for floating point an object's calls
 * follow. Portable and pure; any bytes are safe.
 */
#ifndef DOMAINS_OBJECT_ATTRIBUTES_H
#define DOMAINS_OBJECT_ATTRIBUTES_H

#include <stddef.h>
#include <stdint.h>

#define SHT_GNU_ATTRIBUTES 0x6ffffff5

/* Values of Tag_GNU_Power_ABI_FP, lower two bits. */
enum float_abi { FLOAT_NONE, FLOAT_HARD, FLOAT_SOFT, FLOAT_SINGLE };

/* FLOAT_NONE if the section does not say or is damaged: nothing depends on it but a clear refusal. */
enum float_abi attributes_float_abi(const uint8_t *section, size_t size);

#endif
