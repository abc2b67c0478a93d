# Host tests: one program per suite, with sanitizers, and the target objects that some of them read.

HOST_TEST_DIR := $(B)/tests/host
HOST_TEST_FLAGS := -std=gnu11 -O1 -g -I. -Iextensions/include -fsanitize=address,undefined \
	-fno-sanitize-recover=all -fno-omit-frame-pointer
HOST_SUITES := packet link steps status reach emit symbols pagemap line elf archive capability btf relocation value \
	image members domain binding lead view types nameserver loader hostile model entry admission \
	decode index flow jump_table switches libraries live live_compare program functional facts predicate compile guards patch_code springboard patch_check ring timing alarm_queue format kept unwind

HOST_TESTS := $(HOST_SUITES:%=$(HOST_TEST_DIR)/%_test)
HOST_LD := tests/host/ld.t # needs what ld.mk makes; ten seconds
HOST_DECODE := tests/host/decode.t # needs $(DECODE_WORDS); ten seconds
HOST_SABOTAGE := tests/host/sabotage.t # needs the programs above, and what ld.mk makes

# ---- what each suite is made of ----

domain_sources := $(wildcard domains/*.c domains/*/*.c) $(addprefix arch/ppc/code/,reach.c decode.c print.c effects.c) kernel/status.c \
	$(addprefix tests/host/,fake_host.c object.c corpus.c public.c)

packet_sources := kernel/packet.c
link_sources := kernel/packet.c tests/host/fake_kernel.c $(addprefix tools/whorl/,link.c say.c transfer.c)
steps_sources := kernel/packet.c tests/host/fake_kernel.c $(filter-out $(addprefix tools/whorl/,main.c boot.c run.c cc.c \
	port.c typist.c terminal.c analyse.c analysis.c calls.c code_file.c disas.c flow.c patch.c),$(wildcard tools/whorl/*.c))
status_sources := kernel/status.c
reach_sources := $(addprefix arch/ppc/code/,reach.c decode.c effects.c)
emit_sources := $(addprefix arch/ppc/code/,emit.c reach.c decode.c) kernel/status.c
decode_sources := arch/ppc/code/decode.c arch/ppc/code/print.c tests/host/words.c
index_sources := $(addprefix arch/ppc/code/,analysis/index.c analysis/location.c effects.c decode.c) kernel/status.c tests/host/scarce.c
symbols_sources := domains/image/symbols.c
pagemap_sources := kernel/pagemap.c
line_sources := kernel/line.c
elf_sources := domains/object/elf.c kernel/status.c tests/host/object.c tests/host/corpus.c
archive_sources := domains/object/archive.c kernel/status.c tests/host/corpus.c
capability_sources := $(domain_sources)
relocation_sources := domains/object/relocation.c arch/ppc/code/reach.c domains/object/elf.c kernel/status.c \
	tests/host/object.c tests/host/corpus.c
image_sources := $(domain_sources) tests/host/linkage.c
loader_sources := $(domain_sources) tests/host/linkage.c
hostile_sources := $(domain_sources)
btf_sources := $(addprefix domains/object/,btf.c btf_value.c btf_print.c btf_compatible.c btf_explain.c elf.c) kernel/status.c \
	tests/host/object.c tests/host/corpus.c
value_sources := $(btf_sources)
model_sources := $(filter-out tests/host/%,$(domain_sources)) tests/host/object.c $(wildcard tests/model/*.c)
binding_sources := $(domain_sources) tests/host/scene.c
members_sources := $(binding_sources)
admission_sources := $(binding_sources)
lead_sources := $(binding_sources)
view_sources := $(binding_sources)
types_sources := $(binding_sources)
entry_sources := $(binding_sources)
nameserver_sources := $(binding_sources)

code_sources := $(filter-out arch/ppc/code/write.c,$(wildcard arch/ppc/code/*.c arch/ppc/code/*/*.c arch/ppc/code/*/*/*.c)) kernel/status.c
flow_sources := $(code_sources) $(addprefix tests/host/,words_source.c flow_words.c scarce.c)
jump_table_sources := $(flow_sources)
switches_sources := $(code_sources) $(addprefix tests/host/,program_source.c corpus.c)
libraries_sources := $(switches_sources)
live_sources := $(code_sources) $(addprefix tests/host/,program_source.c corpus.c registers.c scarce.c)
live_compare_sources := $(code_sources) $(addprefix tests/host/,live_slow.c program_source.c corpus.c registers.c)
functional_sources := $(code_sources) $(addprefix tests/host/,words_source.c program_source.c corpus.c scarce.c)
facts_sources := $(code_sources) $(addprefix tests/host/,words_source.c scarce.c)
kept_sources := $(code_sources) $(addprefix tests/host/,program_source.c corpus.c registers.c scarce.c)
unwind_sources := $(code_sources) $(addprefix tests/host/,machine.c wander.c program_source.c words_source.c corpus.c)
program_sources := $(code_sources) $(addprefix tests/host/,program_source.c corpus.c scarce.c)
compile_sources := $(code_sources) $(addprefix tests/host/,words_source.c scarce.c low_code.c machine.c play.c) \
	$(addprefix tests/kernel/dispatch/,model.c leaf.c decide.c)
