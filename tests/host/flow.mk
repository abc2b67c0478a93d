# Images that the analyses' tests read: switches.c as the compilers make it, with the number of entries that each
# jump table has in their assembly; whole libraries.

SWITCHES_DIR := $(HOST_TEST_DIR)/switches
LIBRARIES_DIR := $(HOST_TEST_DIR)/libraries
SWITCHES_FLAGS := -std=gnu11 -ffreestanding -msoft-float -fno-stack-protector -fno-asynchronous-unwind-tables -w
LINK_IMAGE := $(LD_TARGET) -Ttext=0x01000000 --no-warn-rwx-segments --no-warn-execstack

levels := O0 O1 O2 O3 Os
switches_gcc := $(foreach o,$(levels),$o $o+fno-pic $o+fpic $o+fPIC $o+fPIE $o+fno-pic+mlongcall $o+fPIC+mlongcall) \
	O2+fno-pic+fno-jump-tables O2+fno-pic+mcpu=7400
switches_clang := $(foreach o,$(levels),$o+fno-pic $o+fpic $o+fpic+msecure-plt $o+fPIC $o+fPIE $o+fno-pic+mlongcall \
	$o+fPIC+mlongcall)
SWITCHES := $(switches_gcc:%=$(SWITCHES_DIR)/gcc+%.elf) $(switches_clang:%=$(SWITCHES_DIR)/clang+%.elf)

define switches_assembly
$(SWITCHES_DIR)/$(1)+%.s: tests/host/objects/switches.c tests/host/flow.mk | $(STAMP)
	@mkdir -p $$(@D)
	$$(Q)$(2) $(SWITCHES_FLAGS) $(3) $$(addprefix -,$$(subst +, ,$$*)) -S $$< -o $$@

$(SWITCHES_DIR)/$(1)+%.o: $(SWITCHES_DIR)/$(1)+%.s
	$$(Q)$(2) -c $$< -o $$@
endef
$(eval $(call switches_assembly,gcc,$(CC_TARGET)))
$(eval $(call switches_assembly,clang,$(COMPILE_clang),-fno-addrsig))

$(SWITCHES_DIR)/%.tables: $(SWITCHES_DIR)/%.s tests/host/tables.pl
	$(Q)perl tests/host/tables.pl $< > $@

$(SWITCHES_DIR)/outside.o: tests/host/objects/switches_outside.c | $(STAMP)
	@mkdir -p $(@D)
	$(Q)$(CC_TARGET) $(SWITCHES_FLAGS) -O2 -fno-pic -c $< -o $@

$(SWITCHES_DIR)/%.elf: $(SWITCHES_DIR)/%.o $(SWITCHES_DIR)/%.tables $(SWITCHES_DIR)/outside.o
	$(Q)$(LINK_IMAGE) -e dense -o $@ $(filter %.o,$^) $(LIBGCC)

# Whole libraries; what is undefined in them is at address 0.
LIBRARIES_IMAGES := $(addprefix $(LIBRARIES_DIR)/,libc.elf libm.elf libfloat.elf libgcc.elf)
hidden := __morestack_fail __morestack_release_segments __stack_split_initialize

$(LIBRARIES_DIR)/libgcc.elf: $(LIBGCC)
$(foreach l,libc libm libfloat,$(eval $(LIBRARIES_DIR)/$l.elf: $(NEWLIB)/lib/$l.a))
$(LIBRARIES_IMAGES): $(SWITCHES_DIR)/outside.o tests/host/flow.mk
	@mkdir -p $(@D)
	$(Q)$(LINK_IMAGE) --unresolved-symbols=ignore-all -e 0 $(hidden:%=--defsym=%=0) -o $@ \
		--whole-archive $(filter %.a,$^) --no-whole-archive $(if $(filter %libc.a,$^),,$<)

$(HOST_TEST_DIR)/switches_test: | $(SWITCHES)
$(addprefix $(HOST_TEST_DIR)/,libraries_test live_compare_test): | $(LIBRARIES_IMAGES) $(KERNEL)

# functional.c as the compilers make it, which functional_test judges.
FUNCTIONAL_DIR := $(HOST_TEST_DIR)/functional
functional_models := $(foreach o,$(levels),$(foreach p,fno-pic fPIC fno-pic+mlongcall fno-pic+mcpu=750,gcc+$o+$p) \
	$(foreach p,fno-pic fPIC,clang+$o+$p))

$(FUNCTIONAL_DIR)/gcc+%.o: tests/host/objects/functional.c tests/host/flow.mk | $(STAMP)
	@mkdir -p $(@D)
	$(Q)$(CC_TARGET) $(SWITCHES_FLAGS) $(addprefix -,$(subst +, ,$*)) -c $< -o $@

$(FUNCTIONAL_DIR)/clang+%.o: tests/host/objects/functional.c tests/host/flow.mk | $(STAMP)
	@mkdir -p $(@D)
	$(Q)$(COMPILE_clang) $(SWITCHES_FLAGS) -fno-addrsig $(addprefix -,$(subst +, ,$*)) -c $< -o $@

$(FUNCTIONAL_DIR)/outside.o: tests/host/objects/functional_outside.c | $(STAMP)
	@mkdir -p $(@D)
	$(Q)$(CC_TARGET) $(SWITCHES_FLAGS) -O2 -fno-pic -c $< -o $@

$(FUNCTIONAL_DIR)/%.elf: $(FUNCTIONAL_DIR)/%.o $(FUNCTIONAL_DIR)/outside.o
	$(Q)$(LINK_IMAGE) -e yes_always -o $@ $^ $(LIBGCC)

$(HOST_TEST_DIR)/functional_test: | $(functional_models:%=$(FUNCTIONAL_DIR)/%.elf)

# unwinds.c as the compilers make it, which unwind_test runs.
UNWINDS_DIR := $(HOST_TEST_DIR)/unwinds
unwinds_gcc := $(foreach o,$(levels),$o+fno-pic $o+fPIC $o+fno-pic+fno-omit-frame-pointer $o+fno-pic+mmultiple) \
	O1+fno-pic+fno-shrink-wrap O2+fno-pic+mno-multiple+mcpu=7400 Os+fno-pic+mno-multiple Os+fPIC+mno-multiple+mlongcall
unwinds_clang := $(foreach o,$(levels),$o+fno-pic $o+fPIC $o+fno-pic+fno-omit-frame-pointer)

$(UNWINDS_DIR)/gcc+%.o: tests/host/objects/unwinds.c tests/host/flow.mk | $(STAMP)
	@mkdir -p $(@D)
	$(Q)$(CC_TARGET) $(filter-out -msoft-float,$(SWITCHES_FLAGS)) $(addprefix -,$(subst +, ,$*)) -c $< -o $@

$(UNWINDS_DIR)/clang+%.o: tests/host/objects/unwinds.c tests/host/flow.mk | $(STAMP)
	@mkdir -p $(@D)
	$(Q)$(COMPILE_clang) $(filter-out -msoft-float,$(SWITCHES_FLAGS)) -fno-addrsig $(addprefix -,$(subst +, ,$*)) -c $< -o $@

$(UNWINDS_DIR)/%.elf: $(UNWINDS_DIR)/%.o
	$(Q)$(LINK_IMAGE) -e leaf --unresolved-symbols=ignore-all -o $@ $^ $(LIBGCC)

$(HOST_TEST_DIR)/unwind_test: | $(unwinds_gcc:%=$(UNWINDS_DIR)/gcc+%.elf) $(unwinds_clang:%=$(UNWINDS_DIR)/clang+%.elf) \
	$(SWITCHES) $(LIBRARIES_IMAGES) $(KERNEL)
