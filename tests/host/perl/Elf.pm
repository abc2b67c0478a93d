# Reading an ELF object for PowerPC, and writing a copy of it with a few things
# changed or added: sections renamed, symbols changed, words and labels added.
package Elf;
use strict;
use warnings;
use Exporter 'import';
our @EXPORT_OK = qw(elf_read elf_write elf_symbols elf_relocations read_file write_file
    SHF_ALLOC SHF_MERGE SHF_STRINGS SHF_WRITE SHF_EXECINSTR SHT_PROGBITS SHT_RELA SHT_NOBITS SHT_NOTE SHT_GROUP SHT_ATTRIBUTES
    SHN_COMMON);

use constant {
    SHT_PROGBITS   => 1,
    SHT_SYMTAB     => 2,
    SHT_STRTAB     => 3,
    SHT_RELA       => 4,
    SHT_NOTE       => 7,
    SHT_NOBITS     => 8,
    SHT_GROUP      => 17,
    SHT_ATTRIBUTES => 0x6ffffff5,
    SHF_WRITE      => 1,
    SHF_ALLOC      => 2,
    SHF_EXECINSTR  => 4,
    SHF_MERGE      => 16,
    SHF_STRINGS    => 32,
    SHN_COMMON     => 0xfff2,
    STT_FUNC       => 2,
    R_PPC_ADDR32   => 1,
    HEADER         => 40,
    RELA           => 12,
};

sub read_file {
    my ($path) = @_;
    open my $in, '<:raw', $path or die "$path: $!\n";
    local $/;
    return scalar <$in>;
}

sub write_file {
    my ($path, $bytes) = @_;
    open my $out, '>:raw', $path or die "$path: $!\n";
    print $out $bytes;
    close $out or die "$path: $!\n";
}

sub string_at { return unpack 'Z*', substr $_[0], $_[1], 4096 }

# Sections with the fields of their headers, and what stands in the file for them.
sub elf_read {
    my ($bytes) = @_;
    my ($headers, $number, $names) = (unpack('N', substr $bytes, 32, 4), unpack 'nn', substr $bytes, 48, 4);
    my @sections;
    for my $index (0 .. $number - 1) {
        my %s = (index => $index);
        @s{qw(name_at type flags address offset size link info align entry)} =
            unpack 'N10', substr $bytes, $headers + HEADER * $index, HEADER;
        $s{bytes} = $s{type} == SHT_NOBITS || $s{type} == 0 ? '' : substr $bytes, $s{offset}, $s{size};
        push @sections, \%s;
    }
    $_->{name} = string_at($sections[$names]{bytes}, $_->{name_at}) for @sections;
    return {header => substr($bytes, 0, 52), sections => \@sections, names => $names};
}

sub symbol_section { return (grep { $_->{type} == SHT_SYMTAB } @{$_[0]{sections}})[0] }

# All of them, the null symbol included.
sub elf_symbols {
    my ($elf) = @_;
    my $section = symbol_section($elf) or return [];
    my $names = $elf->{sections}[$section->{link}]{bytes};
    my @symbols;
    for my $index (0 .. $section->{size} / 16 - 1) {
        my %s = (index => $index);
        @s{qw(name_at value size info other section)} = unpack 'NNNCCn', substr $section->{bytes}, 16 * $index, 16;
        $s{name} = string_at($names, $s{name_at});
        push @symbols, \%s;
    }
    return \@symbols;
}

# Those of one section of relocations.
sub elf_relocations {
    my ($section) = @_;
    my @words = unpack 'N*', $section->{bytes};
    my @relocations;
    while (my ($offset, $info, $addend) = splice @words, 0, 3) {
        push @relocations, {offset => $offset, symbol => $info >> 8, type => $info & 0xff, addend => $addend};
    }
    return \@relocations;
}

# Local symbols stand before the others, so the numbers of those change in every reference.
sub renumber {
    my ($sections, $first, $by) = @_;
    for my $section (@$sections) {
        $section->{info} += $by if $section->{type} == SHT_GROUP && $section->{info} >= $first;
        next if $section->{type} != SHT_RELA;
        my @words = unpack 'N*', $section->{bytes};
        for (my $i = 1; $i < @words; $i += 3) {
            $words[$i] += $by << 8 if $words[$i] >> 8 >= $first;
        }
        $section->{bytes} = pack 'N*', @words;
    }
}

