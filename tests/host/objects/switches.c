/*
 * Switches in many shapes, for tests of flow graphs. Functions whose name begins with `unbounded` may
 * have a jump whose table has no bound in the code; all others must be understood completely.
 */
extern int effect(int);
extern void abort(void) __attribute__((noreturn));

#define CASE(n)            \
    case n:                \
        effect(n * 7 + 3); \
        break;
#define CASES_4(n) CASE(n) CASE(n + 1) CASE(n + 2) CASE(n + 3)
#define CASES_16(n) CASES_4(n) CASES_4(n + 4) CASES_4(n + 8) CASES_4(n + 12)
#define CASES_64(n) CASES_16(n) CASES_16(n + 16) CASES_16(n + 32) CASES_16(n + 48)
#define CASES_256(n) CASES_64(n) CASES_64(n + 64) CASES_64(n + 128) CASES_64(n + 192)

#define VALUES                  \
    case 0:                     \
        return effect(3);       \
    case 1:                     \
        return effect(5) + 1;   \
    case 2:                     \
        return effect(9) * 3;   \
    case 3:                     \
        return effect(17) ^ 8;  \
    case 4:                     \
        return effect(33) | 4;  \
    case 5:                     \
        return effect(65) & 2;  \
    case 6:                     \
        return effect(129) - 6; \
    case 7:                     \
        return effect(257) << 1;

int dense(int x)
{
    switch (x) {
        VALUES
    default:
        return effect(1);
    }
}

int falls_through(int x)
{
    int sum = 0;

    switch (x) {
    case 1:
        sum += effect(1);
        /* fall through */
    case 2:
        sum += effect(2);
        /* fall through */
    case 3:
        sum += effect(3);
        break;
    case 4:
        sum ^= effect(4);
        /* fall through */
    case 5:
        sum += effect(5);
        break;
    case 6:
        sum -= effect(7);
    }
    return sum;
}

int sparse(int x)
{
    switch (x) {
    case 1:
        return effect(8);
    case 100:
        return effect(9);
    case 1000:
        return effect(10);
    case 5000:
        return effect(11);
    case 70000:
        return effect(12);
    case -3:
        return effect(13);
    }
    return 0;
}

int two_levels(int x)
{
    switch (x) {
        CASES_16(0)
        CASES_16(1000)
        CASES_16(70000)
    default:
        return 1;
    }
    return 0;
}

int with_holes(int x)
{
    switch (x) {
        CASE(3)
        CASE(5) CASE(6) CASE(9) CASE(10) CASE(13) CASE(17) CASE(18) CASE(20) default : effect(99);
    }
    return x;
}

int signed_with_offset(int x)
{
    switch (x) {
        CASES_4(-9)
        CASES_4(-5) CASES_4(-1)
    }
    return effect(x);
}

int large(int x)
{
    switch (x) {
        CASES_256(0)
        CASES_16(256) CASES_16(272) CASES_4(288) CASES_4(292) CASES_4(296) default : return -1;
    }
    return 1;
}

int of_byte(unsigned char x)
{
    switch (x) {
        VALUES
    }
    return 0;
}

int of_every_byte(const unsigned char *text)
{
    switch (*text) {
        CASES_256(0)
    }
    return 1;
}

int of_signed_byte(signed char x)
{
    switch (x) {
        CASES_4(-4)
        CASES_4(0) CASES_4(4)
    }
    return 0;
}

int of_half(unsigned short x)
{
    switch (x) {
        CASES_16(500)
    default:
        effect(0);
    }
    return 0;
}

int of_text(const char *text)
{
    int sum = 0;

    for (; *text != 0; text++) {
        switch (*text) {
        case '+':
            sum += effect(1);
            break;
        case '-':
            sum -= effect(2);
            break;
        case '*':
            sum *= effect(3);
            break;
        case ',':
            sum = effect(4);
            break;
        case '.':
            return sum;
        case '/':
            sum /= 3;
            break;
        }
    }
    return sum;
}

int of_low_bits(unsigned x)
{
    switch (x & 7) {
        VALUES
    }
    return 0;
}

int of_middle_bits(unsigned x)
{
    switch (x >> 5 & 15) {
        CASES_16(0)
    }
    return 0;
}

struct fields {
    unsigned a : 3, b : 5, c : 3, d : 21;
};

int of_field(const struct fields *fields)
{
    switch (fields->b) {
        CASES_16(0)
        CASES_4(16)
    default:
        return 3;
    }
    return 0;
}

int of_whole_field(const struct fields *fields)
{
    switch (fields->c) {
        VALUES
    }
    return 0;
}

int of_remainder(unsigned x)
{
    switch (x % 11) {
        VALUES
    default:
        return 5;
    }
}

/* The compare may be a procedure of libgcc. */
int unbounded_wide(unsigned long long x)
{
    switch (x) {
        CASES_16(3)
    default:
        return 5;
    }
    return 0;
}

