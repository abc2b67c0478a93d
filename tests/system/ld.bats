# GNU ld judges what a running kernel has in its memory, byte by byte. How the linker does with all kinds of
# objects is tests/host/ld.t's; here it is the kernel's own compiler, allocator and text writer that are judged.

load lib

setup()
{
    t=$BATS_TEST_TMPDIR
}

# An object that tells of every domain where its segments are, what is in them, and its symbols.
witness()
{
    build/whorl cc -I. -Wextra -Werror -x c - -o $t/witness.o <<'C'
#include <whorl/console.h>
#include <whorl/domain.h>
#include "domains/domain.h"

DOMAIN("witness");
IMPORT_DOMAIN("Debug");

static void tell_segment(const struct segment *segment)
{
    const uint8_t *bytes = (const uint8_t *)segment->address;

    console_print("segment %08x %x\n", (unsigned)segment->address, (unsigned)segment->size);
    for (size_t i = 0; i < segment->size; i++)
        console_print("%s%02x%s", i % 32 == 0 ? "bytes " : "", bytes[i],
                      i % 32 == 31 || i + 1 == segment->size ? "\n" : "");
}

static void tell(const struct domain *domain)
{
    const struct symbol_table *table = &domain->image.symbols;

    console_print("object %s\n", domain->name);
    tell_segment(&domain->image.memory.text);
    tell_segment(&domain->image.memory.rodata);
    tell_segment(&domain->image.memory.data);
    for (size_t i = 0; i < table->n_symbols; i++)
        console_print("symbol %08x %s\n", (unsigned)table->symbols[i].value, table->symbols[i].name);
}

status_t domain_init(void)
{
    for (const struct domain *d = domain_next(NULL); d != NULL; d = domain_next(d))
        if (d->state == DOMAIN_INITIALIZED)
            tell(d);
    return OK;
}
C
}

# judge OBJECT...: of tests/host/ld.mk, on both machines
judge()
{
    local machine

    witness
    for machine in "${MACHINES[@]}"; do
        mkdir -p $t/$machine
        run --separate-stderr limited perl -Itests/host/perl tests/system/ld.pl $machine $t/witness.o $t/$machine "$@"
        expect_status 0
        expect_stderr ''
        expect_output ''
    done
}

@test "ld: what gcc makes is in the kernel's memory as ld has it" {
    judge gcc/data+O2+fno-pic gcc/jumps+O2+fno-pic gcc/arithmetic+Os+fno-pic gcc/program+O2+fno-pic \
        gcc/jumps+O2+fPIC gcc/program+O2+fpic gcc/data+O2+fPIC gcc/small+O2+fpic \
        gcc/program+Os+ffunction-sections+fdata-sections+fPIC gcc/data+O2+fno-pic+fcommon
}

@test "ld: what clang and the assembler make is in the kernel's memory as ld has it" {
    local objects=(assembly/table+PLAIN assembly/values+PLAIN assembly/branches+REL24+OWN
        assembly/branches+REL24+FAR assembly/branches+LOCAL24PC+ABSOLUTE)

    if command -v clang > /dev/null; then
        objects+=(clang/program+O2+fno-pic clang/jumps+O2+fPIC clang/data+O2+fpic+msecure-plt)
    fi
    judge "${objects[@]}"
}
