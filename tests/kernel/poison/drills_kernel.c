/* Parts of the kernel and of domains/ that need nothing around them, and zlib. See drills.h. */
#include <libfdt.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "arch/ppc/mmu.h"
#include "domains/image/symbols.h"
#include "domains/object/archive.h"
#include "domains/object/btf.h"
#include "domains/object/elf.h"
#include "domains/object/relocation.h"
#include "kernel/backtrace.h"
#include "kernel/kernel_symbols.h"
#include "kernel/line.h"
#include "kernel/packet.h"
#include "kernel/pagemap.h"
#include "tests/kernel/poison/drills.h"
#include "tests/kernel/poison/step.h"

#define N_OF(array) (sizeof(array) / sizeof(array)[0])

extern const char object_hello[], object_hello_end[];

static uint8_t buffer[512];

static void packets(void)
{
    static const char payload[] = "m 0x1234 } $ # \x03 end";
    struct packet_receiver receiver;
    uint8_t frame[100];
    size_t n = packet_encode(payload, sizeof payload, frame, sizeof frame);

    record((uint32_t)n);
    record_bytes(frame, n);
    record((uint32_t)packet_escaped_size(payload, sizeof payload));
    record((uint32_t)packet_escaped_size(payload, 0));
    record((uint32_t)packet_fit(payload, sizeof payload, 15));
    record((uint32_t)packet_fit(payload, sizeof payload, 100));
    packet_receiver_init(&receiver, buffer, 64);
    for (size_t i = 0; i < n; i++)
        record(packet_receive(&receiver, frame[i]));
    record((uint32_t)receiver.length);
    record_bytes(buffer, receiver.length);
    frame[3] ^= 1;
    for (size_t i = 0; i < n; i++)
        record(packet_receive(&receiver, frame[i]));
    record(packet_receive(&receiver, '+') + 10 * packet_receive(&receiver, '-'));
}

static void hexadecimal(void)
{
    uint32_t value = 0;
    char digits[33];

    hex_encode("\x00\x7f\x80\xff pair", 9, digits);
    record_bytes(digits, 18);
    record(hex_decode(digits, 18, buffer));
    record_bytes(buffer, 9);
    record(hex_decode("12x4", 4, buffer) + 2 * hex_decode("1g", 2, buffer) +
           4 * hex_decode("123", 3, buffer) + 8 * hex_decode("AbCDeF", 6, buffer));
    record((uint32_t)hex_parse("beef,", 5, &value));
    record(value);
    record((uint32_t)hex_parse("x", 1, &value) + (uint32_t)hex_parse("123456789", 9, &value));
}

static void show(const char *text, size_t size)
{
    record_bytes(text, size);
}

static void lines(void)
{
    static const char typed[] =
        "hexx\b\blo wor\x01<\x05>\x1b[D\x1b[D\x1b[3~!\x0b\rnext\x1b[A\x1b[A\x1b[B\x15x\x03";
    static struct line_history history;
    static struct line line;

    history.n = 0;
    line_init(&line, &history, show);
    line_remember(&history, "first one");
    line_remember(&history, "second");
    for (size_t i = 0; i < sizeof typed - 1; i++)
        record(line_receive(&line, (uint8_t)typed[i]));
    record_bytes(line.text, sizeof line.text);
    line_reset(&line);
    record((uint32_t)line.length);
}

static void page_maps(void)
{
    static uint32_t bits[8];
    struct pagemap map;

    pagemap_init(&map, bits, 250);
    record(pagemap_give(&map, 3, 240));
    record(pagemap_give(&map, 200, 100));
    for (size_t n = 1; n < 60; n += 9)
        record((uint32_t)pagemap_take(&map, n));
    record(pagemap_give(&map, 40, 7));
    record((uint32_t)pagemap_take_between(&map, 5, 10, 230));
    record((uint32_t)pagemap_take(&map, 240));
    record((uint32_t)pagemap_take_between(&map, 50, 10, 40));
    record((uint32_t)pagemap_take_between(&map, 1, 240, 900));
    record((uint32_t)pagemap_largest(&map));
    record(pagemap_give(&map, 41, 2) + 2 * pagemap_give(&map, 249, 2));
    record((uint32_t)map.n_free);
    record_bytes(bits, sizeof bits);
}

