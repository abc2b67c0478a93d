/* Big-endian numbers at any alignment, on any host. */
#ifndef DOMAINS_BYTES_H
#define DOMAINS_BYTES_H

#include <stdint.h>

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

static inline void put16(void *place, uint16_t value)
{
    uint8_t *p = place;

    p[0] = (uint8_t)(value >> 8);
    p[1] = (uint8_t)value;
}

static inline void put32(void *place, uint32_t value)
{
    put16(place, (uint16_t)(value >> 16));
    put16((uint8_t *)place + 2, (uint16_t)value);
}

#endif
