/* See field.h. */
#include "tests/model/field.h"

#include "domains/object/relocation.h"

unsigned field_width(uint8_t type)
{
    switch (type) {
    case R_PPC_ADDR16:
    case R_PPC_ADDR16_LO:
    case R_PPC_ADDR16_HI:
    case R_PPC_ADDR16_HA:
    case R_PPC_REL16:
    case R_PPC_REL16_LO:
    case R_PPC_REL16_HI:
    case R_PPC_REL16_HA:
        return 2;
    default:
        return 4;
    }
}

bool field_is_branch(uint8_t type)
{
    return type == R_PPC_REL24 || type == R_PPC_PLTREL24 || type == R_PPC_LOCAL24PC ||
           (type >= R_PPC_REL14 && type <= R_PPC_REL14_BRNTAKEN);
}

bool field_drops_addend(uint8_t type)
{
    return type == R_PPC_PLTREL24;
}

static bool within(uint32_t value, unsigned bits)
{
    int32_t limit = 1 << (bits - 1), number = (int32_t)value;

    return number >= -limit && number < limit;
}

static enum field_result branch(uint32_t place, uint32_t target, uint32_t *field)
{
    uint32_t distance = target - place;

    if (target % 4 != 0)
        return FIELD_ODD;
    *field &= 0xfc000001;
    if (within(distance, 26))
        *field |= distance & 0x03fffffc;
    else if (within(target, 26))
        *field |= (target & 0x03fffffc) | 2;
    else
        return FIELD_TOO_FAR;
    return FIELD_FITS;
}

/* The bit that reverses the prediction: backward is taken, forward is not. */
static uint32_t predicted(uint8_t type, uint32_t word, bool backward)
{
    const uint32_t y = 0x00200000;

    if (type == R_PPC_REL14_BRTAKEN || type == R_PPC_ADDR14_BRTAKEN)
        return backward ? word & ~y : word | y;
    if (type == R_PPC_REL14_BRNTAKEN || type == R_PPC_ADDR14_BRNTAKEN)
        return backward ? word | y : word & ~y;
    return word;
}

static enum field_result conditional(uint8_t type, uint32_t place, uint32_t target, uint32_t *field)
{
    bool backward = (int32_t)(target - place) < 0;
    uint32_t stored = field_is_branch(type) ? target - place : target;

    if (stored % 4 != 0)
        return FIELD_ODD;
    if (!within(stored, 16))
        return FIELD_TOO_FAR;
    *field = predicted(type, (*field & 0xffff0003) | (stored & 0xfffc), backward);
    return FIELD_FITS;
}

/* In text the model has only instructions that take a signed number. */
static enum field_result half(uint8_t type, uint32_t place, uint32_t target, uint32_t *field)
{
    bool relative = type >= R_PPC_REL16, code = place < 0x10000000;
    uint32_t value = relative ? target - place : target;

    switch (type) {
    case R_PPC_ADDR16:
        if (!within(value, 16) && (code || value > 0xffff))
            return FIELD_TOO_FAR;
        break;
    case R_PPC_REL16:
        if (!within(value, 16))
            return FIELD_TOO_FAR;
        break;
    case R_PPC_ADDR16_HI:
    case R_PPC_REL16_HI:
        value /= 0x10000;
        break;
    case R_PPC_ADDR16_HA:
    case R_PPC_REL16_HA:
        value = value / 0x10000 + (value % 0x10000 >= 0x8000);
        break;
    default:
        break;
    }
    *field = value & 0xffff;
    return FIELD_FITS;
}

enum field_result field_store(uint8_t type, uint32_t place, uint32_t target, uint32_t *field)
{
    if (field_width(type) == 2)
        return half(type, place, target, field);
    switch (type) {
    case R_PPC_ADDR32:
        *field = target;
        return FIELD_FITS;
    case R_PPC_REL32:
        *field = target - place;
        return FIELD_FITS;
    case R_PPC_ADDR24:
        if (target % 4 != 0)
            return FIELD_ODD;
        if (!within(target, 26))
            return FIELD_TOO_FAR;
        *field = (*field & 0xfc000003) | (target & 0x03fffffc);
        return FIELD_FITS;
    case R_PPC_REL24:
    case R_PPC_PLTREL24:
    case R_PPC_LOCAL24PC:
        return branch(place, target, field);
    default:
        return conditional(type, place, target, field);
    }
}

uint32_t field_goes_to(uint8_t type, uint32_t place, uint32_t word)
{
    uint32_t distance = word & 0x03fffffc;

    if (type >= R_PPC_REL14 && type <= R_PPC_REL14_BRNTAKEN)
        return place + (uint32_t)(int16_t)(word & 0xfffc);
    if (distance >= 0x02000000)
        distance -= 0x04000000;
    return (word & 2) != 0 ? distance : place + distance;
}
