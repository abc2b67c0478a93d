/* More of libfdt, zlib and the C library. See drills_more.h. */
#define _GNU_SOURCE
#include <errno.h>
#include <libfdt.h>
#include <locale.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>
#include <wctype.h>
#include <zlib.h>

#include "tests/kernel/patch/drills_more.h"
#include "tests/kernel/poison/step.h"

static char buffer[512] __attribute__((aligned(8)));

/* ---- libfdt ---- */

static char tree[600] __attribute__((aligned(8)));

static void make_node(const char *name, fdt32_t phandle, const char *compatible)
{
    UNTYPED(fdt_begin_node);
    UNTYPED(fdt_property);

    record((uint32_t)untyped_fdt_begin_node(tree, name));
    record((uint32_t)untyped_fdt_property(tree, "compatible", compatible, 8));
    record((uint32_t)untyped_fdt_property(tree, "phandle", &phandle, sizeof phandle));
}

static void make_tree(void)
{
    void *place = NULL;
    UNTYPED(fdt_create_with_flags);
    UNTYPED(fdt_finish_reservemap);
    UNTYPED(fdt_begin_node);
    UNTYPED(fdt_property);
    UNTYPED(fdt_property_placeholder);
    UNTYPED(fdt_end_node);
    UNTYPED(fdt_finish);

    memset(tree, 0, sizeof tree);
    record((uint32_t)untyped_fdt_create_with_flags(tree, sizeof tree, 0));
    record((uint32_t)untyped_fdt_finish_reservemap(tree));
    record((uint32_t)untyped_fdt_begin_node(tree, ""));
    make_node("bus", 7, "one\0two");
    make_node("disk@10", 9, "six\0two");
    record((uint32_t)untyped_fdt_property_placeholder(tree, "label", 4, &place));
    memcpy(place, "abc", 4);
    record((uint32_t)untyped_fdt_end_node(tree));
    record((uint32_t)untyped_fdt_end_node(tree));
    record((uint32_t)untyped_fdt_begin_node(tree, "aliases"));
    record((uint32_t)untyped_fdt_property(tree, "disk", "/bus/disk@10", 13));
    record((uint32_t)untyped_fdt_end_node(tree));
    record((uint32_t)untyped_fdt_end_node(tree));
    record((uint32_t)untyped_fdt_finish(tree));
}

static void tree_properties(int node)
{
    const char *name = NULL;
    int length = 0;
    UNTYPED(fdt_first_property_offset);
    UNTYPED(fdt_next_property_offset);
    UNTYPED(fdt_getprop_by_offset);
    UNTYPED(fdt_get_property_by_offset);
    UNTYPED(fdt_get_property);
    UNTYPED(fdt_stringlist_search);
    UNTYPED(fdt_stringlist_get);

    for (int p = untyped_fdt_first_property_offset(tree, node); p >= 0;
         p = untyped_fdt_next_property_offset(tree, p)) {
        record_bytes(untyped_fdt_getprop_by_offset(tree, p, &name, &length), 1);
        record_text(name);
        record((uint32_t)length + (untyped_fdt_get_property_by_offset(tree, p, NULL) != NULL));
    }
    record(untyped_fdt_get_property(tree, node, "label", &length) != NULL);
    record((uint32_t)length);
    record((uint32_t)untyped_fdt_stringlist_search(tree, node, "compatible", "two"));
    record((uint32_t)untyped_fdt_stringlist_search(tree, node, "compatible", "three"));
    record_text(untyped_fdt_stringlist_get(tree, node, "compatible", 1, &length));
}