guards_sources := $(code_sources) $(addprefix tests/host/,words_source.c machine.c)
patch_check_sources := $(code_sources) tests/host/scarce.c
springboard_sources := $(addprefix arch/ppc/code/,patch/springboard_code.c decode.c effects.c)
patch_code_sources := $(addprefix arch/ppc/code/,decode.c effects.c patch/patch_code.c patch/save.c patch/count.c patch/call.c patch/code.c patch/jump.c patch/displaced.c \
	patch/poison.c patch/finish.c) kernel/status.c $(addprefix tests/host/,machine.c patch_play.c scarce.c)
predicate_sources := $(code_sources) $(addprefix tests/host/,program_source.c words_source.c words.c corpus.c)

ring_sources := kernel/probe/ring.c
timing_sources := kernel/probe/timing.c
alarm_queue_sources := kernel/strand/alarm_queue.c
format_sources := $(wildcard kernel/probe/format*.c) kernel/probe/capture.c $(wildcard domains/object/btf*.c) domains/object/elf.c \
	arch/ppc/code/dispatch/signature.c kernel/status.c $(addprefix tests/host/,object.c corpus.c scarce.c)

link_libraries := -lpthread -lz
steps_libraries := $(link_libraries)
archive_libraries := -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc
image_libraries := -Wl,--wrap=malloc,--wrap=calloc,--wrap=free
capability_libraries := $(image_libraries)
domain_libraries := $(image_libraries)
loader_libraries := $(image_libraries)
hostile_libraries := $(image_libraries)
btf_libraries := -Wl,--wrap=malloc,--wrap=free
model_libraries := -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc,--wrap=free,--wrap=admission_check
binding_libraries := $(image_libraries)
members_libraries := $(image_libraries)
admission_libraries := $(image_libraries)
lead_libraries := $(image_libraries)
view_libraries := $(image_libraries)
types_libraries := $(image_libraries)
entry_libraries := $(image_libraries)
nameserver_libraries := $(image_libraries)
scarce := -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc,--wrap=free
index_libraries := $(scarce)
flow_libraries := $(scarce)
jump_table_libraries := $(scarce)
live_libraries := $(scarce)
program_libraries := $(scarce)
kept_libraries := $(scarce)
functional_libraries := $(scarce)
facts_libraries := $(scarce)
patch_check_libraries := $(scarce)
compile_libraries := $(scarce) -no-pie
patch_code_libraries := $(scarce)
format_libraries := $(scarce)
ring_libraries := -lpthread

$(HOST_TEST_DIR)/parts/%.c.o: %.c Makefile tests/host/tests.mk | $(STAMP)
	@mkdir -p $(@D)
	@printf '  %-4s %s\n' CC $@
	$(Q)$(CC_HOST) $(HOST_TEST_FLAGS) $(WARNINGS) -MMD -MP -c $< -o $@

# The model makes code for addresses of 32 bits.
$(HOST_TEST_DIR)/parts/tests/kernel/dispatch/%.c.o: HOST_TEST_FLAGS += -Wno-pointer-to-int-cast -Wno-int-to-pointer-cast

