# The suites that run inside the kernel, on a mac99. Prints TAP for prove.
. "$(dirname "$0")/suites.sh"
run_suites mac99
