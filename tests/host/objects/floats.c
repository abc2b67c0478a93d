/* Passes floating point, so that its attributes say how. */
double floats_half(double x);

double floats_half(double x)
{
    return x / 2;
}
