/* Values of every class; and pairs of types, as the two parameters of a procedure. */
typedef unsigned int size_t;
typedef int number_t;
struct packet {
    int length;
    char *data;
};
struct incomplete;
union word {
    int number;
    char bytes[6];
};
struct nothing {
};
enum color { RED, GREEN };
enum deep { BELOW = -1, ABOVE };
enum __attribute__((packed)) small { SMALL };
typedef int (*compare_t)(const void *, const void *);
typedef int (*other_t)(const void *, void *);

#define CLASS(name, type) \
    void name(type value) \
    {                     \
    }
#define PAIR(name, one, other) \
    void name(one a, other b)  \
    {                          \
    }

#pragma GCC diagnostic ignored "-Wpsabi"

CLASS(value_bool, _Bool)
CLASS(value_char, signed char)
CLASS(value_byte, unsigned char)
CLASS(value_short, short)
CLASS(value_word, unsigned short)
CLASS(value_int, const number_t)
CLASS(value_unsigned, volatile size_t)
CLASS(value_long_long, long long)
CLASS(value_unsigned_long_long, unsigned long long)
CLASS(value_enum, enum color)
CLASS(value_signed_enum, enum deep)
CLASS(value_small_enum, enum small)
CLASS(value_pointer, struct incomplete *)
CLASS(value_procedure, compare_t)
CLASS(value_float, float)
CLASS(value_double, double)
CLASS(value_complex, _Complex double)
CLASS(value_struct, struct packet)
CLASS(value_union, const union word)
CLASS(value_nothing, struct nothing)
CLASS(value_vector, int __attribute__((vector_size(16))))

struct incomplete *variable_incomplete;
int variable_array[3];
int several(int a, ...)
{
    return a;
}
int none(void)
{
    return 0;
}

PAIR(pair_same, int, int)
PAIR(pair_typedef, number_t, int)
PAIR(pair_sign, int, unsigned)
PAIR(pair_size, int, short)
PAIR(pair_qualified, const int, int)
PAIR(pair_constant_pointer, char *const, char *)
PAIR(pair_adds_const, char *, const char *)
PAIR(pair_drops_const, const char *, char *)
PAIR(pair_adds_volatile, struct packet *, volatile struct packet *)
PAIR(pair_adds_const_inside, char **, const char **)
PAIR(pair_void, void *, struct packet *)
PAIR(pair_enum, enum color, unsigned)
PAIR(pair_structs, struct packet, struct packet)
PAIR(pair_unions, struct packet, union word)
PAIR(pair_procedures, compare_t, other_t)
PAIR(pair_floats, float, double)