# A table of strings that begins as another one does.
sub add_string {
    my ($table, $string) = @_;
    my $at = length $$table;
    $$table .= "$string\0";
    return $at;
}

sub pack_symbol { return pack 'NNNCCn', @{$_[0]}{qw(name_at value size info other section)} }

# The section `.judge` of words that hold symbols' values, and its relocations.
sub word_sections {
    my ($words, $index, $table) = @_;
    my $n = 0;
    my $rela = join '', map { pack 'NNN', 4 * $n++, $_->[0] << 8 | R_PPC_ADDR32, $_->[1] & 0xffffffff } @$words;
    return (
        {name => '.judge', type => SHT_PROGBITS, flags => SHF_ALLOC, link => 0, info => 0, align => 4, entry => 0,
            bytes => "\0" x (4 * @$words)},
        {name => '.rela.judge', type => SHT_RELA, flags => 0, link => $table, info => $index, align => 4,
            entry => RELA, bytes => $rela});
}

sub write_sections {
    my ($elf, $sections, $names) = @_;
    $_->{name_at} = add_string(\$names, $_->{name}) for @$sections;
    $sections->[$elf->{names}]{bytes} = $names;
    my ($out, $headers) = ($elf->{header}, '');
    for my $s (@$sections) {
        my $align = $s->{align} > 4 ? $s->{align} : 4;
        $out .= "\0" x (-length($out) % $align);
        my $size = $s->{type} == SHT_NOBITS ? $s->{size} : length $s->{bytes};
        $headers .= pack 'N10', @$s{qw(name_at type flags)}, 0, $s->{type} == 0 ? 0 : length $out, $size,
            @$s{qw(link info align entry)};
        $out .= $s->{bytes};
    }
    $out .= "\0" x (-length($out) % 4);
    substr($out, 32, 4) = pack 'N', length $out;
    substr($out, 48, 2) = pack 'n', scalar @$sections;
    return $out . $headers;
}

sub label {
    my ($strings, $section) = @_;
    return {name_at => add_string($strings, "__at_$section"), value => 0, size => 0, info => STT_FUNC, other => 0,
        section => $section};
}

# The symbols after a change, with the labels put before the first that is not local.
sub changed_symbols {
    my ($elf, $strings, $change, $first, @labels) = @_;
    my @symbols = map { {%$_} } @{elf_symbols($elf)};
    for my $symbol (@symbols) {
        my $before = $symbol->{name};
        $change->($symbol);
        $symbol->{name_at} = add_string($strings, $symbol->{name}) if $symbol->{name} ne $before;
    }
    splice @symbols, $first, 0, map { label($strings, $_) } @labels;
    return join '', map { pack_symbol($_) } @symbols;
}

# The object's bytes, changed:
#   section => sub   called with a copy of each section, which it may change
#   symbol => sub    the same with symbols; a changed name is noticed
#   labels => [N..]  adds a local procedure `__at_N` at the beginning of each section N
#   words => [[SYMBOL, ADDEND]..]  adds a section `.judge` whose words have these values, with a label
sub elf_write {
    my ($elf, %change) = @_;
    my @sections = map { {%$_} } @{$elf->{sections}};
    my ($table) = grep { $_->{type} == SHT_SYMTAB } @sections;
    my ($first, $number, @labels) = ($table->{info}, scalar @sections, @{$change{labels}});
    $change{section}->($_) for @sections;
    if (@{$change{words}}) {
        push @sections, word_sections($change{words}, $number, $table->{index});
        push @labels, $number;
    }
    renumber(\@sections, $first, scalar @labels);
    my $strings = $sections[$table->{link}]{bytes};
    $table->{bytes} = changed_symbols($elf, \$strings, $change{symbol}, $first, @labels);
    $table->{info} += @labels;
    $sections[$table->{link}]{bytes} = $strings;
    # Some compilers have one table for both kinds of names.
    return write_sections($elf, \@sections, $table->{link} == $elf->{names} ? $strings : '');
}

1;
