/* Jump tables, labels whose addresses are taken, long conditional branches. */
extern int step(int), leave(int);

int jumps_switch(int x, int y)
{
    switch (x) {
    case 0:
        return step(y);
    case 1:
        return step(y + 1) * 3;
    case 2:
        y = leave(y);
        break;
    case 3:
        y -= step(3);
        break;
    case 4:
        return y;
    case 5:
        return leave(leave(y));
    case 6:
        y ^= x;
        break;
    case 7:
        return step(leave(y) - 1);
    case 11:
        return -y;
    case 12:
        return y * y;
    }
    return step(y) + leave(x);
}

static const char *name(int x)
{
    switch (x) {
    case 0:
        return "nothing";
    case 1:
        return "something";
    case 2:
        return "anything";
    case 3:
        return "everything";
    case 4:
        return "nothing else";
    case 5:
        return "else";
    }
    return "?";
}

const char *jumps_name(int x)
{
    return step(x) ? name(x) : name(leave(x));
}

int jumps_computed(const unsigned char *program, int x)
{
    static const void *const labels[] = {&&add, &&subtract, &&call, &&end};
    static const int distances[] = {&&add - &&add, &&subtract - &&add, &&call - &&add,
                                    &&end - &&add};

    goto *labels[*program++ & 3];
add:
    x++;
    goto *(&&add + distances[*program++ & 3]);
subtract:
    x -= 2;
    goto *labels[*program++ & 3];
call:
    x = step(x);
    goto *labels[*program++ & 3];
end:
    return x;
}

int jumps_loops(int *a, int n)
{
    int sum = 0;

    for (int i = 0; i < n; i++)
        for (int j = i; j < n; j++)
            if (a[i] > a[j])
                sum += step(a[i]) > 3 ? a[j] : -a[j];
            else if (a[j] == 77)
                return leave(sum);
    return sum;
}
