/* A small program that has a bit of everything at once, as extensions do: a list, a table of commands, a lock. */
typedef unsigned int size_type;

extern void *allocate(size_type);
extern void release(void *);
extern int print(const char *, ...);
extern int compare(const char *, const char *);
extern volatile unsigned ticks;
extern unsigned limits[4];

struct entry {
    struct entry *next;
    char name[24];
    int (*run)(struct entry *, int);
    unsigned count, stamp;
};

static struct entry *first, **last = &first;
static unsigned n_entries, lock;
int program_verbose;
unsigned program_errors;

static int run_plain(struct entry *e, int x)
{
    e->count++;
    return x;
}

static int run_printed(struct entry *e, int x)
{
    e->stamp = ticks;
    return print("%s: %d at %u\n", e->name, x, e->stamp);
}

static const struct command {
    const char *name, *help;
    int (*run)(struct entry *, int);
} commands[] = {
    {"plain", "counts and says nothing", run_plain},
    {"printed", "says when", run_printed},
    {"foreign", "is of another", (int (*)(struct entry *, int))compare},
};

__attribute__((noinline)) static void take(void)
{
    while (__sync_lock_test_and_set(&lock, 1))
        ticks;
}

static const struct command *find(const char *name)
{
    for (unsigned i = 0; i < sizeof commands / sizeof commands[0]; i++)
        if (compare(commands[i].name, name) == 0)
            return &commands[i];
    return 0;
}

int program_add(const char *name)
{
    const struct command *command = find(name);
    struct entry *e;

    if (command == 0 || n_entries >= limits[2])
        return print("no %s, or more than %u; known is: %s\n", name, limits[2], commands[0].help),
               -1;
    e = allocate(sizeof *e);
    if (e == 0) {
        program_errors++;
        return -2;
    }
    take();
    for (unsigned i = 0; i < sizeof e->name - 1 && (e->name[i] = name[i]) != 0; i++)
        ;
    e->run = command->run;
    e->next = 0;
    *last = e;
    last = &e->next;
    n_entries++;
    lock = 0;
    return 0;
}

int program_run(int x)
{
    int sum = 0;

    for (struct entry *e = first; e != 0; e = e->next)
        sum += e->run(e, x) + (program_verbose ? print("ran %s\n", e->name) : 0);
    return sum;
}

void program_end(void)
{
    for (struct entry *e = first, *next; e != 0; e = next) {
        next = e->next;
        release(e);
    }
    first = 0;
    last = &first;
}
