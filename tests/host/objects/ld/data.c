/* Variables of every kind, and expressions with offsets into them. */
extern int variable, array[100];
extern const int constant;
extern int absent_variable __attribute__((weak));
extern struct {
    char c[70000];
    int last;
} wide;
extern char bytes[];

int data_common, data_common_array[40];
char data_common_byte;
double data_common_wide;
static int zeros[500], zero;
int data_zero = 0;
static int counter = 5, table[20] = {1, 2, 3};
int data_initialized = 3;
char data_char = 'c';
short data_short = -2, data_short_array[3] = {1, 2, 3};
const int data_constant[5] = {5, 4, 3, 2, 1};
const char data_letters[] = "letters";
long long data_long = 0x123456789abcdefLL;
__attribute__((section(".data.own"))) int data_own = 9;
__attribute__((section(".rodata.own"), used)) static const int own_constant = 9;
__attribute__((aligned(256))) int data_aligned = 1;
__attribute__((visibility("hidden"))) int data_hidden = 8;
__attribute__((weak)) int data_weak = 4;

int data_reads(int x)
{
    return variable + array[7] + array[x] + constant + wide.last + bytes[0x12345] + data_common +
           data_common_array[39] + data_common_byte + (int)data_common_wide + zeros[x] +
           zeros[400] + zero + data_zero + counter + table[x] + data_initialized + data_char +
           data_short + data_constant[x] + data_letters[x] + (int)data_long + data_own +
           own_constant + data_aligned + data_hidden + data_weak;
}

void data_writes(int x)
{
    variable = array[3] = x;
    wide.last = x;
    bytes[0x8000] = bytes[0x7fff] = (char)x;
    data_common = data_common_array[2] = x;
    data_common_byte = data_char = (char)x;
    data_short = data_short_array[1] = (short)x;
    zero = zeros[3] = ++counter;
    table[x] = data_own = data_hidden = data_weak = x;
    data_long += x;
}

int *data_addresses(int x)
{
    switch (x & 7) {
    case 0:
        return &variable;
    case 1:
        return &array[-3];
    case 2:
        return &wide.last;
    case 3:
        return &absent_variable;
    case 4:
        return &zeros[250];
    case 5:
        return &data_common_array[9];
    case 6:
        return (int *)&bytes[0x18000];
    default:
        return &data_hidden;
    }
}
