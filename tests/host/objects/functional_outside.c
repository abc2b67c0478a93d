/* What guards.c refers to. */
extern int counter;
void outside(void);

int counter;

void outside(void)
{
    counter++;
}
