# The suites about memory on machines with the least and the most of it. Prints TAP for prove.
. "$(dirname "$0")/suites.sh"
run_sizes mmu memory heap code domain
