/*
 * What C makes compilers do with a target's relocations: calls near, far, local,
 * weak and through pointers; data read, written, initialized, zero, common,
 * constant, of others; tables of addresses and of jumps; strings; constructors.
 * Never run; the host's tests link it and look at the result.
 */
#include <stdint.h>
#include <whorl/domain.h>

DOMAIN("shapes");

extern int near_procedure(int);
extern int far_procedure(int, const char *);
extern int far_variable;
extern const int near_constant[4];
extern int weak_procedure(void) __attribute__((weak));
extern int weak_variable __attribute__((weak));

int shapes_common[5];
long long shapes_common_wide;
static int zeros[300];
static int counter = 3;
int shapes_initialized = 7;
const int shapes_constant[3] = {1, 2, 3};
int *shapes_pointer = &zeros[17];
int *const shapes_foreign_pointer = &far_variable;
const char *const shapes_names[] = {"one", "two", "a longer name that is merged with no other"};

__attribute__((noinline)) static int local_procedure(int x)
{
    counter += x;
    return counter ^ x;
}

int shapes_exported(int x)
{
    return local_procedure(x) + near_procedure(x + 1);
}

__attribute__((visibility("hidden"))) int shapes_hidden(int x)
{
    return shapes_exported(x - 1) * 2;
}

__attribute__((weak)) int shapes_weak(int x)
{
    return x + shapes_constant[x % 3];
}

int (*shapes_table[])(int) = {local_procedure, shapes_exported, near_procedure, shapes_weak};

int shapes_switch(int x)
{
    switch (x) {
    case 0:
        return far_procedure(x, "zero");
    case 1:
        return near_procedure(x);
    case 2:
        return shapes_hidden(x);
    case 3:
        return local_procedure(x);
    case 4:
        return shapes_weak(x);
    case 5:
        return far_variable;
    case 6:
        return near_constant[x & 3];
    case 7:
        return shapes_table[x & 3](x);
    default:
        return -1;
    }
}

int shapes_everything(int x)
{
    shapes_common[x % 5] += zeros[x % 300]++;
    shapes_common_wide *= x;
    if (weak_procedure != 0 && &weak_variable != 0)
        x += weak_procedure() + weak_variable;
    if (x > 100)
        return far_procedure(shapes_initialized, shapes_names[x % 3]);
    return *shapes_pointer + *shapes_foreign_pointer + shapes_switch(x);
}

__attribute__((constructor)) static void construct(void)
{
    shapes_initialized = far_procedure(1, __func__);
}

__attribute__((destructor)) static void destruct(void)
{
    far_variable = counter;
}

status_t domain_init(void)
{
    return shapes_everything(counter) == 0 ? OK : ERR_FAILED;
}

void domain_fini(void)
{
    counter = 0;
}