static void symbols(void)
{
    static const char *const names[] = {"alpha", "beta", "gamma", "delta", "alpha", "epsilon"};
    struct symbol list[8];
    struct symbol_table table;
    uint32_t slots[32] = {0};

    record((uint32_t)symbol_slots(N_OF(names)));
    symbol_table_init(&table, list, slots, 32);
    for (size_t i = 0; i < N_OF(names); i++) {
        struct symbol symbol = {.name = names[i],
                                .value = 0x1000 * ((uint32_t)i + 1),
                                .exported = true,
                                .hash = symbol_hash(names[i])};

        record(symbol_table_add(&table, &symbol));
    }
    for (size_t i = 0; i < N_OF(names); i++) {
        const struct symbol *found = symbol_find(&table, names[i], symbol_hash(names[i]));

        record(found == NULL ? 0 : found->value);
    }
    record(symbol_find(&table, "zeta", symbol_hash("zeta")) == NULL);
    record((uint32_t)symbol_slots(1) + (uint32_t)symbol_slots(1000));
    record(symbol_at(&table, 3) == NULL);
    record(symbol_at(&table, 0x2345)->value);
    table.n_symbols = 0;
    record(symbol_at(&table, 0x2345) == NULL);
}

static void kernel_names(void)
{
    const struct symbol *symbol = NULL;
    char name[160];

    record((uint32_t)kernel_symbol_count());
    record(kernel_symbol_at((vaddr_t)(uintptr_t)packet_encode + 8, &symbol));
    record_text(symbol->name);
    record(kernel_symbol_at(4, &symbol) + 2 * kernel_symbol_at(UINT32_MAX, &symbol));
    record(kernel_symbol_at((vaddr_t)(uintptr_t)status_name(OK), &symbol));
    backtrace_name((vaddr_t)(uintptr_t)hex_parse + 4, name, sizeof name);
    record_text(name);
}

static void objects(void)
{
    struct elf_object object;
    struct elf_symbol symbol;

    if (elf_open(object_hello, (size_t)(object_hello_end - object_hello), &object) != OK)
        return;
    record(object.n_sections);
    record(object.n_symbols);
    for (unsigned i = 0; i < object.n_symbols; i++) {
        elf_symbol(&object, i, &symbol);
        record(symbol.value + symbol.section);
    }
    for (unsigned i = 0; i < object.n_relocating; i++) {
        const struct elf_section *rela = &object.sections[object.relocating[i]];
        struct elf_relocation relocation;

        for (unsigned k = 0; k < rela->size / ELF_RELA_SIZE; k++)
            if (elf_relocation(&object, rela, k, 0x10000, &relocation) == OK)
                record(relocation.offset + relocation.type);
    }
    elf_close(&object);
    record(elf_open(object_hello, 40, &object));
}

static void types(void)
{
    struct elf_object object;
    struct btf_cursor cursor = {0};
    struct btf_entry entry;
    struct btf btf;
    char text[200];
    unsigned i = 0;

    if (elf_open(object_hello, (size_t)(object_hello_end - object_hello), &object) != OK)
        return;
    while (i < object.n_sections && !elf_is_named(&object.sections[i], ".BTF"))
        i++;
    if (i < object.n_sections &&
        btf_open(object.sections[i].bytes, object.sections[i].size, &btf) == OK) {
        while (btf_next(&btf, &cursor, &entry)) {
            struct btf_type type = btf_type_at(&btf, entry.position);

            btf_print(type, text, sizeof text);
            record_text(entry.name);
            record_text(text);
            record(btf_is_procedure(&btf, entry.position));
            record(btf_compatible(type, type, text));
        }
        btf_close(&btf);
    }
    elf_close(&object);
}

