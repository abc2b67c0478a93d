# Suites that take minutes: every instruction of some 900 procedures patched, one by one and all at once, in all modes;
# 100,000 patches that come and go. One line for each. For `make test-long`.
. "$(dirname "$0")/suites.sh"

n=0
echo 1..2
for suite in patch_every_long patch_life_long; do
    n=$((n + 1))
    out=build/tests/kernel/$suite.out
    if build/whorl run -M mac99 --timeout 1800 --privileged -x "build/tests/kernel/${suite}_test.o" -c test \
        >"$out" 2>"build/tests/kernel/$suite.log"; then
        echo "ok $n $suite"
    else
        echo "not ok $n $suite"
        grep 'not ok\|# ' "$out" | sed 's/^/# /'
    fi
done
