# Makes bad objects of a good one.
#
#   perl spoil.pl headers OBJECT FOLDER     one for each header field and bad value
#   perl spoil.pl entries OBJECT FOLDER     the same with symbols and relocations
#   perl spoil.pl bits OBJECT FOLDER        one for each of many single bits
#   perl spoil.pl size SECTION SIZE OBJECT  sets the size of a section, in place
#
# Every object of the first two is one that no loader may accept.
use strict;
use warnings;

my ($object, $folder, $count);

sub get { my ($offset, $size) = @_; return unpack $size == 2 ? 'n' : 'N', substr $object, $offset, $size }

sub read_file {
    open my $in, '<', $_[0] or die "$_[0]: $!";
    binmode $in;
    local $/;
    return <$in>;
}

sub write_file {
    my ($name, $bytes) = @_;
    open my $out, '>', $name or die "$name: $!";
    binmode $out;
    print $out $bytes;
    close $out or die "$name: $!";
}

# One bad object: the bytes at an offset are others.
sub spoil {
    my ($what, $offset, $bytes) = @_;
    my $bad = $object;
    substr($bad, $offset, length $bytes) = $bytes;
    die "$what changes nothing" if $bad eq $object;
    write_file(sprintf('%s/%03d-%s.o', $folder, ++$count, $what), $bad);
}

sub spoil16 { my ($what, $offset, @values) = @_; spoil("$what-$_", $offset, pack 'n', $_) for @values }
sub spoil32 { my ($what, $offset, @values) = @_; spoil(sprintf('%s-%x', $what, $_), $offset, pack 'N', $_) for @values }
sub spoil8 { my ($what, $offset, @values) = @_; spoil("$what-$_", $offset, pack 'C', $_) for @values }

# name => [header's offset, type, flags, address, offset, size, link, info, alignment, entry size]
sub sections {
    my ($table, $n, $names) = (get(32, 4), get(48, 2), get(50, 2));
    my $strings = get($table + 40 * $names + 16, 4);
    my %sections;
    for my $i (0 .. $n - 1) {
        my $header = $table + 40 * $i;
        my $name = unpack 'Z*', substr $object, $strings + get($header, 4);
        $sections{$name} = { number => $i, header => $header, type => get($header + 4, 4), offset => get($header + 16, 4),
            size => get($header + 20, 4) };
    }
    return %sections;
}

my $end;

sub spoil_file_header {
    spoil8('magic', 0, 0, 0x7e);
    spoil8('magic-last', 3, 0);
    spoil8('class', 4, 0, 2, 3);
    spoil8('data', 5, 0, 1, 3);
    spoil8('identification-version', 6, 0, 2);
    spoil16('type', 16, 0, 2, 3, 4, 0xffff);
    spoil16('machine', 18, 0, 3, 21, 62, 0xffff);
    spoil32('version', 20, 0, 2, 0xffffffff);
    spoil32('section-table', 32, 0, $end, $end - 4, 0x7fffffff, 0xffffffd8, 0xffffffff);
    spoil16('header-size', 40, 0, 51, 64);
    spoil16('section-header-size', 46, 0, 39, 64, 0xffff);
    spoil16('section-count', 48, 0, get(48, 2) + 1, 0xfeff, 0xffff);
    spoil16('section-names', 50, 0, get(48, 2), 0xffff);
}

sub spoil_section_headers {
    my %sections = sections();
    for my $name (sort keys %sections) {
        my $s = $sections{$name};
        my $at = $s->{header};
        (my $label = $name) =~ s/[^a-z]//g;
        next if $s->{number} == 0;
        spoil32("$label-name", $at, $end, 0xffffffff);
        spoil32("$label-alignment", $at + 32, 3, 0xffffffff);
        next if $s->{type} == 8 || $s->{size} == 0;
        spoil32("$label-offset", $at + 16, $end, 0xffffff00, 0xffffffff);
        spoil32("$label-offset-overlap", $at + 16, 52) unless $s->{offset} == 52;
        spoil32("$label-size", $at + 20, $end, 0x7fffffff, 0xffffffff, 0x100000000 - $s->{offset});
    }
    my ($symbols, $strings, $names) = map { $sections{$_} } qw(.symtab .strtab .shstrtab);
    spoil32('symbols-strings', $symbols->{header} + 24, 0, get(48, 2), 0xffffffff);
    spoil32('symbols-entry', $symbols->{header} + 36, 0, 15, 17, 0xffffffff);
    spoil32('symbols-size', $symbols->{header} + 20, 0, $symbols->{size} - 1);
    spoil32('strings-type', $strings->{header} + 4, 1);
    spoil32('names-type', $names->{header} + 4, 1);
    spoil('strings-unterminated', $strings->{offset} + $strings->{size} - 1, 'x');
    spoil('names-unterminated', $names->{offset} + $names->{size} - 1, 'x');
    my $relocations = $sections{'.rela.text'};
    spoil32('relocations-link', $relocations->{header} + 24, 0, get(48, 2), 0xffffffff);
    spoil32('relocations-info', $relocations->{header} + 28, get(48, 2), 0xffffffff);
    spoil32('relocations-entry', $relocations->{header} + 36, 0, 8, 13);
    spoil32('relocations-size', $relocations->{header} + 20, $relocations->{size} - 1);
    my $name = $sections{'.whorl.domain'};
    spoil('domain-unterminated', $name->{offset} + $name->{size} - 1, 'x');
    spoil('domain-empty', $name->{offset}, "\0");
    $name = $sections{'.whorl.import'};
    spoil('import-unterminated', $name->{offset} + $name->{size} - 1, 'x');
}

