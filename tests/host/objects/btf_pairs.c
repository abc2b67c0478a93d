/*
 * Procedures and variables as a caller (-DCALLER) and as their definer declare them. Those that are called
 * fits_… must be compatible, those that are called differs_… must not.
 */
#ifdef CALLER
#define PAIR(name, caller, definer) extern caller;
#else
#define PAIR(name, caller, definer) extern definer;
#endif

typedef unsigned int size;
typedef unsigned int (*callback)(const char *, size);
struct incomplete;
struct list {
    struct list *next;
    const char *text;
    union {
        int i;
        float f;
    };
    unsigned low : 3, high : 29;
    enum colour { RED, GREEN, BLUE = -1 } colour;
};
struct ring;
struct link {
    struct ring *ring;
};
struct ring {
    struct link links[4];
    int (*visit)(struct ring *, struct link);
};

#ifdef CALLER
typedef int number;
typedef char *string;
typedef const int constant;
typedef long long tagged;
typedef struct {
    int a;
} nameless;
typedef int (*hidden)(int);
struct complete;
enum grown { FIRST, SECOND };
enum changed { ONE = 1, TWO };
enum other { OTHER };
enum __attribute__((packed)) narrow { NARROW };
enum negative { ABOVE };
enum renamed { SAME_VALUE };
struct sized {
    int a;
};
struct crowded {
    int a, b;
};
struct called {
    int a, b;
};
struct placed {
    char a, b;
    int c;
};
struct packed {
    unsigned a : 3, : 5, b : 4;
};
struct wide {
    unsigned a : 3, b : 29;
};
struct typed {
    int a;
    unsigned short length;
};
struct deep {
    struct typed *typed;
};
struct operations {
    int (*open)(const char *, int);
};
struct holder {
    tagged *x;
};
struct anonymous {
    struct {
        int x;
    } inner;
};
struct unnamed {
    int a;
    union {
        int b;
        float c;
    };
};
union mixed {
    int a;
    float b;
};
struct rows {
    int row[10];
};
struct enumerated {
    enum changed e;
};
#else
typedef int number;
typedef char *string;
typedef int constant;
typedef long tagged;
typedef struct {
    int a, b;
} nameless;
typedef int (*hidden)(long long);
struct complete {
    int a;
};
enum grown { FIRST, SECOND, THIRD };
enum changed { ONE = 1, TWO = 3 };
enum another { OTHER };
enum narrow { NARROW };
enum negative { ABOVE, BELOW = -1 };
enum renamed { ANOTHER_NAME };
struct sized {
    int a, b;
};
struct crowded {
    int a;
    short b, c;
};
struct called {
    int a, c;
};
struct placed {
    char a;
    short b;
    int c;
};
struct packed {
    unsigned a : 3, : 4, b : 4;
};
struct wide {
    unsigned a : 4, b : 28;
};
struct typed {
    int a, length;
};
struct deep {
    struct typed *typed;
};
struct operations {
    int (*open)(const char *, long long);
};
struct holder {
    tagged *x;
};
struct anonymous {
    struct {
        float x;
    } inner;
};
struct unnamed {
    int a;
    union {
        int b;
        int c;
    };
};
union mixed {
    int a;
    unsigned b;
};
struct rows {
    int row[5], more[5];
};
struct enumerated {
    enum changed e;
};
#endif

/* ---- numbers ---- */

PAIR(fits_same, int fits_same(int, unsigned, char), int fits_same(int, unsigned, char))
PAIR(fits_long, long fits_long(unsigned long), int fits_long(unsigned))
PAIR(fits_bool, _Bool fits_bool(void), unsigned char fits_bool(void))
PAIR(fits_char, char fits_char, unsigned char fits_char)
PAIR(fits_size, size fits_size(size), unsigned long fits_size(unsigned))
PAIR(fits_double, double fits_double(float), double fits_double(float))
PAIR(fits_complex, _Complex float fits_complex(_Complex double),
     _Complex float fits_complex(_Complex double))
PAIR(differs_size, int differs_size(int), int differs_size(short))
PAIR(differs_sign, int differs_sign, unsigned differs_sign)
PAIR(differs_char, signed char differs_char(void), char differs_char(void))
PAIR(differs_result, void differs_result(void), int differs_result(void))
PAIR(differs_float, double differs_float, float differs_float)
PAIR(differs_complex, _Complex float differs_complex, double differs_complex)
PAIR(differs_real, int differs_real(double), int differs_real(_Complex float))
PAIR(differs_complex_pointer, _Complex float *differs_complex_pointer,
     double *differs_complex_pointer)
PAIR(differs_kind, float differs_kind, int differs_kind)
PAIR(differs_typedef, int differs_typedef(tagged), int differs_typedef(tagged))

/* ---- enums ---- */

