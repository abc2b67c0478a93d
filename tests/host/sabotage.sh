# How sabotages of what runs on the host are built and run: see tests/sabotage.sh.
. "$(dirname "$0")/../sabotage.sh"

folders=tests/host

# Not optimized, which takes half the time.
flags='HOST_TEST_FLAGS=-std=gnu11 -O0 -I. -Iextensions/include -fsanitize=address,undefined -fno-sanitize-recover=all'

# ld is the judge of the linker, with objects that take a second; objdump those of the decoder, with some words.
product_of()
{
    case $1 in
    ld) echo build/tests/host/link_object ;;
    objdump) echo build/tests/host/decode_words ;;
    *) echo "build/tests/host/$1_test" ;;
    esac
}

object_of()
{
    echo "build/tests/host/parts/$1.o"
}

run_suite()
{
    case $1 in
    ld) timeout 60 sh tests/host/ld.t assembly libgcc ;;
    objdump) timeout 60 sh tests/host/decode.t --some ;;
    *) timeout 60 "build/tests/host/$1_test" ;;
    esac >log 2>&1 && ! grep -q '^not ok' log
}

begin_sabotage
