# Rounds of hostile extensions (tests/kernel/hostile) come out the same whenever they have the same seed.

load lib

# rounds SEED N: on a machine that counts instructions; what is printed, without times.
rounds()
{
    whorl -M mac99 --icount --privileged -x build/tests/kernel/hostile_rounds.o -c "hostile rounds $1 $2"
}

@test "the same seed gives the same rounds" {
    rounds 5 2
    expect_status 0
    first=$output
    rounds 5 2
    expect_status 0
    expect_output "$first"
}

@test "another seed gives other rounds" {
    rounds 5 2
    first=$output
    rounds 6 2
    [ "$output" != "$first" ] || fail "two seeds have the same rounds"
}
