# Memory that is used up comes back, and a refusal for lack of it leaves everything as it was.

load lib
both_machines

setup()
{
    export TMPDIR=$BATS_TEST_TMPDIR
    t=$BATS_TEST_TMPDIR
}

@test "memory: loaded until nothing more fits, unloaded, and loaded again" {
    # Much of pages, of heap (symbols) and of text at once; no two are asked the same.
    for kind in bss blocks text; do
        option=
        case $kind in
        bss) extension $kind <<<'char room[1500000]; status_t domain_init(void) { if (room[0] + room[1499999] != 0) return ERR_DAMAGED; memset(room, 255, sizeof room); return OK; }' ;;
        blocks) extension $kind <<<'static void *block; status_t domain_init(void) { block = malloc(1500000); if (block == NULL) return ERR_NO_MEMORY; memset(block, 255, 1500000); return OK; } void domain_fini(void) { free(block); }' ;;
        text)
            powerpc-linux-gnu-as -o $t/text.o <<<'.section .wide, "ax", @nobits; .space 1 << 20'
            option=--untyped
            ;;
        esac
        arguments=(-c mem)
        for n in {1..40}; do
            cp $t/$kind.o $t/$kind$n.o
            arguments+=($option -x $t/$kind$n.o)
        done
        arguments+=(-c mem -c domains)
        for n in {40..1}; do
            arguments+=(-c "unload $kind$n")
        done
        for machine in "${MACHINES[@]}"; do
            whorl -M $machine -m 32 "${arguments[@]}" -c mem $option -x $t/${kind}7.o -c "unload ${kind}7" -c mem
            expect_status 1
            loaded=$(grep -c "^$kind[0-9]* *initialized" <<<"$output")
            [ $loaded -ge 3 ] && [ $loaded -lt 40 ] || fail "$loaded of 40 could be loaded"
            # What did not fit was refused for lack of memory, and then was not there to be unloaded.
            expect_stderr_count $((40 - loaded)) "memory|room|ERR_NO_MEMORY"
            expect_stderr_count $((40 - loaded)) "^no domain is called $kind"
            [ "$(grep '^pages ' <<<"$output" | sed -n '1p;3p;4p' | uniq | wc -l)" -eq 1 ] || fail "pages are lost"
            [ "$(grep '^heap ' <<<"$output" | sed -n '1p;3p;4p' | uniq | wc -l)" -eq 1 ] || fail "heap is lost"
        done
    done
}

@test "memory: every allocation of a load may be the one that fails" {
    # The ballast takes about half of memory, since nobody may have all, and the hog the rest but LEFT pages, and what is free of the heap's.
    extension ballast <<<'char room[10 << 20]; status_t domain_init(void) { return OK; }'
    cat > $t/hog <<C
static void *pages[20000], **blocks;
static size_t n_pages;

status_t domain_init(void)
{
    while (page_allocate(1, &pages[n_pages]) == OK)
        n_pages++;
    for (void **block; (block = malloc(200)) != NULL; blocks = block)
        *block = blocks;
    for (size_t n = 0; n < LEFT; n++)
        if (page_free(pages[--n_pages], 1) != OK)
            return ERR_STATE;
    return n_pages > 1000 ? OK : ERR_FAILED;
}

void domain_fini(void)
{
    for (void **block; (block = blocks) != NULL; free(block))
        blocks = *block;
    while (n_pages > 0)
        if (page_free(pages[--n_pages], 1) != OK)
            console_print("lost\n");
}
C
    extension small <<<'int data = 5; static char zeros[5000]; int export(int n) { return n + zeros[n]; } status_t domain_init(void) { console_print("small\n"); return OK; }'
    arguments=(-x $t/ballast.o -c mem)
    for left in {0..20} 24 28 32 40 64; do
        extension hog$left -DLEFT=$left < $t/hog
        arguments+=(-x $t/hog$left.o -x $t/small.o -c 'unload small' -c "unload hog$left" -c mem)
        n=$((n + 1))
    done
    for machine in "${MACHINES[@]}"; do
        whorl -M $machine -m 32 "${arguments[@]}" -c domains -x build/extensions/hello.o
        expect_status 1
        expect_no_line '^(lost|small +|hog[0-9]+ +init)'
        expect_no_stderr_line '^(fault|panic)|hog'
        loaded=$(grep -c "^small$" <<<"$output") || true
        [ "$loaded" -ge 2 ] && [ $loaded -le $((n - 4)) ] || fail "$loaded of $n could be loaded"
        # One sentence for each that was refused, and one because it was then not there.
        expect_stderr_count $((n - loaded)) '^no domain is called small$'
        [ ${#stderr_lines[@]} -eq $((2 * (n - loaded))) ] || fail "not one sentence for each refusal"
        expect_line '^hello: linked'
        expect_same_memory $((n + 1))
    done
}

@test "memory: a file of more than a quarter of memory is refused" {
    perl -e 'print "\177ELF", "\0" x (8 * 1024 * 1024)' > $t/large.o
    perl -e 'print "\177ELF", "\0" x (8 * 1024 * 1024 - 4)' > $t/quarter.o
    whorl -m 32 -c mem -x $t/large.o -c mem -x build/extensions/hello.o -c 'unload hello' -c mem -x $t/quarter.o -c mem
    expect_status 1
    expect_same_memory 4
    expect_line '^hello: linked'
    # The one is not taken, the other is no object.
    [ "${#stderr_lines[@]}" -eq 2 ] || fail "not one sentence each"
    [[ ${stderr_lines[0]} == *large.o*' '* ]]
    [[ ${stderr_lines[1]} != *quarter.o*'no room'* ]]
}

@test "memory: a file of just under a quarter is loaded" {
    # 7 MB of data that say what they are.
    perl -e 'print ".data\n.globl table\ntable:\n"; print ".fill 7 * 1024 * 1024 / 4, 4, 0x01020304\n.size table, . - table\n"' |
        powerpc-linux-gnu-as -o $t/table.o
    extension sums <<<'extern unsigned table[7 * 1024 * 1024 / 4]; status_t domain_init(void) { for (unsigned i = 0; i < 7 * 1024 * 1024 / 4; i++) if (table[i] != 0x01020304) return ERR_DAMAGED; console_print("all right\n"); return OK; }'
    whorl -m 32 -c mem --untyped -x $t/table.o,$t/sums.o -c 'unload table,sums' -c mem
    expect_stderr ''
    expect_status 0
    expect_line '^all right$'
    expect_same_memory 2
}