static void tree_nodes(void)
{
    fdt32_t handle = 9;
    uint64_t address = 1, size = 2;
    UNTYPED(fdt_node_offset_by_phandle);
    UNTYPED(fdt_node_offset_by_compatible);
    UNTYPED(fdt_node_offset_by_prop_value);
    UNTYPED(fdt_get_path);
    UNTYPED(fdt_node_depth);
    UNTYPED(fdt_get_alias);
    UNTYPED(fdt_get_phandle);
    UNTYPED(fdt_find_max_phandle);
    UNTYPED(fdt_num_mem_rsv);
    UNTYPED(fdt_get_mem_rsv);
    UNTYPED(fdt_first_subnode);
    UNTYPED(fdt_next_subnode);
    UNTYPED(fdt_subnode_offset);
    int node;

    make_tree();
    node = untyped_fdt_node_offset_by_phandle(tree, 9);
    record((uint32_t)node);
    record((uint32_t)untyped_fdt_node_offset_by_compatible(tree, -1, "six"));
    record((uint32_t)untyped_fdt_node_offset_by_compatible(tree, -1, "none"));
    record((uint32_t)untyped_fdt_node_offset_by_prop_value(tree, -1, "phandle", &handle, 4));
    record((uint32_t)untyped_fdt_get_path(tree, node, buffer, sizeof buffer));
    record_text(buffer);
    record((uint32_t)untyped_fdt_get_path(tree, node, buffer, 5));
    record((uint32_t)untyped_fdt_node_depth(tree, node));
    record_text(untyped_fdt_get_alias(tree, "disk"));
    record(untyped_fdt_get_phandle(tree, node));
    record((uint32_t)untyped_fdt_find_max_phandle(tree, &handle));
    record((uint32_t)untyped_fdt_num_mem_rsv(tree));
    record((uint32_t)untyped_fdt_get_mem_rsv(tree, 0, &address, &size));
    node = untyped_fdt_first_subnode(tree, 0);
    record((uint32_t)untyped_fdt_next_subnode(tree, node));
    record((uint32_t)untyped_fdt_subnode_offset(tree, node, "disk"));
    tree_properties(untyped_fdt_subnode_offset(tree, node, "disk"));
}

static void tree_moves(void)
{
    static char other[800] __attribute__((aligned(8)));
    UNTYPED(fdt_check_full);
    UNTYPED(fdt_move);
    UNTYPED(fdt_strerror);
    UNTYPED(fdt_header_size);

    make_tree();
    record((uint32_t)untyped_fdt_check_full(tree, sizeof tree));
    record((uint32_t)untyped_fdt_move(tree, other, sizeof other));
    record((uint32_t)untyped_fdt_move(tree, other, 20));
    record((uint32_t)untyped_fdt_header_size(tree));
    record_bytes(other, sizeof tree);
    other[60] ^= 0x55;
    record((uint32_t)untyped_fdt_check_full(other, sizeof other));
    for (int error = -20; error < 3; error += 4)
        record_text(untyped_fdt_strerror(error));
}

/* ---- zlib ---- */

/* Deflated with codes of its own: "0: the quick brown fox jumps over 0 lazy dogs; 1: the quick..." up to six. */
static const uint8_t deflated[] = {
    0x18, 0xd3, 0x85, 0xce, 0xc7, 0x0d, 0x80, 0x30, 0x10, 0x05, 0xd1, 0x56, 0x7e, 0x09, 0xd8, 0xd8,
    0x48, 0x40, 0x35, 0xe4, 0xcc, 0x82, 0x8d, 0x49, 0xd5, 0x73, 0x5d, 0x4e, 0x7b, 0x7f, 0x1a, 0x4d,
    0x94, 0xe1, 0xe8, 0x1b, 0xec, 0x61, 0xa8, 0x26, 0x94, 0x8e, 0xae, 0x15, 0x2d, 0xdd, 0x18, 0xc3,
    0xb2, 0x79, 0xd0, 0xd9, 0x38, 0x44, 0x98, 0x8b, 0xf7, 0x41, 0x4d, 0x9d, 0xcf, 0xa1, 0x44, 0xae,
    0x38, 0x37, 0x22, 0xd7, 0x9c, 0xa7, 0x22, 0x8f, 0x7f, 0x33, 0x89, 0xe8, 0x0d, 0xf7, 0xda, 0x8a,
    0xde, 0x72, 0x1f, 0xcb, 0xfd, 0x84, 0xfb, 0x0f, 0x98, 0x63, 0x72, 0x8b};

