/* Pointers in data to everything, with offsets; constructors; tables of texts. */
extern int import_one(int), import_two(int);
extern int variable, array[100];
extern int absent_procedure(int) __attribute__((weak));

static int local_one(int x)
{
    return x + 1;
}

static int local_two(int x)
{
    return x + 2;
}

int tables_common[8];
static int zeros[30];
static int values[5] = {1, 2, 3, 4, 5};

int (*tables_procedures[])(int) = {local_one, import_one, local_two, import_two, absent_procedure};
int (*const tables_constant_procedures[])(int) = {local_two, import_two, local_one};
int *tables_pointers[] = {&variable,  &array[99],        &array[-5], &zeros[29],
                          &values[2], &tables_common[7], 0};
const char *tables_texts[] = {"one", "two", "three", "one and a half", "a half", ""};
const char *const tables_constant_texts[] = {"four", "five" + 2,
                                             "a longer text, of more than a few words"};
static const char *own_texts[] = {"private", "texts"};
unsigned long tables_numbers[] = {(unsigned long)&variable + 0x8000, (unsigned long)local_one + 4,
                                  (unsigned long)&zeros - 0x10000};
struct node {
    struct node *next;
    const char *name;
    int (*run)(int);
} tables_ring[] = {
    {&tables_ring[1], "a", local_one}, {&tables_ring[2], "b", import_one}, {tables_ring, "c", 0}};

__attribute__((constructor)) static void begin(void)
{
    values[0] = import_one(1);
}

__attribute__((constructor(200))) static void begin_early(void)
{
    own_texts[0] = tables_texts[1];
}

__attribute__((destructor)) static void end(void)
{
    values[1] = local_two(values[0]);
}

const char *tables_text(int i, int way)
{
    return way ? own_texts[i & 1] : way > 3 ? tables_texts[i] : tables_constant_texts[i];
}

int tables_run(int i, int x)
{
    return tables_procedures[i](x) + tables_constant_procedures[i](x) + tables_ring[i].run(x) +
           *tables_pointers[i];
}

int (*tables_choose(int i))(int)
{
    return i == 0   ? local_one
           : i == 1 ? import_two
           : i == 2 ? tables_procedures[3]
                    : absent_procedure;
}
