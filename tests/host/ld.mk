# What tests/host/ld.t needs: the kernel's linker as a program, and a corpus of objects.

LINK_OBJECT := $(HOST_TEST_DIR)/link_object
LD_DIR := $(HOST_TEST_DIR)/ld

$(LINK_OBJECT): $(patsubst %,$(HOST_TEST_DIR)/parts/%.o,tests/host/link_object.c $(wildcard domains/*.c) \
	arch/ppc/code/reach.c kernel/status.c tests/host/fake_host.c)
	@printf '  %-4s %s\n' LD $@
	$(Q)$(CC_HOST) $(HOST_TEST_FLAGS) -o $@ $^ -lcmocka $(image_libraries)
