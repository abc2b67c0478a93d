# The suites that run inside the kernel, on a g3beige. Prints TAP for prove.
. "$(dirname "$0")/suites.sh"
run_suites g3beige
