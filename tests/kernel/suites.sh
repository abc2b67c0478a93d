# Loads all suites into a kernel and runs them. KTAP is TAP with the tests of a suite indented; fault
# reports, which tests provoke on purpose, go to a log.
run_suites()
{
    suites=
    for suite in build/tests/kernel/*_test.o; do
        suites="$suites -x $suite"
    done
    mkdir -p build/tests/kernel
    exec build/whorl run -M "$1" --timeout 240 $suites -c test 2>"build/tests/kernel/$1.log"
}
