# Whorl. `make` builds the kernel image, the host's command and the extensions; `make help` lists the rest.

MACHINE ?= g3beige
V ?= 0
Q := $(if $(filter 0,$(V)),@)
B := build

CROSS ?= powerpc-linux-gnu-
CC_TARGET := $(CROSS)gcc
LD_TARGET := $(CROSS)ld
OBJCOPY := $(CROSS)objcopy
NEWLIB := $(B)/newlib/powerpc-eabi
LIBFDT := $(B)/libfdt/src
ZLIB := $(B)/zlib/src
STAMP := $(B)/setup.stamp

ifneq ($(MAKECMDGOALS),clean)
ifneq ($(MAKECMDGOALS),distclean)
ifneq ($(MAKECMDGOALS),help)
$(shell test $(STAMP) -nt tools/setup || sh tools/setup >&2)
ifeq ($(wildcard $(STAMP)),)
$(error the set-up is not complete; run: sh tools/setup)
endif
endif
endif
endif

MAKEFLAGS += -rR
.DEFAULT_GOAL := all
.PHONY: all run test test-quick test-long check bench bench-docs clean distclean help
.DELETE_ON_ERROR:
.SECONDARY:

KERNEL := $(B)/whorl.elf
TOOL := $(B)/whorl
EXTENSIONS := $(patsubst extensions/%/,%,$(sort $(filter-out extensions/include/,$(wildcard extensions/*/))))
EXTENSION_OBJECTS := $(EXTENSIONS:%=$(B)/extensions/%.o)

all: $(KERNEL) $(TOOL) $(EXTENSION_OBJECTS)

# ---- the kernel ----

GCC_INCLUDE = $(shell $(CC_TARGET) -print-file-name=include)
TARGET_FLAGS := -std=gnu11 -O2 -g -mcpu=750 -msoft-float -mlong-double-64 -U__linux__ -fno-pic -fno-pie \
	-fno-stack-protector -fno-asynchronous-unwind-tables -ffunction-sections -fno-ipa-ra \
	-nostdinc -isystem $(GCC_INCLUDE) -isystem $(NEWLIB)/include -Iextensions/include -I. -I$(LIBFDT) -I$(ZLIB) \
	-Wa,-mregnames -ftrack-macro-expansion=0
WARNINGS := -Wall -Wextra -Werror -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith \
	-Wwrite-strings

KERNEL_SOURCES := $(wildcard arch/ppc/*.[cS] arch/ppc/code/*.c arch/ppc/code/*/*.c arch/ppc/code/*/*/*.c domains/*.c domains/*/*.c kernel/*.c kernel/*/*.[cS])
KERNEL_OBJECTS := $(KERNEL_SOURCES:%=$(B)/target/%.o)
BOOT_OBJECTS := $(patsubst %,$(B)/target/%.o,$(wildcard boot/*.[cS]))
LIBFDT_OBJECTS := $(patsubst %,$(B)/target/libfdt/%.o,fdt.c fdt_ro.c fdt_sw.c fdt_strerror.c)
ZLIB_OBJECTS := $(patsubst %,$(B)/target/zlib/%.o,adler32.c crc32.c inffast.c inflate.c inftrees.c zutil.c)
LIBRARIES = --start-group -L$(NEWLIB)/lib -lc -lfloat $(shell $(CC_TARGET) -print-libgcc-file-name) --end-group
LINK = $(LD_TARGET) -T linker.ld --no-warn-rwx-segments -z noexecstack

$(B)/target/%.c.o: %.c Makefile | $(STAMP)
	@mkdir -p $(@D)
	@printf '  %-4s %s\n' CC $@
	$(Q)$(CC_TARGET) $(TARGET_FLAGS) $(if $(filter boot/%,$<),,-gbtf) $(WARNINGS) -MMD -MP -c $< -o $@

$(B)/target/%.S.o: %.S Makefile | $(STAMP)
	@mkdir -p $(@D)
	@printf '  %-4s %s\n' CC $@
	$(Q)$(CC_TARGET) $(TARGET_FLAGS) -MMD -MP -c $< -o $@

$(B)/target/libfdt/%.c.o: $(LIBFDT)/%.c Makefile | $(STAMP)
	@mkdir -p $(@D)
	@printf '  %-4s %s\n' CC $@
	$(Q)$(CC_TARGET) $(TARGET_FLAGS) -MMD -MP -c $< -o $@

$(B)/target/zlib/%.c.o: $(ZLIB)/%.c Makefile | $(STAMP)
	@mkdir -p $(@D)
	@printf '  %-4s %s\n' CC $@
	$(Q)$(CC_TARGET) $(TARGET_FLAGS) -DNO_GZIP -DDYNAMIC_CRC_TABLE -MMD -MP -c $< -o $@

# boot/ runs where it is loaded, before the kernel's memory map is there, so it gets its own libfdt and
# C library and shares no name with the kernel but kernel_start.
$(B)/target/boot.o: $(BOOT_OBJECTS) $(LIBFDT_OBJECTS)
	@printf '  %-4s %s\n' LD $@
	$(Q)$(LD_TARGET) -r --gc-sections -e _start -u _start -o $@ $^ $(LIBRARIES)
	$(Q)$(OBJCOPY) --keep-global-symbol=_start --prefix-alloc-sections=.boot $@

# The symbol table and the table of calls are made from a first link, which keeps its relocations, and put
# behind everything else, so that they move nothing. Every procedure of the kernel has a section of its own
# lest the assembler resolve calls between two of one file, which then have no relocation.
$(B)/target/first.elf: $(B)/target/boot.o $(KERNEL_OBJECTS) $(LIBFDT_OBJECTS) $(ZLIB_OBJECTS) linker.ld Makefile
	@printf '  %-4s %s\n' LD $@
	$(Q)$(LINK) --emit-relocs -o $@ $(B)/target/boot.o $(KERNEL_OBJECTS) $(LIBFDT_OBJECTS) $(ZLIB_OBJECTS) $(LIBRARIES)

$(B)/target/symbols.S: $(B)/target/first.elf tools/symbols
	@printf '  %-4s %s\n' SYM $@
	$(Q)tools/symbols $< > $@

$(B)/target/calls.S: $(B)/target/first.elf tools/calls
	@printf '  %-4s %s\n' SYM $@
	$(Q)tools/calls $< > $@

TABLES := $(B)/target/symbols.S.o $(B)/target/calls.S.o

$(TABLES): %.o: %
	@printf '  %-4s %s\n' CC $@
	$(Q)$(CC_TARGET) -c $< -o $@

$(KERNEL): $(B)/target/first.elf $(TABLES)
	@printf '  %-4s %s\n' LD $@
	$(Q)$(LINK) -o $@ $(B)/target/boot.o $(KERNEL_OBJECTS) $(LIBFDT_OBJECTS) $(ZLIB_OBJECTS) $(TABLES) $(LIBRARIES)

# ---- extensions ----

$(B)/target/extensions/%.c.o: extensions/%.c $(TOOL)
	@mkdir -p $(@D)
	@printf '  %-4s %s\n' CC $@
	$(Q)$(TOOL) cc -Wextra -Werror -MMD -MP -c $< -o $@

define extension
$(B)/extensions/$(1).o: $(patsubst %,$(B)/target/%.o,$(wildcard extensions/$(1)/*.c))
	@mkdir -p $$(@D)
	@printf '  %-4s %s\n' LD $$@
	$$(Q)$$(LD_TARGET) -r -o $$@ $$^
endef
$(foreach e,$(EXTENSIONS),$(eval $(call extension,$(e))))

# ---- the host's command ----

CC_HOST := cc
HOST_FLAGS := -std=gnu11 -O2 -g -I. -Iextensions/include
TOOL_CODE := $(filter-out %/write.c,$(wildcard arch/ppc/code/*.c arch/ppc/code/*/*.c arch/ppc/code/*/*/*.c)) $(wildcard domains/image/*.c domains/object/*.c) kernel/status.c
TOOL_OBJECTS := $(patsubst %,$(B)/host/%.o,$(wildcard tools/whorl/*.c) kernel/packet.c $(TOOL_CODE))

$(B)/host/%.c.o: %.c Makefile | $(STAMP)
	@mkdir -p $(@D)
	@printf '  %-4s %s\n' CC $@
	$(Q)$(CC_HOST) $(HOST_FLAGS) $(WARNINGS) -MMD -MP -c $< -o $@

$(TOOL): $(TOOL_OBJECTS)
	@printf '  %-4s %s\n' CC $@
	$(Q)$(CC_HOST) -o $@ $^ -lz

# ---- tests ----

# Suites that run inside the kernel: objects like extensions, which may use every header of the kernel.
SUITES := $(patsubst tests/kernel/%.c,$(B)/tests/kernel/%.o,$(wildcard tests/kernel/*_test.c))
SUITE_OBJECTS := $(patsubst tests/kernel/%.c,$(B)/tests/kernel/%.o,$(wildcard tests/kernel/objects/*.c)) \
	$(B)/tests/kernel/objects/prototypes.o
SUITE_FLAGS := -I. -I$(LIBFDT) -Wextra -Werror -g

$(B)/tests/kernel/%.c.o: tests/kernel/%.c $(TOOL)
	@mkdir -p $(@D)
	@printf '  %-4s %s\n' CC $@
	$(Q)$(TOOL) cc $(SUITE_FLAGS) -MMD -MP -c $< -o $@

$(B)/tests/kernel/objects/%.o: tests/kernel/objects/%.c $(TOOL)
	@mkdir -p $(@D)
	@printf '  %-4s %s\n' CC $@
	$(Q)$(TOOL) cc -I. -Wextra -Werror -MMD -MP -c $< -o $@

# Two files, as joined objects have them.
$(B)/tests/kernel/objects/prototypes.o: $(B)/tests/kernel/objects/prototypes_all.o $(B)/tests/kernel/objects/prototypes_more.o
	@printf '  %-4s %s\n' LD $@
	$(Q)$(LD_TARGET) -r -o $@ $^

$(B)/tests/kernel/objects.S.o: tests/kernel/objects.S $(SUITE_OBJECTS) $(B)/extensions/hello.o
	@printf '  %-4s %s\n' AS $@
	$(Q)$(CC_TARGET) -c $< -o $@

$(addprefix $(B)/tests/kernel/,domain_test.o heap_test.o quiescence_test.o strand_event_test.o lock_test.o alarm_test.o splice_test.o site_test.o prototype_test.o async_test.o ephemeral_test.o event_test.o patch_bind_test.o patch_event_test.o patch_words_test.o contain_test.o): $(B)/tests/kernel/objects.S.o
$(B)/tests/kernel/%.S.o: tests/kernel/%.S
	@mkdir -p $(@D)
	@printf '  %-4s %s\n' AS $@
	$(Q)$(CC_TARGET) -I. -c -Wa,-mregnames -MMD -MP $< -o $@

$(B)/tests/kernel/trap_test.o $(B)/tests/kernel/patch_storm_test.o $(B)/tests/kernel/patch_exception_test.o: $(B)/tests/kernel/registers.S.o
$(B)/tests/kernel/patch_exception_test.o: $(B)/tests/kernel/patch_exception.S.o
$(B)/tests/kernel/splice_test.o $(B)/tests/kernel/patch_event_test.o: $(B)/tests/kernel/splice.S.o
$(B)/tests/kernel/site_test.o: $(B)/tests/kernel/site.S.o
$(B)/tests/kernel/springboard_test.o: $(B)/tests/kernel/springboard.S.o
$(B)/tests/kernel/effects_test.o: $(B)/tests/kernel/effects/state.S.o $(B)/tests/kernel/effects/subject.c.o

$(B)/tests/kernel/places.c: tests/kernel/places/make
	@mkdir -p $(@D)
	$(Q)perl $< > $@

$(B)/tests/kernel/places.c.o: $(B)/tests/kernel/places.c $(TOOL)
	@printf '  %-4s %s\n' CC $@
	$(Q)$(TOOL) cc $(filter-out -g,$(SUITE_FLAGS)) -MMD -MP -c $< -o $@

$(B)/tests/kernel/places_test.o: $(B)/tests/kernel/places.c.o

DISPATCH_MODEL := $(patsubst %,$(B)/%.o,$(wildcard tests/kernel/dispatch/*.[cS]))
$(B)/tests/kernel/loop_test.o $(B)/tests/kernel/routine_test.o $(B)/tests/kernel/routine_long_test.o: $(DISPATCH_MODEL)

# Drills call the C library and libgcc, so nothing may be worked out in their place.
POISON_OBJECTS := $(patsubst %.c,$(B)/%.c.o,$(wildcard tests/kernel/poison/*.c))
$(POISON_OBJECTS): SUITE_FLAGS += -fno-builtin -I$(ZLIB)
$(B)/tests/kernel/poison_test.o $(B)/tests/kernel/poison_long_test.o: $(POISON_OBJECTS) $(B)/tests/kernel/objects.S.o

# What patches are put on is exercised by the same drills and some more.
PATCH_EXERCISES := $(patsubst %.c,$(B)/%.c.o,$(wildcard tests/kernel/poison/drills_*.c tests/kernel/patch/e*.c tests/kernel/patch/drills_*.c))
$(B)/tests/kernel/patch/drills_libraries.c.o: SUITE_FLAGS += -fno-builtin -I$(ZLIB)
$(B)/tests/kernel/patch_every_test.o $(B)/tests/kernel/patch_every_long_test.o: $(PATCH_EXERCISES) $(B)/tests/kernel/objects.S.o
$(B)/tests/kernel/patch_bind_test.o: $(B)/tests/kernel/patch/cover.c.o
$(B)/tests/kernel/patch_life_test.o $(B)/tests/kernel/patch_life_long_test.o: $(B)/tests/kernel/patch/life.c.o $(B)/tests/kernel/objects.S.o

UNWIND_OBJECTS := $(patsubst tests/%,$(B)/tests/%.o,$(wildcard tests/kernel/unwind/*.[cS] tests/kernel/poison/drills_*.c))
$(B)/tests/kernel/unwind/small.c.o: SUITE_FLAGS += -Os
$(B)/tests/kernel/unwind_test.o $(B)/tests/kernel/unwind_long_test.o: $(UNWIND_OBJECTS) $(B)/tests/kernel/objects.S.o

EVERYTHING := $(B)/tests/kernel/everything_exact.o $(B)/tests/kernel/everything_poison.o
$(EVERYTHING): $(B)/tests/kernel/everything_%.o: $(B)/tests/kernel/everything/%.c.o $(B)/tests/kernel/everything/everything.c.o
	@printf '  %-4s %s\n' LD $@
	$(Q)$(LD_TARGET) -r -o $@ $^

# Guards as two compilers make them, written by hand and at random; each object is a table of its own.
GUARD_TABLES := $(foreach o,O0 O1 O2 O3 Os,guards_gcc_$o random_gcc_$o) guards_clang_O0 guards_clang_O2 random_clang_O1 random_clang_O2
GUARD_DIR := $(B)/tests/kernel/predicate
GUARD_FLAGS = -std=gnu11 -ffreestanding -mcpu=750 -msoft-float -fno-pic -fno-stack-protector -nostdinc -isystem $(GCC_INCLUDE) -I. -w
GUARD_COMPILER_gcc = $(CC_TARGET)
GUARD_COMPILER_clang = clang --target=powerpc-linux-gnu
GUARD_OBJECTS := $(GUARD_TABLES:%=$(GUARD_DIR)/%.o) $(GUARD_DIR)/guards_data.o

$(GUARD_DIR)/random.inc: tests/kernel/predicate/make-guards
	@mkdir -p $(@D)
	$(Q)perl $< 7 150 > $@

$(GUARD_OBJECTS): tests/host/objects/guards.c tests/host/objects/guards.h tests/host/objects/guards.inc tests/host/objects/guards_data.c $(GUARD_DIR)/random.inc
$(GUARD_DIR)/guards_data.o: tests/host/objects/guards_data.c
	$(Q)$(CC_TARGET) $(GUARD_FLAGS) -O2 -c $< -o $@

word_of = $(word $(1),$(subst _, ,$(2)))
$(GUARD_TABLES:%=$(GUARD_DIR)/%.o): $(GUARD_DIR)/%.o:
	$(Q)$(GUARD_COMPILER_$(call word_of,2,$*)) $(GUARD_FLAGS) -$(call word_of,3,$*) -DTABLE=$* -DGUARDS='"$(if $(filter random%,$*),$(GUARD_DIR)/random.inc,tests/host/objects/guards.inc)"' -DRESULT=$(if $(filter %O1 %O3,$*),int,bool) -c $< -o $@

$(B)/tests/kernel/predicate_test.o: $(GUARD_OBJECTS) $(B)/tests/kernel/predicate/run.S.o $(B)/tests/kernel/predicate/evaluate.c.o

# Extensions that misbehave, each a file of its own, in a table of objects as data.
HOSTILES := $(patsubst tests/hostile/%.c,$(B)/tests/hostile/%.o,$(wildcard tests/hostile/*.c))

$(HOSTILES): $(B)/tests/hostile/%.o: tests/hostile/%.c $(TOOL)
	@mkdir -p $(@D)
	@printf '  %-4s %s\n' CC $@
	$(Q)$(TOOL) cc -I. -Wextra -Werror -MMD -MP -c $< -o $@

$(B)/tests/hostile/table.S: $(HOSTILES) tests/hostile/make-table
	$(Q)tests/hostile/make-table $(B)/tests/hostile $(wildcard tests/hostile/*.c) > $@

$(B)/tests/hostile/table.S.o: $(B)/tests/hostile/table.S
	@printf '  %-4s %s\n' AS $@
	$(Q)$(CC_TARGET) -c $< -o $@

HOSTILE_RUNNER := $(patsubst %,$(B)/%.o,$(wildcard tests/kernel/hostile/*.c)) $(B)/tests/hostile/table.S.o
$(B)/tests/kernel/hostile_test.o $(B)/tests/kernel/hostile_long_test.o $(B)/tests/kernel/hostile_rounds.o: $(HOSTILE_RUNNER)
$(B)/tests/kernel/hostile_rounds.o: $(B)/tests/kernel/hostile_rounds.c.o
	@printf '  %-4s %s\n' LD $@
	$(Q)$(LD_TARGET) -r -o $@ $^


$(B)/tests/kernel/stress_test.o: $(patsubst %.c,$(B)/%.c.o,$(wildcard tests/kernel/stress/*.c))

MODEL_OBJECTS := $(patsubst tests/%.c,$(B)/tests/kernel/parts/%.c.o,$(wildcard tests/model/*.c) tests/host/object.c)

$(B)/tests/kernel/parts/%.c.o: tests/%.c $(TOOL)
	@mkdir -p $(@D)
	@printf '  %-4s %s\n' CC $@
	$(Q)$(TOOL) cc $(SUITE_FLAGS) -MMD -MP -c $< -o $@

$(B)/tests/kernel/model_test.o: $(MODEL_OBJECTS)
$(B)/tests/kernel/%_test.o: $(B)/tests/kernel/%_test.c.o
	@printf '  %-4s %s\n' LD $@
	$(Q)$(LD_TARGET) -r -o $@ $^

-include tests/host/tests.mk tests/system/tests.mk tests/fuzz/fuzz.mk

TEST_PRODUCTS = all $(SUITES) $(B)/tests/kernel/hostile_rounds.o $(EVERYTHING) $(HOST_TESTS) $(DECODE_WORDS) $(LD_DIR)/stamp $(FUZZER) $(FUZZ_SEEDS)

test: $(TEST_PRODUCTS)
	prove --timer -j2 --exec tests/exec $(HOST_TESTS) $(HOST_LD) $(HOST_DECODE) $(HOST_SABOTAGE) tests/fuzz/fuzz.t tests/kernel/g3beige.t tests/kernel/mac99.t tests/kernel/everything.t tests/kernel/sizes.t tests/kernel/stress.t $(SYSTEM_TESTS)

test-quick: $(TEST_PRODUCTS)
	QUICK=1 prove --timer -j2 --exec tests/exec tests/kernel/g3beige.t $(SYSTEM_TESTS_QUICK) $(HOST_DECODE) $(HOST_TESTS)

# What takes too long for every day: a quarter of an hour.
test-long: $(TEST_PRODUCTS)
	LONG=1 prove --timer -j2 --exec tests/exec tests/kernel/long.t tests/kernel/everything.t tests/kernel/sabotage.t $(HOST_SABOTAGE) tests/host/sabotage_patches.t $(SYSTEM_TESTS)

# ---- benchmarks ----

BENCH_SHAPES := tiny hook big huge bare mib

$(B)/bench/%.c: tests/bench/make-objects
	$(Q)tests/bench/make-objects $(B)/bench

$(BENCH_SHAPES:%=$(B)/bench/%.o): $(B)/bench/%.o: $(B)/bench/%.c $(TOOL)
	@printf '  %-4s %s\n' CC $@
	$(Q)$(TOOL) cc -c $< -o $@

$(B)/bench/parts/%.c.o: tests/bench/%.c $(TOOL)
	@mkdir -p $(@D)
	@printf '  %-4s %s\n' CC $@
	$(Q)$(TOOL) cc $(SUITE_FLAGS) -MMD -MP -c $< -o $@

$(B)/bench/parts/objects.S.o: tests/bench/objects.S $(B)/bench/tiny.o $(B)/bench/hook.o $(B)/bench/big.o $(B)/bench/huge.o $(B)/bench/bare.o
	@mkdir -p $(@D)
	$(Q)$(CC_TARGET) -c $< -o $@

$(B)/bench/load.o: $(B)/bench/parts/objects.S.o
$(B)/bench/event_sets.o: $(B)/bench/parts/events/sets.c.o
$(B)/bench/events.o: $(patsubst %,$(B)/bench/parts/events/%.c.o,events raising installing)
$(B)/bench/event_sets.o $(B)/bench/events.o:
	@printf '  %-4s %s\n' LD $@
	$(Q)$(LD_TARGET) -r -o $@ $^

$(B)/bench/parts/faulty.S.o: tests/bench/faulty.S $(B)/bench/parts/faulty.c.o $(B)/bench/parts/faulty_called.c.o
	$(Q)$(CC_TARGET) -c $< -o $@

$(B)/bench/containment.o: $(B)/bench/parts/faulty.S.o
$(patsubst %,$(B)/bench/%.o,load calls callee memory analysis strands containment): $(B)/bench/%.o: $(B)/bench/parts/%.c.o
	$(Q)$(LD_TARGET) -r -o $@ $^

$(B)/bench/predicate.o: $(B)/bench/parts/predicate.c.o $(addprefix $(GUARD_DIR)/,guards_gcc_O0.o guards_gcc_O2.o guards_data.o)
	$(Q)$(LD_TARGET) -r -o $@ $^

$(B)/bench/patches.o: $(B)/bench/parts/patches.c.o $(patsubst %.c,$(B)/%.c.o,$(wildcard tests/kernel/poison/drills_*.c tests/kernel/patch/exercise.c tests/kernel/patch/drills_*.c)) $(B)/tests/kernel/objects.S.o
	$(Q)$(LD_TARGET) -r -o $@ $^

bench: all $(patsubst %,$(B)/bench/%.o,load memory analysis predicate calls callee mib event_sets events patches strands containment)
	@tests/bench/run

# The table of events that is kept with the documentation.
bench-docs: bench
	tests/bench/events/table > docs/events-costs.md

# ---- using it ----

run: all
	$(TOOL) boot -M $(MACHINE) -x $(B)/extensions/hello.o

check: | $(STAMP)
	tools/check/run

clean:
	rm -rf $(B)/target $(B)/host $(B)/tests $(B)/extensions $(KERNEL) $(TOOL) $(B)/link

distclean:
	rm -rf $(B)

help:
	@echo 'make            build the kernel image, build/whorl and the extensions'
	@echo 'make run        boot it, load hello, leave you at the prompt (MACHINE=mac99 for the other board)'
	@echo 'make test       run all tests; make test-quick the ones under 90 seconds, make test-long what takes too long'
	@echo 'make fuzz       random programs for the analyses of machine code (FUZZ_RUNS=1000000)'
	@echo 'make check      format, layers, headers, literals, words, events'
	@echo 'make bench      measure, in guest instructions; make bench-docs also keeps the table of events'
	@echo 'make clean      remove what was built; make distclean also the libraries that set-up built'

-include $(shell find $(B)/target $(B)/host $(B)/tests $(B)/bench -name '*.d' 2>/dev/null)
