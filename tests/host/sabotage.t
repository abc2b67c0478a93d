# Does a defect turn the suites red? Each sabotage below is one changed line; the suite named must fail.
# Works in a copy of the sources. Prints TAP for prove.
set -u
cd "$(dirname "$0")/../.." || exit 1
copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
trap 'exit 1' HUP INT TERM

cp -rp Makefile linker.ld arch boot domains extensions kernel tests tools "$copy" || exit 1
mkdir -p "$copy/build/tests"
cp -rp build/tests/host "$copy/build/tests" || exit 1
for library in newlib libfdt zlib; do
    ln -s "$PWD/build/$library" "$copy/build/$library"
done
touch -r build/setup.stamp "$copy/build/setup.stamp"
cd "$copy" || exit 1

n=0

# run_suite SUITE: succeeds if that does. ld is the judge of the linker, with objects that take a second.
run_suite()
{
    case $1 in
    ld) timeout 60 sh tests/host/ld.t assembly libgcc ;;
    *) timeout 60 "build/tests/host/$1_test" ;;
    esac >log 2>&1 && ! grep -q '^not ok' log
}

# sabotage SUITE FILE WHAT PERL-EXPRESSION: the expression must change the file
sabotage()
{
    n=$((n + 1))
    product=build/tests/host/$1_test
    [ "$1" != ld ] || product=build/tests/host/link_object
    cp -p "$2" saved
    perl -pi -e "$4" "$2"
    if cmp -s saved "$2"; then
        echo "not ok $n - $1: $3: nothing to change in $2"
    elif ! make -s WARNINGS= "$product" >log 2>&1; then
        echo "not ok $n - $1: $3: does not compile"
        sed 's/^/# /' log
    elif run_suite "$1"; then
        echo "not ok $n - $1 does not notice: $3"
    else
        echo "ok $n - $1 notices: $3"
    fi
    cp saved "$2"
}

sabotage reach arch/ppc/code/reach.c 'a reach one word too far' 's/value < limit/value <= limit/'
sabotage relocation domains/relocation.c 'no carry in @ha' 's/\(value \+ 0x8000\) >> 16/value >> 16/'
sabotage relocation domains/relocation.c 'a range check skipped' 's/value \+ 0x8000 < 0x10000/true/'
sabotage elf domains/elf.c 'sections beyond the end' 's/size <= object->size - offset/true/'
sabotage elf domains/elf.c 'a string table without its zero' 's/size == 0 \|\| object->bytes.*!= 0/size == 0/'
sabotage archive domains/archive.c 'members beyond the end' 's/size > left/false/'
sabotage archive domains/archive.c 'long names beyond their table' 's/at >= archive->long_names_size/false/'
sabotage archive domains/archive.c 'no padding behind odd members' 's/end % 2 != 0 && //'
sabotage capability domains/capability.c 'numbers used twice' 's/slot->generation \+ 1u/slot->generation/'
sabotage capability domains/capability.c 'free slots taken too early' 's/n_free <= RESERVE/n_free == 0/'
sabotage capability domains/capability.c 'kinds mixed up' 's/ && slot->kind == kind//'
sabotage symbols domains/symbols.c 'names with the same hash' 's/ && strcmp\(symbol->name, name\) == 0//'
sabotage pagemap kernel/pagemap.c 'pages freed twice' 's/ \|\| any_free\(map, first, n\)//'
sabotage line kernel/line.c 'a line without an end' 's/if \(line->length == LINE_LENGTH_MAX\)/if (line->length == LINE_LENGTH_MAX + 5)/'
sabotage packet kernel/packet.c 'any checksum' 's/receiver->sum [!=]= receiver->expected/false/'
sabotage image domains/image.c 'memory kept after a failure' 's/^    image_release\(&b->image->memory, false\);//'
sabotage image domains/image_relocate.c 'a veneer to the wrong place' 's/code_veneer\(words, value\)/code_veneer(words, value + 4)/'
sabotage hostile domains/image_relocate.c 'relocations beyond the section' 's/type->width (<=|>) target->size - offset/type->width $1 4/'
sabotage domain domains/domain.c 'a failed resolve not undone' 's/^        unbind\(source, target, were_bound\);/;/'
sabotage domain domains/domain.c 'members left sealed' 's/^    unseal_waiting\(group, n\);//'
sabotage domain domains/domain.c 'users of a domain overlooked' 's/ && depends_on\(d, domain\)\)/ \&\& depends_on(d, d))/'
sabotage loader domains/loader.c 'what was created is kept' 's/\(void\)domain_destroy_group\(domains, n\);//'
sabotage btf domains/btf.c 'fields beyond the end' 's/n \* size > \(size_t\)\(end - p\)/false/'
sabotage btf domains/btf.c 'references to what is no type' 's/seen\.type < seen\.entry/true/'
sabotage btf domains/btf_compatible.c 'a circle without an end' 's/is_listed\(walk, pair\) \? OK : //'
sabotage btf domains/btf_compatible.c 'const taken away on the way' 's/caller & ~definer & QUALIFIERS/0/'
sabotage model domains/image_bind.c 'a place forgotten by unbind' 's/^( *)(put_original\(&spot, fixup, spot\.segment->bytes \+ spot\.offset\);)/$1if (i != 1) $2/'
sabotage model domains/binding.c 'a user counted for good' 's/^        count\(target, import, -1\);//'
sabotage model domains/binding.c 'choices of a bind that failed' 's/^    forget_choices\(target\);//'
sabotage model domains/life.c 'names of a domain that is gone' 's/^    name_forget\(domain\);//'
sabotage model domains/view.c 'a weak definition that stays' 's/if \(known->symbol->weak\) \{/if (false) {/'
sabotage model domains/binding.c 'types read for a bind and kept' 's/^            types_rest\(&d->image\);/            ;/'
echo "1..$n"
