/* Big-endian numbers at any alignment, on any host. */
#ifndef DOMAINS_OBJECT_BYTES_H
#define DOMAINS_OBJECT_BYTES_H

#include <stdint.h>
#include <string.h>

static inline uint16_t get16(const void *place)
{
    const uint8_t *p = place;

    return (uint16_t)(p[0] << 8 | p[1]);
}

static inline uint32_t get32(const void *place)
{
    const uint8_t *p = place;

    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* memcpy of a known size is one store. */
static inline void put16(void *place, uint16_t value)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    value = __builtin_bswap16(value);
#endif
    memcpy(place, &value, sizeof value);
}

static inline void put32(void *place, uint32_t value)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    value = __builtin_bswap32(value);
#endif
    memcpy(place, &value, sizeof value);
}

#endif