PAIR(fits_grown, enum grown fits_grown(enum grown), enum grown fits_grown(enum grown))
PAIR(fits_number, int fits_number(unsigned), int fits_number(enum grown))
PAIR(fits_enum, enum grown *fits_enum, unsigned *fits_enum)
PAIR(fits_renamed, enum renamed fits_renamed, enum renamed fits_renamed)
PAIR(differs_changed, int differs_changed(enum changed), int differs_changed(enum changed))
PAIR(differs_tag, enum other differs_tag, enum another differs_tag)
PAIR(differs_narrow, enum narrow *differs_narrow, enum narrow *differs_narrow)
PAIR(differs_negative, enum negative differs_negative, enum negative differs_negative)
PAIR(differs_enumber, enum grown differs_enumber, int differs_enumber)
PAIR(differs_eshort, enum grown differs_eshort, unsigned short differs_eshort)

/* ---- pointers and qualifiers ---- */

PAIR(fits_strcpy, char *fits_strcpy(char *, const char *, size),
     string fits_strcpy(string, const char *, unsigned))
PAIR(fits_to_const, int fits_to_const(char *), int fits_to_const(const volatile char *))
PAIR(fits_from_const, const char *fits_from_const(void), char *fits_from_const(void))
PAIR(fits_outermost, int fits_outermost(char **), int fits_outermost(char *const *))
PAIR(fits_top, int fits_top(const int, char *const), const int fits_top(int, char *volatile))
PAIR(fits_restrict, int fits_restrict(char *, char **),
     int fits_restrict(char *restrict, char *restrict *))
PAIR(fits_void, void *fits_void(const void *), void *fits_void(const void *))
PAIR(fits_const_variable, const int fits_const_variable, int fits_const_variable)
PAIR(fits_volatile_variable, volatile number fits_volatile_variable, int fits_volatile_variable)
PAIR(fits_const_pointer, char *const fits_const_pointer, char *fits_const_pointer)
PAIR(differs_to_plain, int differs_to_plain(const char *), int differs_to_plain(char *))
PAIR(differs_from_plain, char *differs_from_plain(void), const char *differs_from_plain(void))
PAIR(differs_second, int differs_second(char **), int differs_second(const char **))
PAIR(differs_second_back, int differs_second_back(const char **), int differs_second_back(char **))
PAIR(differs_plain_variable, int differs_plain_variable, const int differs_plain_variable)
PAIR(differs_volatile, int differs_volatile, volatile int differs_volatile)
PAIR(differs_pointee, const char *differs_pointee, char *differs_pointee)
PAIR(differs_void, void *differs_void(void), char *differs_void(void))
PAIR(differs_void_back, int differs_void_back(char *), int differs_void_back(void *))
PAIR(differs_pointer, int *differs_pointer, int differs_pointer)
PAIR(differs_place, int differs_place(struct list *, struct list **),
     int differs_place(const struct list *, const struct list **))
PAIR(differs_constant, int differs_constant(constant *), int differs_constant(constant *))

/* ---- arrays ---- */

PAIR(fits_array, int fits_array[10], number fits_array[10])
PAIR(fits_open, int fits_open[], int fits_open[10])
PAIR(fits_open_const, const int fits_open_const[], int fits_open_const[10])
PAIR(fits_rows, int fits_rows[][4], int fits_rows[3][4])
PAIR(fits_array_pointer, int fits_array_pointer(int (*)[10]), int fits_array_pointer(int (*)[10]))
PAIR(fits_decayed, int fits_decayed(int *), int fits_decayed(int[10]))
PAIR(differs_count, int differs_count[10], int differs_count[9])
PAIR(differs_open, int differs_open[10], int differs_open[])
PAIR(differs_element, int differs_element[10], short differs_element[10])
PAIR(differs_const_array, int differs_const_array[10], const int differs_const_array[10])
PAIR(differs_row, int differs_row[][4], int differs_row[3][5])
PAIR(differs_array_pointer, int differs_array_pointer(int (*)[10]),
     int differs_array_pointer(int (*)[9]))
PAIR(differs_open_pointer, int (*differs_open_pointer)[], int (*differs_open_pointer)[10])

/* ---- structs and unions ---- */

PAIR(fits_list, struct list *fits_list(struct list *), struct list *fits_list(const struct list *))
PAIR(fits_ring, struct ring fits_ring, struct ring fits_ring)
PAIR(fits_incomplete, struct incomplete *fits_incomplete, struct incomplete *fits_incomplete)
PAIR(fits_complete, int fits_complete(struct complete *), int fits_complete(struct complete *))
PAIR(differs_sized, struct sized *differs_sized, struct sized *differs_sized)
PAIR(differs_crowded, int differs_crowded(struct crowded *), int differs_crowded(struct crowded *))
PAIR(differs_called, struct called differs_called, struct called differs_called)
PAIR(differs_placed, struct placed differs_placed, struct placed differs_placed)
PAIR(differs_packed, struct packed differs_packed, struct packed differs_packed)
PAIR(differs_wide, struct wide differs_wide, struct wide differs_wide)
PAIR(differs_typed, int differs_typed(struct typed *), int differs_typed(struct typed *))
PAIR(differs_deep, struct deep *differs_deep, struct deep *differs_deep)
PAIR(differs_operations, struct operations differs_operations, struct operations differs_operations)
PAIR(differs_holder, struct holder differs_holder, struct holder differs_holder)
PAIR(differs_anonymous, struct anonymous *differs_anonymous, struct anonymous *differs_anonymous)
PAIR(differs_unnamed, struct unnamed *differs_unnamed, struct unnamed *differs_unnamed)
PAIR(differs_mixed, union mixed *differs_mixed, union mixed *differs_mixed)
PAIR(differs_rows, struct rows *differs_rows, struct rows *differs_rows)
PAIR(differs_enumerated, struct enumerated *differs_enumerated,
     struct enumerated *differs_enumerated)