static void archives(void)
{
    static const char bytes[] = "!<arch>\n"
                                "//                                              18        `\n"
                                "a_long_name_here/\n"
                                "/0              0           0     0     644     5         `\n"
                                "first\n"
                                "b.o/            0           0     0     644     6         `\n"
                                "second";
    struct archive_member member;
    struct archive archive;
    size_t offset = 0;

    record(archive_begins(bytes, sizeof bytes - 1));
    record(archive_open(bytes, sizeof bytes - 1, &archive));
    record((uint32_t)archive.n_members);
    while (archive_next(&archive, &offset, &member)) {
        record_text(member.name);
        record_bytes(member.bytes, member.size);
    }
    record(archive_begins("!<thin>\n//", 10) + 2u * archive_begins("none", 4));
    record(archive_open(bytes, 30, &archive));
    record_text(status_explain());
}

static void make_tree(char tree[], int size)
{
    UNTYPED(fdt_create);
    UNTYPED(fdt_finish_reservemap);
    UNTYPED(fdt_begin_node);
    UNTYPED(fdt_property);
    UNTYPED(fdt_end_node);
    UNTYPED(fdt_finish);

    record((uint32_t)untyped_fdt_create(tree, 10));
    record((uint32_t)untyped_fdt_begin_node(tree, "too early"));
    record((uint32_t)untyped_fdt_create(tree, size));
    record((uint32_t)untyped_fdt_finish_reservemap(tree));
    record((uint32_t)untyped_fdt_begin_node(tree, ""));
    record((uint32_t)untyped_fdt_property(tree, "model", "machine", 8));
    record((uint32_t)untyped_fdt_begin_node(tree, "soc"));
    record((uint32_t)untyped_fdt_property(tree, "compatible", "one\0two", 8));
    record((uint32_t)untyped_fdt_property(tree, "model", "chip", 5));
    record((uint32_t)untyped_fdt_end_node(tree));
    record((uint32_t)untyped_fdt_end_node(tree));
    record((uint32_t)untyped_fdt_finish(tree));
}

static void device_trees(void)
{
    static char tree[400] __attribute__((aligned(8)));
    const void *value;
    int length = 0, node;
    UNTYPED(fdt_check_header);
    UNTYPED(fdt_path_offset);
    UNTYPED(fdt_getprop);
    UNTYPED(fdt_get_name);
    UNTYPED(fdt_parent_offset);
    UNTYPED(fdt_node_check_compatible);
    UNTYPED(fdt_stringlist_count);
    UNTYPED(fdt_first_subnode);

    memset(tree, 0, sizeof tree);
    make_tree(tree, sizeof tree);
    record_bytes(tree, sizeof tree);
    record((uint32_t)untyped_fdt_check_header(tree));
    node = untyped_fdt_path_offset(tree, "/soc");
    record((uint32_t)node);
    value = untyped_fdt_getprop(tree, node, "model", &length);
    record_bytes(value, (size_t)length);
    record_text(untyped_fdt_get_name(tree, node, NULL));
    record((uint32_t)untyped_fdt_parent_offset(tree, node));
    record((uint32_t)untyped_fdt_node_check_compatible(tree, node, "two"));
    record((uint32_t)untyped_fdt_stringlist_count(tree, node, "compatible"));
    record((uint32_t)untyped_fdt_first_subnode(tree, 0));
    record((uint32_t)untyped_fdt_first_subnode(tree, node));
    record((uint32_t)untyped_fdt_parent_offset(tree, 0));
    record((uint32_t)untyped_fdt_node_check_compatible(tree, node, "three"));
    record((uint32_t)untyped_fdt_node_check_compatible(tree, 0, "two"));
    record((uint32_t)untyped_fdt_stringlist_count(tree, node, "none"));
    record(untyped_fdt_getprop(tree, 3, "model", &length) == NULL);
    record((uint32_t)untyped_fdt_check_header("not a tree"));
}

