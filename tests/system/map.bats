# What memory is: map, mem -v, and what happens when a stack of the kernel's own overflows.

load lib

setup()
{
    t=$BATS_TEST_TMPDIR
}

@test "map: every region is told, with rights, owner and symbol" {
    for machine in "${MACHINES[@]}"; do
        whorl -M $machine -x build/extensions/hello.o -c 'map 0' -c 'map 1100' -c 'map 4000000' -c 'map 10000000' \
            -c 'map 2000000' -c 'map 20000000' -c 'map 80013000' -c 'map 0x4000004' \
            -c 'map c0000000' -c 'map cfffffff' -c 'map d0000000'
        expect_status 0
        expect_stderr ''
        expect_count 1 '^region   page 0: exception vectors, never mapped$'
        expect_count 1 '^region   exception vectors and springboards$'
        expect_count 2 '^region   domain text and generated code$'
        expect_count 2 '^owner    hello$'
        expect_count 1 '^symbol   hello!domain_init\+0x4$'
        expect_count 1 '^region   data view: window for writing code$'
        expect_count 2 '^region   devices$'
        expect_count 2 '^region   capabilities, never mapped$'
        expect_count 1 '^rights   read and write, uncached, guarded$'
        expect_count 3 '^rights   read and execute$'
        expect_count 7 '^rights   none: it is not mapped$'
    done
}

@test "map: what is no address is refused" {
    for bad in '' 'x' '1 2' '-1' '100000000' '12g'; do
        whorl -c "map $bad"
        expect_status 1
        [ "${#stderr_lines[@]}" -eq 1 ] || fail "not one sentence for '$bad'"
    done
}

@test "mem -v: the page table holds all of memory, evenly" {
    for machine in "${MACHINES[@]}"; do
        for megabytes in 32 128 256; do
            whorl -M $machine -m $megabytes -c 'mem -v'
            expect_status 0
            expect_line '^page table: [0-9]+ groups of 8 entries, [0-9]+ of [0-9]+ entries in use, 0 by the second hash; fullest group [1-5]$'
        done
    done
}

@test "panic: a fault inside an interrupt handler names it" {
    build/whorl cc -I. -x c - -o $t/tick.o <<'C'
#include <whorl/domain.h>
#include "arch/ppc/processor.h"
#include "kernel/fault.h"
IMPORT_DOMAIN("Debug");
static int *volatile nowhere;
static bool tick(struct trap_frame *frame) { *(volatile int *)nowhere = (int)frame->vector; return true; }
status_t domain_init(void)
{
    (void)trap_handle(VECTOR_DECREMENTER, tick);
    decrementer_write(1);
    for (;;)
        ;
}
C
    for machine in "${MACHINES[@]}"; do
        whorl -M $machine --privileged -x $t/tick.o
        expect_status 2
        expect_stderr_line '^panic: data storage exception .* tick!tick\+0x[0-9a-f]+: store to 0x00000000, which is not mapped'
    done
}

@test "panic: an overflow of the exception stack is told as such" {
    build/whorl cc -I. -w -x c - -o $t/calls.o <<'C'
#include <whorl/domain.h>
#include "arch/ppc/registers.h"
#include "kernel/fault.h"
IMPORT_DOMAIN("Debug");
static int again(int n) { volatile char block[600]; block[0] = (char)n; return again(n + 1) + block[0]; }
static bool handle(struct trap_frame *frame) { return again((int)frame->vector) != 0; }
status_t domain_init(void) { (void)trap_handle(VECTOR_SYSTEM_CALL, handle); __asm__ volatile("sc"); return OK; }
C
    build/whorl cc -I. -w -x c - -o $t/traps.o <<'C'
#include <whorl/domain.h>
#include "arch/ppc/registers.h"
#include "kernel/fault.h"
IMPORT_DOMAIN("Debug");
static bool handle(struct trap_frame *frame) { volatile char block[600]; block[0] = 1; __asm__ volatile("sc"); return block[0] != 0 && frame != NULL; }
status_t domain_init(void) { (void)trap_handle(VECTOR_SYSTEM_CALL, handle); __asm__ volatile("sc"); return OK; }
C
    for machine in "${MACHINES[@]}"; do
        whorl -M $machine --privileged -x $t/calls.o
        expect_status 2
        expect_stderr_line '^panic: .*: the exception stack overflowed$'
        whorl -M $machine --privileged -x $t/traps.o
        expect_status 2
        expect_stderr_line '^panic: .*, with the exception stack used up$'
    done
}
