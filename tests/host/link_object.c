/*
 * The kernel's linker as a program, for judge.pl. Standard input says what to do,
 * a line for each thing; addresses are hexadecimal:
 *
 *   import NAME ADDRESS KIND         what there is to import, before any object;
 *                                    KIND is plain or identified
 *   object FILE IMAGE CODE DATA      links the object in FILE for these addresses
 *
 * For each object standard output gets `object FILE`, then `refused SENTENCE`, or
 *
 *   segment ADDRESS SIZE             three times: text, rodata, data
 *   symbol ADDRESS NAME              everything in the domain's symbol table
 *
 * and an empty line; the segments' bytes, one after the other, are written to IMAGE.
 *
 * This is the only place that knows the linker's interface.
 */
#include <sanitizer/asan_interface.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "domains/domain.h"
#include "tests/host/fake_host.h"

#define LINE_MAX_LENGTH 4096
#define WORDS_MAX 5

/* ---- what can be imported ---- */

static struct symbol *imports;
static size_t n_imports, room;
static struct domain *provider;

static void die(const char *what)
{
    fprintf(stderr, "link_object: %s\n", what);
    exit(1);
}

static void add_import(const char *name, const char *address, const char *kind)
{
    if (n_imports == room) {
        room = 2 * room + 100;
        imports = realloc(imports, room * sizeof *imports);
    }
    imports[n_imports++] = (struct symbol){.name = strdup(name),
                                           .value = (vaddr_t)strtoul(address, NULL, 16),
                                           .hash = symbol_hash(name),
                                           .exported = true,
                                           .identified = strcmp(kind, "identified") == 0};
}

static void create_provider(void)
{
    size_t n_slots = symbol_slots(n_imports);
    struct symbol_table table;

    if (provider != NULL)
        return;
    symbol_table_init(&table, calloc(n_imports + 1, sizeof *imports),
                      calloc(n_slots, sizeof(uint32_t)), n_slots);
    for (size_t i = 0; i < n_imports; i++)
        if (!symbol_table_add(&table, &imports[i]))
            die("the same import twice");
    if (domain_make_kernel("Provider", &table, NULL, &provider) != OK)
        die(status_explain());
}

/* ---- one object ---- */

static void *read_file(const char *path, size_t *size)
{
    FILE *stream = fopen(path, "rb");
    void *bytes;

    if (stream == NULL)
        die(path);
    fseek(stream, 0, SEEK_END);
    *size = (size_t)ftell(stream);
    rewind(stream);
    bytes = malloc(*size);
    if (fread(bytes, 1, *size, stream) != *size)
        die(path);
    fclose(stream);
    return bytes;
}

/* Text that is sealed must not be touched, says fake_host; here it is only looked at. */
static void write_segment(FILE *out, const struct segment *segment)
{
    printf("segment %08x %x\n", (unsigned)segment->address, (unsigned)segment->size);
    ASAN_UNPOISON_MEMORY_REGION(segment->bytes, segment->size);
    if (segment->size != 0 && fwrite(segment->bytes, segment->size, 1, out) != 1)
        die("cannot write an image");
}

static void write_domain(const struct domain *domain, const char *path)
{
    const struct image *image = &domain->image;
    FILE *out = fopen(path, "wb");

    if (out == NULL)
        die(path);
    write_segment(out, &image->memory.text);
    write_segment(out, &image->memory.rodata);
    write_segment(out, &image->memory.data);
    fclose(out);
    for (size_t i = 0; i < image->symbols.n_symbols; i++)
        printf("symbol %08x %s\n", (unsigned)image->symbols.symbols[i].value,
               image->symbols.symbols[i].name);
}

/* Unresolved imports may be left only if they are weak: those are settled by initializing. */
static status_t link_domain(struct domain *domain)
{
    status_t status = domain_bind(provider, domain);

    if (status == OK)
        status = start_alone(domain);
    /* Its constructors are not of this world, and may be imports. Sealed is all it has to be. */
    return status == OK || domain->image.sealed ? OK : status;
}

static void link_object(const char *path, const char *image)
{
    struct domain *domain = NULL;
    size_t size;
    void *bytes = read_file(path, &size);
    status_t status = domain_make(&fake_terms, "judged", bytes, size, &domain);

    free(bytes); /* which must not be needed any more */
    printf("object %s\n", path);
    if (status == OK)
        status = link_domain(domain);
    if (status == OK)
        write_domain(domain, image);
    else
        printf("refused %s\n", status_explain());
    printf("\n");
    if (domain != NULL && end_alone(domain) != OK)
        die(status_explain());
}

/* ---- */

static size_t split(char *line, const char *words[WORDS_MAX])
{
    size_t n = 0;

    for (char *word = strtok(line, " \n"); word != NULL && n < WORDS_MAX;
         word = strtok(NULL, " \n"))
        words[n++] = word;
    return n;
}

int main(void)
{
    static char line[LINE_MAX_LENGTH];
    const char *words[WORDS_MAX];

    fake_host_reset();
    while (fgets(line, sizeof line, stdin) != NULL) {
        size_t n = split(line, words);

        if (n == 4 && strcmp(words[0], "import") == 0) {
            add_import(words[1], words[2], words[3]);
        } else if (n == 5 && strcmp(words[0], "object") == 0) {
            create_provider();
            fake_host_reset();
            fake_host.code = (vaddr_t)strtoul(words[3], NULL, 16);
            fake_host.data = (vaddr_t)strtoul(words[4], NULL, 16);
            link_object(words[1], words[2]);
        } else {
            die("a line that says nothing");
        }
    }
    return 0;
}
