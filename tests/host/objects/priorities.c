/* Constructors and destructors in an order of their own, among other data. */
int priorities_before = 0x11111111;
static volatile int n; /* without something to do they would be left out */

__attribute__((constructor)) static void build_last(void)
{
    n++;
}

__attribute__((constructor(102))) static void build_second(void)
{
    n++;
}

int priorities_between = 0x22222222;

__attribute__((destructor(101))) static void fell_last(void)
{
    n++;
}

__attribute__((constructor(101))) static void build_first(void)
{
    n++;
}

__attribute__((destructor)) static void fell_first(void)
{
    n++;
}

int priorities_zero;
int *priorities_after = &priorities_before;
