/*
 * What a relocation stores, by the formulas of the System V ABI PowerPC supplement
 * (table 4-1 and what Linux added), written down again for the model.
 */
#ifndef TESTS_MODEL_FIELD_H
#define TESTS_MODEL_FIELD_H

#include <stdbool.h>
#include <stdint.h>

enum field_result { FIELD_FITS, FIELD_TOO_FAR, FIELD_ODD };

/* 0, 2 or 4 bytes; 0 for types that the model does not use. */
unsigned field_width(uint8_t type);

/* A branch relative to its place, which may go through a veneer. */
bool field_is_branch(uint8_t type);

/* The addend says nothing about the target. */
bool field_drops_addend(uint8_t type);

/* `*field` is what the object has at `place`, and becomes what is to be there for S + A = `target`. */
enum field_result field_store(uint8_t type, uint32_t place, uint32_t target, uint32_t *field);

/* Where a branch goes. */
uint32_t field_goes_to(uint8_t type, uint32_t place, uint32_t word);

#endif
