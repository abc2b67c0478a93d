# build/whorl cc: the stock compiler with the right headers and flags.

load lib

setup()
{
    export TMPDIR=$BATS_TEST_TMPDIR/tmp
    mkdir "$TMPDIR"
    t=$BATS_TEST_TMPDIR
    root=$PWD
    echo 'int five(void) { return 5; }' > $t/five.c
    { headers; echo 'int five(void); status_t domain_init(void) { console_print("%d\n", five()); return OK; }'; } > $t/main.c
}

cc_run()
{
    run --separate-stderr "$root/build/whorl" cc "$@"
}

@test "cc: one file, several files, and objects become one object" {
    cc_run $t/main.c $t/five.c -o $t/both.o
    expect_status 0
    expect_output ''
    expect_stderr ''
    cc_run -O0 $t/five.c -o $t/five.o
    expect_status 0
    cc_run $t/main.c $t/five.o -o $t/mixed.o
    expect_status 0
    cc_run -c $t/main.c -o $t/main.o
    expect_status 0
    whorl -x $t/both.o -x $t/mixed.o -x $t/main.o,$t/five.o
    expect_status 0
    expect_output '5
5
5'
    [ -z "$(ls "$TMPDIR")" ] || fail "something is left in the temporary folder"
}

@test "cc: assembly and standard input" {
    printf '.globl five\nfive: li 3, 5\nblr\n' > $t/five.S
    cc_run $t/main.c $t/five.S -o $t/assembly.o
    expect_status 0
    whorl -x $t/assembly.o
    expect_output 5
    run --separate-stderr build/whorl cc -x c - -o $t/input.o < $t/five.c
    expect_status 0
    [ -s $t/input.o ]
}

@test "cc: without -o the object is called after the source, here" {
    mkdir $t/here
    cd $t/here
    cc_run ../five.c
    expect_status 0
    [ "$(ls)" = five.o ]
    cc_run ../five.c ../main.c
    expect_status 4
    expect_stderr_line '-o'
    [ "$(ls)" = five.o ]
}

@test "cc: only the headers of Whorl, of its C library and of the compiler" {
    {
        headers
        for header in assert ctype errno float inttypes limits locale math setjmp signal stdarg stdbool stddef stdint stdio stdlib string \
            time sys/types unistd; do
            echo "#include <$header.h>"
        done
    } > $t/all.c
    cc_run -M $t/all.c
    expect_status 0
    tr -s ' \\' '\n' <<<"$output" | grep '^/' | while read -r header; do
        case $(realpath "$header") in
        "$(realpath build/newlib/powerpc-eabi/include)"/* | "$(realpath extensions/include)"/whorl/* | "$(realpath $t)"/*) ;;
        */gcc-cross/*/include/*.h | */gcc/*/include/*.h) ;;
        *) fail "a foreign header: $header" ;;
        esac
    done
    # All that glibc and the host have is out of sight.
    for header in linux/types.h gnu/libc-version.h asm/unistd.h x86intrin.h elf/link.h sys/epoll.h; do
        cc_run -x c -E - < <(echo "#include <$header>")
        [ $status -ne 0 ] || fail "$header is found"
    done
    cc_run -x c -E -dM - < /dev/null
    expect_no_line '#define (__linux__|__linux|linux|__unix__|unix|__gnu_linux__|__GLIBC__|__x86_64__) '
    expect_line '#define __PPC__ '
    expect_line '#define __BYTE_ORDER__ __ORDER_BIG_ENDIAN__'
}

@test "cc: every public header compiles alone, and twice" {
    for header in extensions/include/whorl/*.h; do
        printf '#include <whorl/%s>\n#include <whorl/%s>\n' ${header##*/} ${header##*/} > $t/alone.c
        cc_run -Wall -Wextra -Wpedantic -Werror $t/alone.c -o $t/alone.o
        expect_stderr ''
        expect_status 0
    done
}

@test "cc: the user's flags come last and win" {
    cc_run -O0 -E -dM $t/five.c
    expect_no_line '__OPTIMIZE__'
    cc_run -E -dM $t/five.c
    expect_line '#define __OPTIMIZE__ 1'
    expect_no_line '__PIC__'
    cc_run -fPIC -std=c99 -DMINE=3 -E -dM $t/five.c
    expect_line '#define __PIC__ 2'
    expect_line '#define __STDC_VERSION__ 199901L'
    expect_line '#define MINE 3'
    cc_run -Wno-all -Werror -x c - -o $t/unused.o < <(echo 'static int unused(void) { return 1; }')
    expect_status 0
}

@test "cc: a status that nobody looks at is warned about" {
    { headers; echo 'void f(void) { page_free(NULL, 1); }'; } > $t/careless.c
    cc_run $t/careless.c -o $t/careless.o
    expect_status 0
    expect_stderr_line 'warning: ignoring return value'
    cc_run -Werror $t/careless.c -o $t/strict.o
    [ $status -ne 0 ]
    [ ! -e $t/strict.o ]
    { headers; echo 'void f(void) { console_print("%s", 5); }'; } > $t/format.c
    cc_run $t/format.c -o $t/format.o
    expect_stderr_line 'warning: format'
}

@test "cc: what does not compile is told, with the compiler's status and no object" {
    echo 'int five(void) { return; } }' > $t/broken.c
    cc_run $t/broken.c -o $t/broken.o
    expect_status 1
    expect_stderr_line 'broken\.c:1:.*error'
    [ ! -e $t/broken.o ]
    cc_run $t/five.c $t/broken.c -o $t/joined.o
    expect_status 1
    [ ! -e $t/joined.o ]
    cc_run $t/missing.c -o $t/missing.o
    [ $status -ne 0 ]
    expect_stderr_line 'missing\.c'
    cc_run
    expect_status 4
    [ "${#stderr_lines[@]}" -eq 1 ]
    cc_run $t/five.c $t/main.c -o $t/five.c
    expect_status 4
    WHORL_CC=/nowhere/gcc cc_run $t/five.c -o $t/five.o
    expect_status 4
    expect_stderr_line '/nowhere/gcc'
    [ -z "$(ls "$TMPDIR")" ]
}

@test "cc: dependencies for make" {
    cc_run -MMD -MP $t/main.c -o $t/main.o
    expect_status 0
    grep -q "main.o: .*main.c" $t/main.d
    cc_run -MD $t/main.c $t/five.c -o $t/both.o
    expect_status 0
    tr -d '\\\n' < $t/both.d | grep -q "both.o: *$t/five.c"
    tr -d '\\\n' < $t/both.d | grep -q 'whorl/console.h'
}

@test "cc: from any folder, through a link, and with odd names" {
    mkdir "$t/a folder"
    cp $t/main.c $t/five.c "$t/a folder"
    cd "$t/a folder"
    ln -s "$root/build/whorl" w
    run --separate-stderr ./w cc main.c five.c -o "an object.o"
    expect_status 0
    expect_stderr ''
    mv "an object.o" object.o
    run --separate-stderr ./w run --timeout $PATIENCE -x object.o
    expect_output 5
}

@test "cc: the headers work in every dialect from C11 on" {
    headers > $t/strict.c
    for standard in c11 c17 gnu11 gnu17 gnu2x; do
        cc_run -std=$standard -Wall -Wextra -Werror $t/strict.c -o $t/strict.o
        expect_stderr ''
        expect_status 0
    done
}
