# What tests/host/ld.t and tests/system/ld.bats need: the kernel's linker as a program, and objects to judge it by.
# `make build/tests/host/ld/stamp` makes it all.

LINK_OBJECT := $(HOST_TEST_DIR)/link_object
LD_DIR := $(HOST_TEST_DIR)/ld
LD_SOURCES := tests/host/objects/ld

$(LINK_OBJECT): $(patsubst %,$(HOST_TEST_DIR)/parts/%.o,tests/host/link_object.c $(wildcard domains/*.c domains/*/*.c) \
	$(addprefix arch/ppc/code/,reach.c decode.c print.c effects.c) kernel/status.c tests/host/fake_host.c)
	@printf '  %-4s %s\n' LD $@
	$(Q)$(CC_HOST) $(HOST_TEST_FLAGS) -o $@ $^ -lcmocka $(image_libraries)

# ---- of compilers: calls+O2+fPIC.o is calls.c compiled with -O2 -fPIC ----

ld_c_sources := $(patsubst $(LD_SOURCES)/%.c,%,$(wildcard $(LD_SOURCES)/*.c))
LD_FLAGS := -std=gnu11 -ffreestanding -msoft-float -fno-stack-protector -fno-strict-aliasing -w

ld_extra := mlongcall mlongcall+fpic mlongcall+fPIC msdata=none msdata=sysv msdata=eabi+meabi msdata=none+meabi \
	msdata=none+G8 fcommon fcommon+fPIC ffunction-sections+fdata-sections ffunction-sections+fdata-sections+fPIC \
	fpatchable-function-entry=2 g g+fPIC
ld_gcc := $(foreach o,O0 O1 O2 O3 Os,$(foreach p,fno-pic fpic fPIC,$o+$p)) \
	$(foreach o,O2 Os,$(foreach x,$(ld_extra),$o+$(if $(findstring pic,$x)$(findstring PIC,$x),,fno-pic+)$x))
ld_clang := $(foreach o,O0 O1 O2 O3 Os,$(foreach p,fno-pic fpic+msecure-plt fPIC,$o+$p)) O2+fpic \
	$(foreach x,mlongcall fcommon ffunction-sections+fdata-sections g,O2+fno-pic+$x)

LD_GCC := $(foreach s,$(ld_c_sources),$(ld_gcc:%=$(LD_DIR)/gcc/$s+%.o))
LD_CLANG := $(if $(shell command -v clang),$(foreach s,$(ld_c_sources),$(ld_clang:%=$(LD_DIR)/clang/$s+%.o)))

define ld_object
$(LD_DIR)/gcc/$(1)+%.o: $(LD_SOURCES)/$(1).c tests/host/ld.mk | $(STAMP)
	@mkdir -p $$(@D)
	$$(Q)$$(CC_TARGET) $$(LD_FLAGS) $$(addprefix -,$$(subst +, ,$$*)) -c $$< -o $$@

$(LD_DIR)/clang/$(1)+%.o: $(LD_SOURCES)/$(1).c tests/host/ld.mk | $(STAMP)
	@mkdir -p $$(@D)
	$$(Q)clang --target=powerpc-linux-gnu $$(LD_FLAGS) $$(addprefix -,$$(subst +, ,$$*)) -c $$< -o $$@
endef
$(foreach s,$(ld_c_sources),$(eval $(call ld_object,$s)))

# ---- of assembly: branches+REL24+FAR.o is branches.S with what these words stand for ----

ld_branches := $(foreach t,REL24 LOCAL24PC PLTREL24 ADDR24 REL14 REL14_BRTAKEN REL14_BRNTAKEN ADDR14 ADDR14_BRTAKEN \
	ADDR14_BRNTAKEN,$(foreach k,OWN NEAR ABSOLUTE FAR ADDEND SET IDENTIFIED,branches+$t+$k))
ld_refused := $(addprefix refused+,SDAREL16 EMB_SDA21 EMB_SDA2I16 EMB_SDAI16 EMB_SDA2REL EMB_RELSDA TLS TPREL16 \
	GOT_TLSGD16 GOT_TPREL16 SECTOFF PLT32 PLTREL32)
ld_assembly := $(ld_branches) values+PLAIN values+UNALIGNED table+PLAIN table+IDENTIFIED table+MANY inside+PLAIN \
	inside+SINGLE long_calls+PLAIN long_calls+PIC long_calls+IDENTIFIED sections+PLAIN identified+PLAIN \
	$(ld_refused) $(foreach n,1 2 3 4 5,unfit+WHAT=$n)
LD_ASSEMBLY := $(ld_assembly:%=$(LD_DIR)/assembly/%.o)

# What a relocation's name means for branches.S and refused.S.
ld_word = $(if $(findstring 14,$1),-DWIDTH=14 -DWORD=0x4182000,-DWIDTH=24 -DWORD=0x4800000)$(if $(findstring ADDR,$1),2,0)

$(LD_DIR)/assembly/branches+%.o: $(LD_SOURCES)/branches.S tests/host/ld.mk | $(STAMP)
	@mkdir -p $(@D)
	$(Q)$(CC_TARGET) -DTYPE=R_PPC_$(subst +, -D,$*) $(call ld_word,$*) -c $< -o $@

$(LD_DIR)/assembly/refused+%.o: $(LD_SOURCES)/refused.S tests/host/ld.mk | $(STAMP)
	@mkdir -p $(@D)
	$(Q)$(CC_TARGET) -DTYPE=R_PPC_$* -c $< -o $@

define ld_assembly_object
$(LD_DIR)/assembly/$(1)+%.o: $(LD_SOURCES)/$(1).S tests/host/ld.mk | $(STAMP)
	@mkdir -p $$(@D)
	$$(Q)$$(CC_TARGET) -D$$* -c $$< -o $$@
endef
$(foreach s,values table inside long_calls sections identified unfit,$(eval $(call ld_assembly_object,$s)))

# ---- of libraries: all their members ----

LIBGCC := $(shell $(CC_TARGET) -print-libgcc-file-name)
LD_LIBRARIES := $(LIBGCC) $(NEWLIB)/lib/libc.a $(NEWLIB)/lib/libfloat.a
LD_MEMBERS := $(patsubst %.a,$(LD_DIR)/%.members,$(notdir $(LD_LIBRARIES)))

define ld_members
$(LD_DIR)/$(patsubst %.a,%,$(notdir $(1))).members: $(1) | $(STAMP)
	$$(Q)rm -rf $$(@:.members=) && mkdir -p $$(@:.members=)
	$$(Q)cd $$(@:.members=) && $(CROSS)ar x $(abspath $(1))
	$$(Q)touch $$@
endef
$(foreach library,$(LD_LIBRARIES),$(eval $(call ld_members,$(library))))

$(LD_DIR)/stamp: $(TARGET_OBJECTS) $(LINK_OBJECT) $(LD_GCC) $(LD_CLANG) $(LD_ASSEMBLY) $(LD_MEMBERS)
	@touch $@
