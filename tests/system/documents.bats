# The examples of the documents are compiled and run as they stand there.

load lib

# document NAME: every session of it prints what it says.
document()
{
    run --separate-stderr limited perl tests/system/document.pl "$1" "$BATS_TEST_TMPDIR"
    expect_status 0
    expect_line '^ok 1 '
    expect_no_line '^not ok'
}

@test "documents: what docs/events.md shows is so" {
    document docs/events.md
}

@test "documents: what docs/strands.md shows is so" {
    document docs/strands.md
}

@test "documents: what docs/patches.md shows is so" {
    document docs/patches.md
}

@test "documents: what README.md shows of events and patches is so" {
    document README.md
}
