/* Procedures whose arguments and results are traced. */
typedef unsigned int size_t;
typedef _Bool truth;
enum color { RED, GREEN = 5, BLUE = 0x7fffffff };
enum deep { BELOW = -1, ABOVE };
struct incomplete;
struct inner {
    short low;
    unsigned char bytes[3];
    char text[8];
};
struct node {
    struct node *next;
    const char *name;
    struct inner inner;
    struct inner *pointer;
    union {
        int number;
        struct {
            char letter, other;
        };
    };
    unsigned first : 3, second : 7;
    int third : 5;
    unsigned long long wide : 40;
    enum color color;
    long long both;
    char rest[];
};

void numbers(signed char a, unsigned char b, short c, unsigned short d, int e, unsigned f)
{
}
void pairs(int a, long long b, int c, unsigned long long d, long long e, int f)
{
}
void kinds(truth a, char b, enum color c, enum deep d, float e, double f)
{
}
void pointers(const char *text, struct node *p, void *nothing, struct incomplete *unknown,
              struct node **pp)
{
}
void nine(int a, int b, int c, int d, int e, int f, int g, int h, signed char i, struct node *j,
          long long k, struct inner l)
{
}
void whole(struct inner s, int n)
{
}
struct inner gives_struct(int n)
{
    struct inner inner = {(short)n, {0}, {0}};
    return inner;
}
void odd(int a, _Complex double b, int c)
{
}
const char *gives_text(int lr)
{
    return "";
}
struct node *gives_node(void)
{
    return 0;
}
long long gives_both(void)
{
    return 0;
}
signed char gives_byte(void)
{
    return 0;
}
void many(char *a, char *b, char *c, char *d, char *e, char *f, char *g, char *h)
{
}
