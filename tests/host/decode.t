# GNU objdump and llvm-mc as the judges of the decoder; see decode.pl. Needs build/tests/host/decode_words.
cd "$(dirname "$0")/../.." && exec perl tests/host/decode.pl "$@"