define host_test
$(HOST_TEST_DIR)/$(1)_test: $(patsubst %,$(HOST_TEST_DIR)/parts/%.o,tests/host/$(1)_test.c $($(1)_sources))
	@printf '  %-4s %s\n' LD $$@
	$(Q)$(CC_HOST) $(HOST_TEST_FLAGS) -o $$@ $$^ -lcmocka $($(1)_libraries)
endef
$(foreach suite,$(HOST_SUITES),$(eval $(call host_test,$(suite))))

# What decode.t asks.
DECODE_WORDS := $(HOST_TEST_DIR)/decode_words
$(DECODE_WORDS): $(patsubst %,$(HOST_TEST_DIR)/parts/%.o,tests/host/decode_words.c $(decode_sources))
	@printf '  %-4s %s\n' LD $@
	$(Q)$(CC_HOST) $(HOST_TEST_FLAGS) -o $@ $^

# ---- target objects ----

OBJECT_DIR := $(HOST_TEST_DIR)/objects
OBJECT_FLAGS = -std=gnu11 -nostdinc -isystem $(GCC_INCLUDE) -isystem $(NEWLIB)/include -Iextensions/include \
	-U__linux__ -fno-stack-protector

# shapes+O2+fPIC+g.o is shapes.c compiled with -O2 -fPIC -g.
shapes := $(foreach o,O0 O2 O3 Os,$(foreach p,fno-pic fpic fPIC fPIE,$(foreach x,mcpu=750 g ffunction-sections \
	fcommon g+gbtf+ffunction-sections+fdata-sections+fcommon,$(OBJECT_DIR)/shapes+$(o)+$(p)+$(x).o)))
pairs := $(foreach p,fno-pic fpic fPIE,$(OBJECT_DIR)/ping+O2+$(p).o $(OBJECT_DIR)/pong+O2+$(p).o)
typed := $(foreach o,O0 O2 Os,$(foreach x,gbtf gbtf+g gbtf+fshort-enums+fsigned-char+mlong-double-64,\
	$(OBJECT_DIR)/btf_shapes+$(o)+$(x).o)) $(addprefix $(OBJECT_DIR)/btf_,pairs+gbtf+DCALLER.o pairs+gbtf.o values+O2+gbtf.o joined.o)
types := $(addprefix $(OBJECT_DIR)/,$(foreach x,O2 O2+DSHORT O2+DLONGER O2+DVARIABLE O2+DSTATIC O2+DPREFIX,exporter+$x+gbtf.o) \
	$(foreach x,O2 O2+DSHORT O2+DVARIABLE O2+DALIAS O2+DHELPER,importer+$x+gbtf.o) exporter+O2.o importer+O2.o \
	$(foreach n,1 2 3 4 5 6,types_$n.o) entry_1.o entry_2.o exporter+O0+DSTATIC+gbtf.o types.a service+O2+gbtf.o service+O2+fPIC+gbtf.o traced+O2+gbtf.o client+O2+gbtf.o client+O2+DCURIOUS+gbtf.o)
TARGET_OBJECTS = $(shapes) $(pairs) $(typed) $(types) $(addprefix $(OBJECT_DIR)/,floats+mhard-float.o floats+msoft-float.o \
	priorities+O1.o priorities+O1+fdata-sections.o joined.o relocations.o relocations.text \
	members.a unindexed.a single.a empty.a thin.a live.elf calls.elf kept.elf)

define target_object
$(OBJECT_DIR)/$(1)+%.o: tests/host/objects/$(1).c extensions/include/whorl/domain.h tests/host/tests.mk | $(STAMP)
	@mkdir -p $$(@D)
	$$(Q)$$(CC_TARGET) $$(OBJECT_FLAGS) $$(addprefix -,$$(subst +, ,$$*)) -c $$< -o $$@
endef
$(foreach source,shapes ping pong floats priorities exporter importer service client btf_shapes btf_pairs btf_values traced,$(eval $(call target_object,$(source))))

$(OBJECT_DIR)/joined.o: $(OBJECT_DIR)/ping+O2+fPIC.o $(OBJECT_DIR)/pong+O2+fPIC+DJOINED.o
	$(Q)$(LD_TARGET) -r -o $@ $^