static void checksums(void)
{
    static const uint8_t compressed[] = {0x78, 0x9c, 0xcb, 0x48, 0xcd, 0xc9, 0xc9, 0x57,
                                         0x28, 0xcf, 0x2f, 0xca, 0x49, 0x51, 0xc8, 0x40,
                                         0x27, 0x00, 0x86, 0x1f, 0x09, 0x1b};
    z_stream stream = {.next_in = (uint8_t *)(uintptr_t)compressed,
                       .avail_in = sizeof compressed,
                       .next_out = buffer,
                       .avail_out = sizeof buffer};

    UNTYPED(crc32);
    UNTYPED(adler32);
    UNTYPED(crc32_combine);
    UNTYPED(adler32_combine);
    UNTYPED(inflateInit_);
    UNTYPED(inflate);
    UNTYPED(inflateEnd);

    memset(buffer, 0, sizeof buffer);
    record((uint32_t)untyped_crc32(0, (const uint8_t *)object_hello, 83));
    record((uint32_t)untyped_adler32(1, (const uint8_t *)object_hello, 83));
    record((uint32_t)untyped_crc32_combine(0x12345678, 0x9abcdef0, 1000));
    record((uint32_t)untyped_adler32_combine(0x12345678, 0x1abcdef0, 1000));
    record((uint32_t)untyped_adler32_combine(0xfff0fff0, 0xfff0fff0, 65520));
    record((uint32_t)untyped_adler32_combine(1, 1, -1));
    record((uint32_t)untyped_crc32_combine(0x12345678, 0x9abcdef0, 0));
    record((uint32_t)untyped_crc32(0, NULL, 0) + (uint32_t)untyped_adler32(0, NULL, 0));
    record((uint32_t)untyped_inflateEnd(NULL));
    record((uint32_t)untyped_inflateInit_(&stream, ZLIB_VERSION, sizeof stream));
    record((uint32_t)untyped_inflate(&stream, Z_FINISH));
    record((uint32_t)untyped_inflateEnd(&stream));
    record_bytes(buffer, sizeof buffer);
}

static void translations(void)
{
    static char pages[0x2800];
    enum mmu_rights rights = MMU_READ;
    paddr_t frame = 0;

    record(mmu_translate((vaddr_t)(uintptr_t)packet_encode, &frame, NULL));
    record(frame);
    record(mmu_translate(0, &frame, NULL));
    record(mmu_translate((vaddr_t)(uintptr_t)buffer, NULL, &rights) + rights);
    record(mmu_readable((vaddr_t)(uintptr_t)pages, sizeof pages));
    record(mmu_readable(0xfffff000, 0x2000) + 2 * mmu_readable(0, 1) + 4 * mmu_readable(0, 0));
    record(mmu_readable((vaddr_t)(uintptr_t)buffer, sizeof buffer));
}

/* Every kind of them, at a place within reach and at one without. */
static void relocations(void)
{
    uint8_t place[8];

    for (unsigned type = 0; type < 256; type += type < 36 ? 1 : 7) {
        record_text(relocation_name((uint8_t)type));
        record_text(relocation_advice((uint8_t)type));
        record(relocation_ignores_addend((uint8_t)type) +
               2u * relocation_is_conditional((uint8_t)type));
        memset(place, 0x40, sizeof place);
        record(relocation_apply((uint8_t)type, place, 0x10000, 0x10204));
        record(relocation_apply((uint8_t)type, place + 4, 0x10000, 0x76543210));
        record_bytes(place, sizeof place);
    }
    for (unsigned fixup = 0; fixup < 6; fixup++)
        record(relocation_of_fixup(fixup));
}

static void explanations(void)
{
    for (int i = 0; i > -12; i--)
        record_text(status_name((status_t)(3 * i)));
    record(status_refuse(ERR_RANGE, "%s is not %u", "this", 7));
    record_text(status_explain());
}

const struct drill drills_of_kernel[] = {
    {"packets", packets},
    {"hexadecimal", hexadecimal},
    {"lines", lines},
    {"page_maps", page_maps},
    {"symbols", symbols},
    {"kernel_names", kernel_names},
    {"objects", objects},
    {"types", types},
    {"archives", archives},
    {"device_trees", device_trees},
    {"checksums", checksums},
    {"translations", translations},
    {"relocations", relocations},
    {"explanations", explanations},
    {NULL, NULL},
};