sub spoil_symbols {
    my %sections = sections();
    my ($table, $text) = @sections{'.symtab', '.text'};
    my %done;
    for (my $i = 1; $i < $table->{size} / 16; $i++) {
        my $at = $table->{offset} + 16 * $i;
        my ($binding, $section) = (ord(substr $object, $at + 12, 1) >> 4, get($at + 14, 2));
        next if $section == 0xfff1;
        my $kind = $section == 0 ? 'undefined' : $section == 0xfff2 ? 'common' : $binding ? 'global' : 'local';
        next if $done{$kind}++;
        spoil32("$kind-symbol-name", $at, $end, 0xffffffff);
        spoil8("$kind-symbol-binding", $at + 12, 0x30 | ord(substr $object, $at + 12, 1) & 15, 0xf0);
        spoil8("$kind-symbol-type", $at + 12, $binding << 4 | 6, $binding << 4 | 15);
        spoil16("$kind-symbol-section", $at + 14, get(48, 2), 0xfeff, 0xff20) if $kind ne 'undefined';
        spoil32("$kind-symbol-value", $at + 4, 0x7fffffff, 0xffffffff) if $kind eq 'global' || $kind eq 'local';
        spoil32("$kind-symbol-size", $at + 8, 0x7fffffff, 0xffffffff) if $kind ne 'undefined';
        spoil32("$kind-symbol-alignment", $at + 4, 3, 0xffffffff, 0x80000000) if $kind eq 'common';
    }
}

sub spoil_relocations {
    my %sections = sections();
    for my $name ('.rela.text', '.rela.data', '.rela.init_array') {
        my ($table, $target) = ($sections{$name}, $sections{substr $name, 5});
        (my $label = $name) =~ s/[^a-z]//g;
        next unless $table;
        my $symbols = $sections{'.symtab'}{size} / 16;
        for my $at ($table->{offset}, $table->{offset} + $table->{size} - 12) {
            my $type = get($at + 4, 4) & 0xff;
            spoil32("$label-offset", $at, $target->{size}, $target->{size} - 1, 0x7fffffff, 0xffffffff)
                if $type != 0;
            spoil32("$label-symbol", $at + 4, $symbols << 8 | $type, 0xffffff00 | $type);
            spoil32("$label-type", $at + 4, map { get($at + 4, 4) & ~0xff | $_ } 7, 19, 50, 67, 109, 200, 255);
            last if $table->{size} == 12;
        }
    }
}

sub spoil_bits {
    my $bits = 8 * length $object;
    for (my $bit = 0; $bit < $bits; $bit += 11) {
        my $byte = ord substr $object, $bit / 8, 1;
        spoil("bit", int($bit / 8), chr($byte ^ 1 << $bit % 8));
    }
}

my ($what, @arguments) = @ARGV;
if ($what eq 'size') {
    my ($section, $size, $file) = @arguments;
    $object = read_file($file);
    my %sections = sections();
    substr($object, $sections{$section}{header} + 20, 4) = pack 'N', $size =~ /^0x/ ? hex $size : $size;
    write_file($file, $object);
    exit;
}
($object, $folder) = (read_file($arguments[0]), $arguments[1]);
$end = length $object;
if ($what eq 'headers') { spoil_file_header(); spoil_section_headers() }
elsif ($what eq 'entries') { spoil_symbols(); spoil_relocations() }
elsif ($what eq 'bits') { spoil_bits() }
else { die "what is $what?" }
