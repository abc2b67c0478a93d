# GNU objdump and llvm-mc as the judges of the decoder; see decode.pl. Needs build/tests/host/decode_words.
# With QUICK set they see some of the words.
cd "$(dirname "$0")/../.." && exec perl tests/host/decode.pl ${QUICK:+--some} "$@"
