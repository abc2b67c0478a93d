/* Types of every shape, for the names and prints of their records. */
typedef unsigned int size_t;
typedef struct domain domain_t;
typedef int function_t(int);
struct packet {
    int length;
    struct packet *next;
    char data[];
};
union value {
    int i;
    float f;
};
enum colour { RED, GREEN, BLUE = -1 };
enum large { LARGE = 0x80000000u };

int f(void)
{
    return 0;
}

extern int old();
extern _Noreturn void stop(int);
extern int print(const char *, ...);

char *copy(char *restrict to, const char *restrict from, size_t n)
{
    return old(n) ? to : 0;
}

int receive(struct packet *packet, const int n)
{
    return print("%d", packet->length + n);
}

struct packet pass(struct packet packet, union value value, enum colour colour)
{
    stop((int)colour + value.i);
    return packet;
}

domain_t *find(const domain_t *const *list, _Bool all)
{
    return all ? (domain_t *)list[0] : 0;
}

void (*handler(int signal, void (*handler)(int)))(int)
{
    return signal ? handler : 0;
}

int (*row(int (*rows)[10], int n))[10]
{
    return rows + n;
}

int a_int;
unsigned short a_short;
long long a_long;
unsigned long long a_llu;
signed char a_signed;
const volatile char *const a_pointer = 0;
const char *const *a_list;
char *const *volatile a_second;
int a_array[10];
int *a_pointers[2][3];
int (*a_row)[10];
int (*a_function)(void);
void (*(*a_getter)(int))(void);
int (*a_table[4])(const char *, ...);
int (*a_old)();
function_t *a_typedef;
struct {
    int x;
} a_struct;
union value a_union;
enum { ONE, TWO } a_enum;
enum large a_large;
double a_double;
long double a_long_double;
void *a_void;
const size_t a_size = 1;
const int a_constants[2] = {1, 2};
char *const a_strings[2] = {0, 0};
void (*a_stop)(int) __attribute__((noreturn));
extern int a_open[];
int *a_use = a_open;
static int a_static;
int *a_address = &a_static;
