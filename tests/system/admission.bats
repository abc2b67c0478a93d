# What text must not have in it without privilege, and that it may with.

load lib

setup()
{
    export TMPDIR=$BATS_TEST_TMPDIR
    t=$BATS_TEST_TMPDIR
}

# assembled NAME: an object whose domain_init does nothing, with what standard input has behind it.
assembled()
{
    { printf '.globl domain_init\n.type domain_init, @function\ndomain_init:\nli 3, 0\nblr\n.type it, @function\nit:\n'; cat; } |
        powerpc-linux-gnu-as -mregnames -o $t/$1.o
}

# refused SENTENCE: standard input is refused without privilege for that reason, leaves nothing, and is loaded with it.
refused()
{
    assembled bad
    whorl -c mem -x build/extensions/hello.o -c 'unload hello' -c mem --untyped -x $t/bad.o
    expect_status 1
    expect_stderr "bad: bad!$1"
    expect_same_memory
    whorl --privileged --untyped -x $t/bad.o -c 'unload bad'
    expect_status 0
}

@test "admission: privileged instructions are refused with their address" {
    refused 'it+0x4: mfmsr r9 is privileged' <<<$'nop\nmfmsr %r9\nblr'
    refused 'it+0x0: mtmsr r0 is privileged' <<<$'mtmsr %r0'
    refused 'it+0x8: rfi is privileged' <<<$'nop\nnop\nrfi'
    refused 'it+0x0: mtsprg 1,r3 is privileged' <<<$'mtsprg 1, %r3'
    refused 'it+0x4: tlbie r3 is privileged' <<<$'mtctr %r3\ntlbie %r3'
}

@test "admission: branches that leave the text are refused, whether anybody comes to them or not" {
    refused 'it+0x4: bla 0x1000000 leaves the domain'\''s text' <<<$'blr\nbla 0x1000000'
    refused 'it+0x0: b 0x5000008 leaves the domain'\''s text' <<<$'b domain_init + 0x1000008'
    refused 'it+0x0: bl 0x5080008 leaves the domain'\''s text' <<<$'.set kernel, 0x01080000\nbl kernel'
    refused 'it+0x0: bl 0x4000008 leads beside an import' <<<$'bl printf + 8'
}

@test "admission: what imports can be bound to makes nothing else of the text" {
    refused 'it+0x0: mr r0,r0 has the address of an import in its opcode' <<<$'or %r0, %r0, %r0\n.reloc it + 2, R_PPC_ADDR16_LO, printf'
    assembled fine <<<$'bl printf\nlis %r3, printf@ha\naddi %r3, %r3, printf@l\nbeq it\n.long printf\nmflr %r0\nmtctr %r0\nmfspr %r4, 256\nbctr'
    whorl --untyped -x $t/fine.o -c 'unload fine'
    expect_status 0
    expect_stderr ''
}