int in_loop(const int *program, int n)
{
    int sum = 0;

    for (int i = 0; i < n; i++) {
        switch (program[i]) {
        case 0:
            sum += i;
            break;
        case 1:
            sum -= 3;
            break;
        case 2:
            sum = effect(sum);
            break;
        case 3:
            i += 2;
            break;
        case 4:
            sum ^= i;
            break;
        case 5:
            return sum;
        default:
            abort();
        }
    }
    return sum;
}

/* As many values at once as to make the table's address go to the stack. */
int in_loop_under_pressure(const int *p, int n, int a, int b, int c, int d)
{
    int e = a * b, f = b * c, g = c * d, h = d * a, k = a - b, l = b - c, m = c - d, o = d - a;
    int q = a ^ b, r = b ^ c, s = c ^ d, t = d ^ a, u = effect(a), v = effect(b), w = effect(c);

    while (n-- > 0) {
        switch (*p++) {
        case 0:
            a += effect(e) + q;
            break;
        case 1:
            b += effect(f) + r;
            break;
        case 2:
            c += effect(g) + s;
            break;
        case 3:
            d += effect(h) + t;
            break;
        case 4:
            k += effect(l) + u;
            break;
        case 5:
            m += effect(o) + v;
            break;
        case 6:
            w += effect(k + l + m + o);
            break;
        }
        e += q + n, f += r + n, g += s + n, h += t + n, l += u + n, o += v + n;
    }
    return a + b + c + d + e + f + g + h + k + l + m + o + q + r + s + t + u + v + w;
}

int nested(int x, int y)
{
    switch (x) {
    case 0:
        return effect(1);
    case 1:
        switch (y) {
            VALUES
        }
        break;
    case 2:
        switch (y) {
            CASES_16(20)
        default:
            return 9;
        }
        break;
    case 3:
        return effect(4);
    case 4:
        return effect(y);
    case 5:
        effect(x + y);
    }
    return effect(7);
}

int one_after_another(int x, int y)
{
    switch (x) {
        CASES_16(0)
    }
    switch (y) {
        CASES_16(3)
    }
    switch (x + y) {
        CASES_16(5)
    }
    return 0;
}

int never_default(int x)
{
    switch (x) {
        VALUES
    default:
        abort();
    }
}

int bounded_before(unsigned x)
{
    if (x > 7)
        return -1;
    switch (x) {
        VALUES
    }
    return 0;
}

enum shape { ROUND, SQUARE, FLAT, LONG, THIN, WIDE, HIGH };

int unbounded_enum(enum shape shape)
{
    switch (shape) {
    case ROUND:
        return effect(1);
    case SQUARE:
        return effect(2) + 3;
    case FLAT:
        return effect(3) * 3;
    case LONG:
        return effect(4) - 3;
    case THIN:
        return effect(5) ^ 3;
    case WIDE:
        return effect(6) | 3;
    case HIGH:
        return effect(7) & 3;
    }
    __builtin_unreachable();
}

int unbounded_labels(const unsigned char *program)
{
    static const void *const labels[] = {&&stop, &&more, &&less, &&call};
    int sum = 0;

    goto *labels[*program++];
more:
    sum += 3;
    goto *labels[*program++];
less:
    sum -= 5;
    goto *labels[*program++];
call:
    sum = effect(sum);
    goto *labels[*program++];
stop:
    return sum;
}

/* A leaf, so that its jumps look as calls through a table of procedures would. */
int unbounded_leaf_labels(unsigned x)
{
    static void *labels[] = {&&stop, &&more, &&less};

    goto *labels[x];
more:
    return 3;
less:
    return 5;
stop:
    return 7;
}

int unbounded_direct_threads(void ***program)
{
    static void *const labels[] = {&&stop, &&more, &&less};
    int sum = 0;

    if (program[0] == 0) {
        program[1] = (void **)labels;
        return 0;
    }
    goto **program++;
more:
    sum += 3;
    goto **program++;
less:
    sum -= 5;
    goto **program++;
stop:
    return sum;
}

typedef int procedure_t(int);

struct operations {
    procedure_t *first, *second;
};

int tail_through_member(const struct operations *operations, int x)
{
    return operations->second(x);
}

int tail_after_call(const struct operations *operations, int x)
{
    if (effect(x) == 3)
        return 8;
    return operations->first(x);
}

int tail_through_argument(procedure_t *procedure, int x)
{
    return procedure(x);
}

static int twice(int x)
{
    return effect(2 * x);
}

static int thrice(int x)
{
    return effect(3 * x);
}

procedure_t *procedures[] = {twice, thrice};

int tail_through_table(unsigned i, int x)
{
    return procedures[i](x);
}

int tail_through_constant_table(unsigned i, int x)
{
    static procedure_t *const table[] = {twice, thrice, effect};

    return table[i % 3](x);
}

int tail_with_switch(const struct operations *operations, int x)
{
    switch (x) {
        VALUES
    default:
        return operations->first(x);
    }
}

int cold(int x, int *y)
{
    if (__builtin_expect(x > 100, 0)) {
        abort();
    }
    if (__builtin_expect(y == 0, 0)) {
        effect(x);
        effect(8);
        y = &x;
    }
    switch (x) {
        VALUES
    }
    return *y;
}