PAIR(differs_nameless, nameless differs_nameless, nameless differs_nameless)
PAIR(differs_union, struct incomplete *differs_union, union incomplete_union *differs_union)
PAIR(differs_incomplete, struct incomplete *differs_incomplete,
     struct incomplete2 *differs_incomplete)

/* ---- procedures ---- */

PAIR(fits_printf, int fits_printf(const char *, ...), int fits_printf(const char *, ...))
PAIR(fits_unprototyped, int fits_unprototyped(), int fits_unprototyped(void))
PAIR(fits_unprototyped_back, int fits_unprototyped_back(void), int fits_unprototyped_back())
PAIR(fits_both_unprototyped, int fits_both_unprototyped(), int fits_both_unprototyped())
PAIR(fits_callback, int fits_callback(callback),
     int fits_callback(size (*)(const char *, unsigned)))
PAIR(fits_callback_value, int fits_callback_value(int (*)(int)),
     int fits_callback_value(const int (*)(const int)))
PAIR(fits_noreturn, void fits_noreturn(void (*)(int)),
     void fits_noreturn(void (*)(int) __attribute__((noreturn))))
PAIR(differs_variadic, int differs_variadic(const char *, ...), int differs_variadic(const char *))
PAIR(differs_not_variadic, int differs_not_variadic(char *), int differs_not_variadic(char *, ...))
PAIR(differs_more, int differs_more(int), int differs_more(int, int))
PAIR(differs_unprototyped, int differs_unprototyped(), int differs_unprototyped(int))
PAIR(differs_unprototyped_result, int differs_unprototyped_result(),
     void differs_unprototyped_result(void))
PAIR(differs_callback, int differs_callback(callback),
     int differs_callback(size (*)(char *, unsigned)))
PAIR(differs_pointer_to_unprototyped, int (*differs_pointer_to_unprototyped)(),
     int (*differs_pointer_to_unprototyped)(void))
PAIR(differs_hidden, int differs_hidden(hidden), int differs_hidden(hidden))
PAIR(differs_entry, int differs_entry(void), int differs_entry)

/* ---- uses, without which nothing is recorded ---- */

__attribute__((used)) static const volatile void *const uses[] = {
    &fits_same,
    &fits_long,
    &fits_bool,
    &fits_char,
    &fits_size,
    &fits_double,
    &fits_complex,
    &differs_size,
    &differs_sign,
    &differs_char,
    &differs_result,
    &differs_float,
    &differs_complex,
    &differs_real,
    &differs_complex_pointer,
    &differs_kind,
    &differs_typedef,
    &fits_grown,
    &fits_number,
    &fits_enum,
    &fits_renamed,
    &differs_changed,
    &differs_tag,
    &differs_narrow,
    &differs_negative,
    &differs_enumber,
    &differs_eshort,
    &fits_strcpy,
    &fits_to_const,
    &fits_from_const,
    &fits_outermost,
    &fits_top,
    &fits_restrict,
    &fits_void,
    &fits_const_variable,
    &fits_volatile_variable,
    &fits_const_pointer,
    &differs_to_plain,
    &differs_from_plain,
    &differs_second,
    &differs_second_back,
    &differs_plain_variable,
    &differs_volatile,
    &differs_pointee,
    &differs_void,
    &differs_void_back,
    &differs_pointer,
    &differs_place,
    &differs_constant,
    &fits_array,
    &fits_open,
    &fits_open_const,
    &fits_rows,
    &fits_array_pointer,
    &fits_decayed,
    &differs_count,
    &differs_open,
    &differs_element,
    &differs_const_array,
    &differs_row,
    &differs_array_pointer,
    &differs_open_pointer,
    &fits_list,
    &fits_ring,
    &fits_incomplete,
    &fits_complete,
    &differs_sized,
    &differs_crowded,
    &differs_called,
    &differs_placed,
    &differs_packed,
    &differs_wide,
    &differs_typed,
    &differs_deep,
    &differs_operations,
    &differs_holder,
    &differs_anonymous,
    &differs_unnamed,
    &differs_mixed,
    &differs_rows,
    &differs_enumerated,
    &differs_nameless,
    &differs_union,
    &differs_incomplete,
    &fits_printf,
    &fits_unprototyped,
    &fits_unprototyped_back,
    &fits_both_unprototyped,
    &fits_callback,
    &fits_callback_value,
    &fits_noreturn,
    &differs_variadic,
    &differs_not_variadic,
    &differs_more,
    &differs_unprototyped,
    &differs_unprototyped_result,
    &differs_callback,
    &differs_pointer_to_unprototyped,
    &differs_hidden,
    &differs_entry,
};
