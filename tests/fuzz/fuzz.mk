# Fuzzing of what reads machine code, by libFuzzer: a fixed number of runs in `make test`, `make fuzz` for longer.

FUZZ_DIR := $(B)/tests/fuzz
FUZZ_RUNS ?= 1000000
FUZZER := $(FUZZ_DIR)/code_fuzz
FUZZ_SEEDS := $(FUZZ_DIR)/seeds/stamp
FUZZ_SOURCES := tests/fuzz/code_fuzz.c kernel/status.c $(filter-out arch/ppc/code/write.c,$(wildcard arch/ppc/code/*.c arch/ppc/code/*/*.c arch/ppc/code/*/*/*.c))

$(FUZZER): $(FUZZ_SOURCES) $(wildcard arch/ppc/code/*.h arch/ppc/code/*/*.h) tests/fuzz/fuzz.mk | $(STAMP)
	@mkdir -p $(@D)
	@printf '  %-4s %s\n' CC $@
	$(Q)clang -std=gnu11 -O1 -g -I. -Iextensions/include -fsanitize=fuzzer,address,undefined \
		-fno-sanitize-recover=all -o $@ $(FUZZ_SOURCES)

# Real code to begin with: pieces of the kernel's text and of the data behind it.
$(FUZZ_SEEDS): $(KERNEL) tests/fuzz/seeds.pl
	@mkdir -p $(@D)
	$(Q)$(OBJCOPY) -O binary -j .text $(KERNEL) $(FUZZ_DIR)/text.bin
	$(Q)perl tests/fuzz/seeds.pl $(FUZZ_DIR)/text.bin $(@D)
	$(Q)touch $@

fuzz: $(FUZZER) $(FUZZ_SEEDS)
	sh tests/fuzz/fuzz.t $(FUZZ_RUNS)
.PHONY: fuzz