static void begin(z_stream *stream)
{
    UNTYPED(inflateInit_);

    memset(buffer, 0, sizeof buffer);
    *stream = (z_stream){.next_in = (uint8_t *)(uintptr_t)deflated,
                         .avail_in = sizeof deflated,
                         .next_out = (uint8_t *)buffer,
                         .avail_out = sizeof buffer};
    record((uint32_t)untyped_inflateInit_(stream, ZLIB_VERSION, sizeof *stream));
}

static void inflating(void)
{
    static uint8_t dictionary[512];
    z_stream stream, copy;
    uInt length = 0;
    UNTYPED(inflate);
    UNTYPED(inflateCopy);
    UNTYPED(inflateMark);
    UNTYPED(inflateGetDictionary);
    UNTYPED(inflateEnd);

    begin(&stream);
    stream.avail_in = 30;
    record((uint32_t)untyped_inflate(&stream, Z_NO_FLUSH));
    record((uint32_t)untyped_inflateCopy(&copy, &stream));
    record((uint32_t)untyped_inflateMark(&stream));
    record((uint32_t)untyped_inflateEnd(&copy));
    stream.avail_in = sizeof deflated - 30;
    record((uint32_t)untyped_inflate(&stream, Z_SYNC_FLUSH));
    record((uint32_t)stream.total_out);
    record((uint32_t)untyped_inflateGetDictionary(&stream, dictionary, &length));
    record_bytes(dictionary, length);
    record((uint32_t)untyped_inflateEnd(&stream));
    record_bytes(buffer, sizeof buffer);
}

static void inflating_again(void)
{
    z_stream stream;
    gz_header header;
    UNTYPED(inflate);
    UNTYPED(inflateReset);
    UNTYPED(inflatePrime);
    UNTYPED(inflateSync);
    UNTYPED(inflateSyncPoint);
    UNTYPED(inflateUndermine);
    UNTYPED(inflateValidate);
    UNTYPED(inflateCodesUsed);
    UNTYPED(inflateGetHeader);
    UNTYPED(inflateSetDictionary);
    UNTYPED(inflateEnd);

    begin(&stream);
    record((uint32_t)untyped_inflatePrime(&stream, 3, 5));
    record((uint32_t)untyped_inflateGetHeader(&stream, &header));
    record((uint32_t)untyped_inflateReset(&stream));
    record((uint32_t)untyped_inflateSetDictionary(&stream, deflated, 4));
    record((uint32_t)untyped_inflateValidate(&stream, 1));
    record((uint32_t)untyped_inflateUndermine(&stream, 1));
    record((uint32_t)untyped_inflate(&stream, Z_FINISH));
    record((uint32_t)untyped_inflateCodesUsed(&stream));
    record((uint32_t)untyped_inflateSyncPoint(&stream));
    record((uint32_t)untyped_inflateSync(&stream));
    record((uint32_t)untyped_inflateEnd(&stream));
    record_bytes(buffer, sizeof buffer);
}

static void zlib_itself(void)
{
    UNTYPED(zlibVersion);
    UNTYPED(zlibCompileFlags);
    UNTYPED(zError);
    UNTYPED(crc32_z);
    UNTYPED(get_crc_table);
    UNTYPED(crc32_combine_gen);
    UNTYPED(crc32_combine_op);

    record_text(untyped_zlibVersion());
    record((uint32_t)untyped_zlibCompileFlags());
    for (int error = -6; error < 3; error++)
        record_text(untyped_zError(error));
    record((uint32_t)untyped_crc32_z(7, deflated, sizeof deflated));
    record((uint32_t)untyped_get_crc_table()[77]);
    record((uint32_t)untyped_crc32_combine_op(1, 2, untyped_crc32_combine_gen(12345)));
}

/* ---- the C library ---- */

