/* What deep.c makes a domain of: has not returned while what it was given runs. */
int below(int (*call)(int), int n);

int below(int (*call)(int), int n)
{
    return call(n) + 1;
}