$(OBJECT_DIR)/btf_joined.o: $(addprefix $(OBJECT_DIR)/btf_,pairs+gbtf.o shapes+O2+gbtf.o pairs+gbtf+DCALLER.o)
	$(Q)$(LD_TARGET) -r -o $@ $^

# Several files in one object, each with types of its own: users who agree and who do not, and a static
# procedure of the same name before and behind the one that is meant, on either side.
$(OBJECT_DIR)/types_1.o: $(addprefix $(OBJECT_DIR)/,importer+O2+gbtf.o importer+O2+DNAME=second+gbtf.o)
$(OBJECT_DIR)/types_2.o: $(addprefix $(OBJECT_DIR)/,importer+O2+gbtf.o importer+O2+DNAME=second+DSHORT+gbtf.o)
$(OBJECT_DIR)/types_3.o: $(addprefix $(OBJECT_DIR)/,exporter+O2+gbtf.o exporter+O2+DSTATIC+gbtf.o)
$(OBJECT_DIR)/types_4.o: $(addprefix $(OBJECT_DIR)/,exporter+O2+DSTATIC+gbtf.o exporter+O2+gbtf.o)
$(OBJECT_DIR)/types_5.o: $(addprefix $(OBJECT_DIR)/,importer+O2+gbtf.o importer+O2+DNAME=second+DSTATIC+gbtf.o)
$(OBJECT_DIR)/types_6.o: $(addprefix $(OBJECT_DIR)/,importer+O2+DNAME=second+DSTATIC+gbtf.o importer+O2+gbtf.o)
$(OBJECT_DIR)/entry_1.o: $(addprefix $(OBJECT_DIR)/,exporter+O2+gbtf.o exporter+O0+DSTATIC+gbtf.o)
$(OBJECT_DIR)/entry_2.o: $(addprefix $(OBJECT_DIR)/,exporter+O0+DSTATIC+gbtf.o exporter+O2+gbtf.o)
$(OBJECT_DIR)/types_%.o:
	$(Q)$(LD_TARGET) -r -o $@ $(filter %.o,$^)
$(OBJECT_DIR)/entry_%.o:
	$(Q)$(LD_TARGET) -r -o $@ $(filter %.o,$^)

$(OBJECT_DIR)/relocations.o $(OBJECT_DIR)/values.o: tests/host/objects/relocations.S tests/host/tests.mk | $(STAMP)
	@mkdir -p $(@D)
	$(Q)$(CC_TARGET) $(if $(findstring values,$@),-DSYMBOLS) -c $< -o $@

$(OBJECT_DIR)/relocations.text: $(OBJECT_DIR)/relocations.o $(OBJECT_DIR)/values.o
	$(Q)$(LD_TARGET) -Ttext=0x04000000 -o $(OBJECT_DIR)/relocations.elf $^
	$(Q)$(OBJCOPY) -O binary -j .text $(OBJECT_DIR)/relocations.elf $@

# Programs that are analysed and never run.
$(addprefix $(OBJECT_DIR)/,live.o calls.o kept.o): $(OBJECT_DIR)/%.o: tests/host/objects/%.S tests/host/objects/procedure.inc tests/host/tests.mk | $(STAMP)
	@mkdir -p $(@D)
	$(Q)$(CC_TARGET) -I. -Wa,-mregnames,-m7400 -c $< -o $@

$(OBJECT_DIR)/%.elf: $(OBJECT_DIR)/%.o
	$(Q)$(LD_TARGET) -Ttext=0x01000000 -e 0x01000000 -o $@ $<

# What nobody defines is at 0.
LINK_ANALYSED = $(LD_TARGET) -Ttext=0x01000000 -e 0x01000000 -w -z muldefs -z noexecstack \
	--unresolved-symbols=ignore-all

