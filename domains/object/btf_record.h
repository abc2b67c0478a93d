/*
 * Records of a blob that btf_open has accepted, for the parts of the type reader:
 * nothing here checks anything. Void, id 0, has no record; whoever follows a
 * reference asks for it first.
 */
#ifndef DOMAINS_OBJECT_BTF_RECORD_H
#define DOMAINS_OBJECT_BTF_RECORD_H

#include <string.h>

#include "domains/object/btf.h"
#include "domains/object/bytes.h"

#define BTF_VOID 0 /* no kind of a record, but of id 0 */
#define BTF_INT 1
#define BTF_PTR 2
#define BTF_ARRAY 3
#define BTF_STRUCT 4
#define BTF_UNION 5
#define BTF_ENUM 6
#define BTF_FWD 7
#define BTF_TYPEDEF 8
#define BTF_VOLATILE 9
#define BTF_CONST 10
#define BTF_RESTRICT 11
#define BTF_FUNC 12
#define BTF_FUNC_PROTO 13
#define BTF_VAR 14
#define BTF_DATASEC 15
#define BTF_FLOAT 16
#define BTF_DECL_TAG 17
#define BTF_TYPE_TAG 18
#define BTF_ENUM64 19
#define BTF_N_KINDS 20
#define BTF_CIRCLE 32 /* no kind either: what a typedef of itself stands for */

/* What every record begins with: name, info, size or type. */
#define BTF_RECORD_SIZE 12

/* What follows, once or vlen times. */
#define BTF_INT_SIZE 4
#define BTF_ARRAY_SIZE 12
#define BTF_MEMBER_SIZE 12
#define BTF_ENUMERATOR_SIZE 8
#define BTF_ENUMERATOR64_SIZE 12
#define BTF_PARAMETER_SIZE 8
#define BTF_VAR_SIZE 4
#define BTF_SECINFO_SIZE 12
#define BTF_DECL_TAG_SIZE 4

#define BTF_BIT(kind) (1u << (kind))

/* Kinds that say something about another type, and leave it the same. */
#define BTF_MODIFIERS                                                                            \
    (BTF_BIT(BTF_TYPEDEF) | BTF_BIT(BTF_VOLATILE) | BTF_BIT(BTF_CONST) | BTF_BIT(BTF_RESTRICT) | \
     BTF_BIT(BTF_TYPE_TAG))

/* Of the word that follows an INT; the rest of it does not change what the integer can hold. */
#define BTF_INT_SIGNED 0x01000000u
#define BTF_INT_BITS(word) ((word)&0xff)
#define BTF_INT_OFFSET(word) ((word) >> 16 & 0xff)
#define BTF_INT_MEANING 0x01ff00ffu

/* 0 < id < n_types */
static inline const uint8_t *btf_record(const struct btf_blob *blob, uint32_t id)
{
    return blob->types + blob->offsets[id];
}

static inline const char *btf_name(const struct btf_blob *blob, const uint8_t *record)
{
    return blob->strings + get32(record);
}

static inline uint32_t btf_info(const uint8_t *record)
{
    return get32(record + 4);
}

/* The two bits above the kind are unused, and make it unknown if they are set. */
static inline unsigned btf_kind(const uint8_t *record)
{
    return btf_info(record) >> 24 & 0x7f;
}

static inline unsigned btf_vlen(const uint8_t *record)
{
    return btf_info(record) & 0xffff;
}

static inline bool btf_flag(const uint8_t *record)
{
    return btf_info(record) >> 31 != 0;
}

/* The size in bytes of what has one, or the id of the type referred to. */
static inline uint32_t btf_size(const uint8_t *record)
{
    return get32(record + 8);
}

static inline uint32_t btf_target(const uint8_t *record)
{
    return get32(record + 8);
}

/* The index-th of what follows, each of so many bytes. */
static inline const uint8_t *btf_field(const uint8_t *record, unsigned size, unsigned index)
{
    return record + BTF_RECORD_SIZE + index * size;
}

static inline const uint8_t *btf_member(const uint8_t *record, unsigned index)
{
    return btf_field(record, BTF_MEMBER_SIZE, index);
}

static inline const uint8_t *btf_parameter(const uint8_t *record, unsigned index)
{
    return btf_field(record, BTF_PARAMETER_SIZE, index);
}

/* The type of a member or parameter. */
static inline uint32_t btf_field_type(const uint8_t *field)
{
    return get32(field + 4);
}

/* Of an ARRAY. */
static inline uint32_t btf_element(const uint8_t *record)
{
    return get32(record + BTF_RECORD_SIZE);
}

static inline uint32_t btf_count(const uint8_t *record)
{
    return get32(record + BTF_RECORD_SIZE + 8);
}

/* Whether a FUNC_PROTO ends in "...". With nothing before it, it was declared with (). */
static inline bool btf_variadic(const uint8_t *record)
{
    unsigned n = btf_vlen(record);

    return n > 0 && btf_field_type(btf_parameter(record, n - 1)) == 0 &&
           get32(btf_parameter(record, n - 1)) == 0;
}

static inline bool btf_is_enum(unsigned kind)
{
    return kind == BTF_ENUM || kind == BTF_ENUM64;
}

static inline const uint8_t *btf_enumerator(const uint8_t *record, unsigned index)
{
    return btf_field(
        record, btf_kind(record) == BTF_ENUM ? BTF_ENUMERATOR_SIZE : BTF_ENUMERATOR64_SIZE, index);
}

/* As gcc 12 does not set the flag, 32 bits say themselves that they are negative. */
static inline int64_t btf_value(const uint8_t *record, unsigned index)
{
    const uint8_t *enumerator = btf_enumerator(record, index);
    uint32_t low = get32(enumerator + 4);

    if (btf_kind(record) == BTF_ENUM64)
        return (int64_t)((uint64_t)get32(enumerator + 8) << 32 | low);
    return (int32_t)low;
}

/* Of an enum or INT. */
static inline bool btf_is_signed(const uint8_t *record)
{
    if (btf_kind(record) == BTF_INT)
        return (get32(record + BTF_RECORD_SIZE) & BTF_INT_SIGNED) != 0;
    if (btf_flag(record) || btf_kind(record) == BTF_ENUM64)
        return btf_flag(record);
    for (unsigned i = 0; i < btf_vlen(record); i++)
        if (btf_value(record, i) < 0)
            return true;
    return false;
}

/* Where a member begins, in bits. */
static inline uint32_t btf_bit(const uint8_t *record, unsigned index)
{
    uint32_t place = get32(btf_member(record, index) + 8);

    return btf_flag(record) ? place & 0xffffff : place;
}

/* 0 if it is not a bit-field. */
static inline uint32_t btf_width(const uint8_t *record, unsigned index)
{
    return btf_flag(record) ? get32(btf_member(record, index) + 8) >> 24 : 0;
}

/* Of a FLOAT, as gcc calls them; nothing else tells a complex float from a double. */
static inline bool btf_is_complex(const struct btf_blob *blob, const uint8_t *record)
{
    return strncmp(btf_name(blob, record), "complex ", 8) == 0;
}

static inline bool btf_is_modifier(unsigned kind)
{
    return (BTF_MODIFIERS >> kind & 1) != 0;
}

#endif