static int __attribute__((format(printf, 1, 0))) print_with(const char *format, ...)
{
    va_list arguments;
    int n;
    UNTYPED(vsprintf);

    va_start(arguments, format);
    n = untyped_vsprintf(buffer, format, arguments);
    va_end(arguments);
    return n;
}

static int __attribute__((format(scanf, 1, 0))) scan_with(const char *format, ...)
{
    va_list arguments;
    int n;
    UNTYPED(vsscanf);

    va_start(arguments, format);
    n = untyped_vsscanf("-12 0x1f 077 word  [set]", format, arguments);
    va_end(arguments);
    return n;
}

static void formats(void)
{
    static char word[20], set[20];
    int a = 0, c = 0;
    unsigned b = 0;

    record((uint32_t)print_with("%-8s|%8.3s|%c|%#o|%#x|% d|%lld|%llx", "left", "right", '!', 8, 255,
                                5, -5000000000ll, 0x123456789all));
    record_bytes(buffer, sizeof buffer);
    record((uint32_t)print_with("%e %g %.3f %G %10.2e", 1.5, 1e-7, 3.14159, 1e20, -0.0));
    record_text(buffer);
    record((uint32_t)scan_with("%d %x %i %19s %*c%19[a-z]", &a, &b, &c, word, set));
    record((uint32_t)a * 100 + b * 10 + (uint32_t)c);
    record_text(word);
    record_text(set);
}

static void jump_back(jmp_buf context, int value)
{
    UNTYPED(longjmp);

    untyped_longjmp(context, value);
}

/* The kernel's own, which is not what a domain's longjmp is bound to. */
static void jumps(void)
{
    static jmp_buf context;
    static volatile int n;
    int got;

    n = 0;
    got = setjmp(context);
    record((uint32_t)got);
    if (++n < 4)
        jump_back(context, n - 1);
    record((uint32_t)n);
}

static void wide_characters(void)
{
    mbstate_t state;
    wchar_t wide = 0;
    UNTYPED(mbrtowc);
    UNTYPED(iswspace);

    memset(&state, 0, sizeof state);
    record((uint32_t)untyped_mbrtowc(&wide, "xyz", 3, &state));
    record((uint32_t)wide);
    record((uint32_t)untyped_mbrtowc(&wide, "", 1, &state));
    for (wint_t c = 0; c < 200; c += 11)
        record((uint32_t)untyped_iswspace(c) != 0);
}

static void locales(void)
{
    UNTYPED(setlocale);
    UNTYPED(localeconv);

    record_text(untyped_setlocale(LC_ALL, NULL));
    record_text(untyped_setlocale(LC_NUMERIC, "C"));
    record(untyped_setlocale(LC_ALL, "xx_YY") == NULL);
    record_text(untyped_localeconv()->decimal_point);
}

static void record_double(double value)
{
    uint32_t bits[2];

    memcpy(bits, &value, sizeof bits);
    record(bits[0]);
    record(bits[1]);
}

static void decimals(void)
{
    static const char *const numbers[] = {"1.7976931348623157e308", "4.9e-324",  "0x1.fffffp-3",
                                          "123456789.123456789",    "-infinity", "nan(77)"};
    int exponent = 0;
    UNTYPED(strtold);
    UNTYPED(frexp);

    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        double value = (double)untyped_strtold(numbers[i], NULL);

        record_double(value);
        record((uint32_t)sprintf(buffer, "%.17g %a", value, value));
        record_text(buffer);
    }
    record_double(untyped_frexp(48.5, &exponent));
    record((uint32_t)exponent);
}

const struct drill drills_of_libraries[] = {
    {"tree_nodes", tree_nodes},
    {"tree_moves", tree_moves},
    {"inflating", inflating},
    {"inflating_again", inflating_again},
    {"zlib_itself", zlib_itself},
    {"formats", formats},
    {"jumps", jumps},
    {"wide_characters", wide_characters},
    {"locales", locales},
    {"decimals", decimals},
    {NULL, NULL},
};