# Our own sources by two compilers at every level: ours+clang+O2.elf.
OURS := $(wildcard domains/object/*.c domains/image/*.c) $(addprefix arch/ppc/code/,decode.c effects.c analysis/flow.c)
OURS_FLAGS := -std=gnu11 -mcpu=750 -msoft-float -U__linux__ -fno-pic -fno-stack-protector -nostdinc \
	-isystem $(NEWLIB)/include -Iextensions/include -I. -w
COMPILE_gcc := $(CC_TARGET)
COMPILE_clang := clang --target=powerpc-linux-gnu
OURS_PROGRAMS := $(foreach c,gcc clang,$(foreach o,O0 O1 O2 O3 Os,$(OBJECT_DIR)/ours+$(c)+$(o).elf))

define ours
$(OBJECT_DIR)/ours+$(1)+$(2)/%.o: % tests/host/tests.mk | $(STAMP)
	@mkdir -p $$(@D)
	$$(Q)$$(COMPILE_$(1)) $$(OURS_FLAGS) -isystem $$(GCC_INCLUDE) -$(2) -MMD -MP -c $$< -o $$@

$(OBJECT_DIR)/ours+$(1)+$(2).elf: $(OURS:%=$(OBJECT_DIR)/ours+$(1)+$(2)/%.o)
	$$(Q)$$(LINK_ANALYSED) -o $$@ $$^ $$(LIBRARIES)
endef
$(foreach c,gcc clang,$(foreach o,O0 O1 O2 O3 Os,$(eval $(call ours,$(c),$(o)))))

$(OBJECT_DIR)/odd.text: tests/host/tests.mk | $(STAMP)
	@mkdir -p $(@D)
	$(Q)printf 'odd' > $@

archive_members := $(addprefix $(OBJECT_DIR)/,ping+O2+fpic.o odd.text shapes+O2+fPIC+mcpu=750.o pong+O2+fno-pic.o)
$(OBJECT_DIR)/members.a: archive_flags = rcs
$(OBJECT_DIR)/unindexed.a: archive_flags = rcS
$(OBJECT_DIR)/thin.a: archive_flags = rcsT
$(OBJECT_DIR)/single.a $(OBJECT_DIR)/empty.a: archive_flags = rcs
$(OBJECT_DIR)/members.a $(OBJECT_DIR)/unindexed.a $(OBJECT_DIR)/thin.a: $(archive_members)
$(OBJECT_DIR)/single.a: $(firstword $(archive_members))

$(OBJECT_DIR)/types.a: archive_flags = rcs
$(OBJECT_DIR)/types.a: $(addprefix $(OBJECT_DIR)/,importer+O2+gbtf.o importer+O2+DNAME=second+DSHORT+gbtf.o)

$(OBJECT_DIR)/%.a: tests/host/tests.mk
	@rm -f $@
	$(Q)$(CROSS)ar $(archive_flags) $@ $(filter $(OBJECT_DIR)/%,$^)

$(HOST_TESTS): | $(TARGET_OBJECTS)
$(HOST_TEST_DIR)/live_compare_test: | $(OURS_PROGRAMS)

# The guards that are walked, by two compilers at every level: guards+clang+O2.elf.
GUARD_IMAGES := $(foreach o,O0 O1 O2 O3 Os,$(OBJECT_DIR)/guards+gcc+$o.elf $(OBJECT_DIR)/guards+clang+$o.elf)
GUARD_SOURCES := $(addprefix tests/host/objects/guards,.c .h .inc _data.c)

define guards
$(OBJECT_DIR)/guards+$(1)+%.o: $(GUARD_SOURCES) tests/host/tests.mk | $(STAMP)
	@mkdir -p $$(@D)
	$$(Q)$$(COMPILE_$(1)) $$(GUARD_FLAGS) -$$* -DGUARDS='"tests/host/objects/guards.inc"' -c $$< -o $$@
endef
$(foreach c,gcc clang,$(eval $(call guards,$c)))

$(OBJECT_DIR)/guards_data.o: tests/host/objects/guards_data.c tests/host/objects/guards.h
	@mkdir -p $(@D)
	$(Q)$(CC_TARGET) $(GUARD_FLAGS) -O2 -c $< -o $@

$(GUARD_IMAGES): $(OBJECT_DIR)/%.elf: $(OBJECT_DIR)/%.o $(OBJECT_DIR)/guards_data.o
	$(Q)$(LD_TARGET) -Ttext=0x01000000 -Tdata=0x11000000 -e 0 -o $@ $^

$(HOST_TEST_DIR)/predicate_test: | $(GUARD_IMAGES)

include tests/host/ld.mk
include tests/host/flow.mk

-include $(shell find $(HOST_TEST_DIR)/parts $(OBJECT_DIR)/ours+* -name '*.d' 2>/dev/null)
