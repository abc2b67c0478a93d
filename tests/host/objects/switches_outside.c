/* What switches.c calls. */
int effect(int x);
void abort(void);

int effect(int x)
{
    return x;
}

void abort(void)
{
    for (;;)
        ;
}
