/* Small variables only, of the size that small data sections are for, and the least a procedure can do. */
extern int small_import;
extern char small_byte;
static int count = 1;
static int none;
int small_common;
int small_exported = 2;
const int small_constant = 3;
static const char text[] = "abc";

int small_get(void)
{
    return count + none + small_common + small_exported + small_constant + text[small_common & 3];
}

void small_set(int x)
{
    count = none = small_common = small_exported = x;
}

int small_foreign(int x)
{
    small_byte = (char)x;
    return small_import += x;
}

int *small_address(int x)
{
    return x ? &small_common : &small_import;
}

void small_nothing(void)
{
}
