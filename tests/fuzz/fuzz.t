#!/bin/sh
# Runs the fuzzer a fixed number of times from the same seed: sh tests/fuzz/fuzz.t [RUNS]
# What makes it fail is kept in build/tests/fuzz/crash-…; code_fuzz FILE repeats it.
cd "$(dirname "$0")/../.." || exit 1
folder=build/tests/fuzz
runs=${1:-8000}

echo 1..1
rm -rf "$folder/found"
mkdir -p "$folder/found"
if "$folder/code_fuzz" -seed=1 -runs="$runs" -timeout=10 -rss_limit_mb=1024 -max_len=4098 \
    -artifact_prefix="$folder/" "$folder/found" "$folder/seeds" >"$folder/log" 2>&1; then
    echo "ok 1 - $runs random programs are analysed, or refused"
else
    sed 's/^/# /' "$folder/log" | tail -n 60
    echo "not ok 1 - $runs random programs are analysed, or refused"
    exit 1
fi
