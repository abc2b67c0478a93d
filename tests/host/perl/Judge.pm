# GNU ld as the judge of the kernel's linker: links objects with both, at the same
# addresses, and compares every byte. The kernel's linker is looked at from outside,
# through build/tests/host/link_object, or in a machine, through an extension that tells.
#
# How the addresses are learnt: the kernel gets a copy of the object in which a local
# procedure `__at_N` begins every section N; those it tells. A section `.judge` is added
# whose words are the values of the symbols that the kernel itself places.
#
# What ld gets: a copy whose sections have names of their own and are not merged, with a
# section `.judge` whose words are S + A of every branch and every use of the offset
# table, so that ld is the judge of where those should lead, too.
package Judge;
use strict;
use warnings;
use Elf qw(elf_read elf_write elf_symbols elf_relocations read_file write_file SHF_ALLOC SHF_MERGE
    SHF_STRINGS SHF_WRITE SHF_EXECINSTR SHT_PROGBITS SHT_RELA SHT_NOBITS SHT_NOTE SHT_ATTRIBUTES SHN_COMMON);
use Relocation qw(relocation_name);
use Exporter 'import';
our @EXPORT_OK = qw(judge by_program read_answer imports import_address);

my $CODE = 0x04000000;       # where the kernel has code, and data
my $DATA = 0x10800000;
my $JUDGE_WORDS = 0x70000000; # where ld puts what only it is asked for
my $OWNER = 0x123;            # who calls, in veneers that say so; FAKE_OWNER
my $TABLE = '_GLOBAL_OFFSET_TABLE_';
my $NOP = 0x60000000;

my %is_branch = map { $_ => 1 } 2, 7 .. 13, 18, 23;
my %is_short = map { $_ => 1 } 7 .. 9, 11 .. 13;
my %is_absolute = map { $_ => 1 } 2, 7 .. 9;
my %is_predicted = map { $_ => 1 } 8, 9, 12, 13;
my %is_entry = map { $_ => 1 } 14 .. 17;
my %is_long_call = map { $_ => 1 } 29, 30, 31, 119, 120;
my ($PLTREL24, $PLTCALL) = (18, 120);
my ($ADDR14_BRTAKEN, $ADDR14_BRNTAKEN, $REL14_BRTAKEN) = (8, 9, 12);
my ($GOT16, $GOT16_LO, $GOT16_HI, $GOT16_HA) = (14 .. 17);

# ---- imports ----

sub hash_of {
    my ($name) = @_;
    my $hash = 0x811c9dc5;
    $hash = (($hash ^ ord $_) * 0x01000193) & 0xffffffff for split //, $name;
    return $hash;
}

# Where an import is, by its name alone: at_HEX there, absent_X nowhere, others in reach of
# absolute branches, as identified_X always are, behind the code, before it, or far from all.
sub import_address {
    my ($name) = @_;
    return hex $1 if $name =~ /^at_([0-9a-f]{8})/;
    return undef if $name =~ /^absent_/;
    my $hash = hash_of($name);
    my $offset = ($hash >> 4 & 0x1fffff) * 4;
    return 0x01000000 + $offset if $name =~ /^identified_/;
    return (0x01000000, 0x04800000, 0x02400000, 0x20000000)[$hash % 4] + $offset;
}

# ---- the two copies ----

sub is_loaded {
    my ($s) = @_;
    return ($s->{flags} & SHF_ALLOC) && $s->{type} != SHT_NOTE && $s->{name} !~ /^\.eh_frame$|^\.whorl\./;
}

sub add_relocations {
    my ($case) = @_;
    my $sections = $case->{elf}{sections};
    for my $rela (grep { $_->{type} == SHT_RELA && is_loaded($sections->[$_->{info}]) } @$sections) {
        for my $r (@{elf_relocations($rela)}) {
            $r->{section} = $rela->{info};
            push @{$case->{relocations}}, $r;
        }
    }
    for my $r (@{$case->{relocations}}) {
        next unless $is_branch{$r->{type}} || $is_entry{$r->{type}} || $is_long_call{$r->{type}};
        push @{$case->{special}}, $r;
        $r->{word} = $#{$case->{special}};
    }
}

# Attributes are not the linker's; a copy in which they are no attributes is linked whatever they say.
sub kernel_copy {
    my ($case) = @_;
    my $asked = $case->{where_are_imports} ? qr/^(?!absent_)./ : qr/^identified_|^$TABLE$/;
    $case->{asked} = [grep { $_->{section} == 0 && $_->{name} =~ $asked } @{$case->{symbols}}];
    return elf_write($case->{elf},
        labels => [map { $_->{index} } grep { $_->{flags} & SHF_ALLOC } @{$case->{elf}{sections}}],
        words => [map { [$_->{index}, 0] } @{$case->{asked}}],
        section => sub { $_[0]{type} = SHT_PROGBITS if $_[0]{type} == SHT_ATTRIBUTES },
        symbol => sub { });
}

# The offset table is the kernel's: what refers to its entries is not shown to ld.
sub hide_entries {
    my ($section) = @_;
    my @words = unpack 'N*', $section->{bytes};
    for (my $i = 1; $i < @words; $i += 3) {
        $words[$i] &= ~0xff if $is_entry{$words[$i] & 0xff};
    }
    $section->{bytes} = pack 'N*', @words;
}

sub rename_section {
    my ($s) = @_;
    hide_entries($s) if $s->{type} == SHT_RELA;
    return if $s->{type} != SHT_NOBITS && $s->{type} != SHT_NOTE && $s->{type} != SHT_ATTRIBUTES
        && $s->{type} != SHT_PROGBITS && !($s->{flags} & SHF_ALLOC);
    my $loaded = is_loaded($s);
    $s->{name} = $loaded ? ".s$s->{index}" : '.not_loaded';
    $s->{type} = SHT_PROGBITS if $s->{type} == SHT_NOTE || $s->{type} == SHT_ATTRIBUTES;
    $s->{flags} &= ~(SHF_MERGE | SHF_STRINGS);
}

sub judge_copy {
    my ($case) = @_;
    return elf_write($case->{elf},
        labels => [],
        words => [map { [$_->{symbol}, $_->{type} == $PLTREL24 || $is_long_call{$_->{type}} ? 0 : $_->{addend}] } @{$case->{special}}],
        section => \&rename_section,
        symbol => sub {
            my ($s) = @_;
            $s->{section} = 0 if $s->{section} == SHN_COMMON;
            $s->{name} = '__table' if $s->{name} eq $TABLE;
        });
}

# Pages as the kernel gives them, not always the first.
sub code_address { return $_[0] =~ /^assembly/ ? $CODE : $CODE + hash_of($_[0]) % 256 * 4096 }

sub prepare {
    my ($how, $path, $name) = @_;
    my $case = {name => $name, where_are_imports => $how->{where_are_imports}, relocations => [], special => []};
    (my $stem = $name) =~ s{/}{-}g;
    $case->{stem} = "$how->{folder}/$stem";
    $case->{elf} = elf_read(read_file($path));
    $case->{symbols} = elf_symbols($case->{elf});
    $case->{empty} = !@{$case->{symbols}};
    add_relocations($case);
    write_file("$case->{stem}.o", $case->{empty} ? read_file($path) : kernel_copy($case));
    return $case;
}

# ---- the kernel links ----

# The names that some of the objects import and that are somewhere, without the offset table's.
sub imports {
    my ($cases) = @_;
    my %seen;
    return grep { $_ ne '' && $_ ne $TABLE && defined import_address($_) && !$seen{$_}++ }
        map { $_->{name} } grep { $_->{section} == 0 } map { @{$_->{symbols}} } @$cases;
}

sub plan {
    my ($cases) = @_;
    my $plan = '';
    $plan .= sprintf "import %s %x %s\n", $_, import_address($_), /^identified_/ ? 'identified' : 'plain'
        for imports($cases);
    $plan .= sprintf "object %s %s %x %x\n", "$_->{stem}.o", "$_->{stem}.image", code_address($_->{name}), $DATA
        for @$cases;
    return $plan;
}

# Reads what link_object says of one object.
sub read_answer {
    my ($case, @lines) = @_;
    for my $line (@lines) {
        if ($line =~ /^refused (.*)/) {
            $case->{refused} = $1;
        } elsif ($line =~ /^segment (\S+) (\S+)/) {
            push @{$case->{segments}}, {address => hex $1, size => hex $2};
        } elsif ($line =~ /^symbol (\S+) __at_(\d+)$/) {
            $case->{at}[$2] = hex $1;
        } elsif ($line =~ /^symbol (\S+) (.*)/) {
            $case->{value}{$2} = hex $1;
        }
    }
}

# What has the kernel's linker link the objects: link_object. The other is tests/system/ld.pl's.
sub by_program {
    my ($program) = @_;
    return sub {
        my ($folder, $cases) = @_;
        write_file("$folder/plan", plan($cases));
        system("$program < $folder/plan > $folder/answers") == 0 or die "link_object failed\n";
        my @answers = split /\n\n/, read_file("$folder/answers");
        for my $case (@$cases) {
            my ($head, @lines) = split /\n/, shift @answers;
            die "not $case->{name}: $head\n" if $head ne "object $case->{stem}.o";
            read_answer($case, @lines);
            read_image($case) unless $case->{refused};
        }
    };
}

sub read_image {
    my ($case) = @_;
    my $bytes = read_file("$case->{stem}.image");
    $_->{bytes} = substr $bytes, 0, $_->{size}, '' for @{$case->{segments}};
}

# The bytes of the kernel's image at an address; undef outside of it.
sub image_at {
    my ($case, $address, $size) = @_;
    for my $s (@{$case->{segments}}) {
        return substr $s->{bytes}, $address - $s->{address}, $size
            if $address >= $s->{address} && $address + $size <= $s->{address} + $s->{size};
    }
    return undef;
}

sub word_at {
    my $bytes = image_at(@_, 4);
    return defined $bytes ? unpack 'N', $bytes : undef;
}

# ---- ld links ----

# What the kernel places itself: its offset table, and the veneers of what must know who calls.
sub asked_values {
    my ($case) = @_;
    my $at = $case->{at}[@{$case->{elf}{sections}}];
    my $n = 0;
    return map { $_->{name} => word_at($case, $at + 4 * $n++) } @{$case->{asked}};
}

sub ld_script {
    my ($case) = @_;
    my %value = asked_values($case);
    my $script = '';
    $case->{table} = $value{$TABLE};
    $case->{veneers} = $case->{where_are_imports} ? {} : {map { $_ => $value{$_} } grep { $_ ne $TABLE } keys %value};
    $case->{imported} = \%value;
    for my $symbol (@{$case->{symbols}}) {
        my $name = $symbol->{name};
        next if $name eq '' || $symbol->{section} != 0 && $symbol->{section} != SHN_COMMON;
        my $address = $symbol->{section} == SHN_COMMON ? $case->{value}{$name}
            : exists $value{$name} ? $value{$name} : import_address($name);
        $name = '__table' if $name eq $TABLE;
        $script .= sprintf qq{"%s" = 0x%x;\n}, $name, $address if defined $address;
    }
    $script .= "SECTIONS\n{\n";
    $script .= sprintf "    .s%u 0x%x : { KEEP(*(.s%u)) . = .; }\n", $_->{index}, $case->{at}[$_->{index}], $_->{index}
        for grep { is_loaded($_) } @{$case->{elf}{sections}};
    return $script . sprintf "    .judge 0x%x : { KEEP(*(.judge)) }\n    /DISCARD/ : { *(.not_loaded) }\n}\n", $JUDGE_WORDS;
}

# Branches out of reach are expected, and looked at later; everything else ld has to say is a complaint.
sub ld_complaints {
    my ($text) = @_;
    my @complaints;
    for my $line (split /\n/, $text) {
        next if $line =~ /in function|additional relocation overflows|^\S+:\(\S+\): in function/;
        next if $line =~ /relocation truncated to fit: R_PPC_(?:REL24|LOCAL24PC|PLTREL24|(?:REL|ADDR)14\S*|ADDR24) /;
        push @complaints, "ld says: $line";
    }
    return @complaints;
}

sub ld_links {
    my ($case) = @_;
    my $stem = $case->{stem};
    write_file("$stem.ld.o", judge_copy($case));
    write_file("$stem.ld", ld_script($case));
    my $said = `powerpc-linux-gnu-ld -static -N -e 0 --no-relax --noinhibit-exec --no-check-sections --no-warn-rwx-segments -z noexecstack -T $stem.ld -o $stem.elf $stem.ld.o 2>&1`;
    push @{$case->{complaints}}, ld_complaints($said);
    return push @{$case->{complaints}}, 'ld made nothing' unless -e "$stem.elf";
    for my $section (@{elf_read(read_file("$stem.elf"))->{sections}}) {
        $case->{ld}[$1] = $section if $section->{name} =~ /^\.s(\d+)$/;
        $case->{targets} = [unpack 'N*', $section->{bytes}] if $section->{name} eq '.judge';
    }
    unlink map { "$stem$_" } '.o', '.image', '.ld.o', '.ld', '.elf' unless $ENV{KEEP};
}

# ---- branches ----

sub signed { return $_[0] & $_[1] ? ($_[0] & ($_[1] - 1)) - $_[1] : $_[0] & ($_[1] - 1) }

# Where a branch at an address goes; undef if it is none.
sub branch_target {
    my ($word, $at) = @_;
    my $opcode = $word >> 26;
    return undef if $opcode != 18 && $opcode != 16;
    my $to = $opcode == 18 ? signed($word & 0x03fffffc, 0x02000000) : signed($word & 0xfffc, 0x8000);
    return ($word & 2 ? $to : $at + $to) & 0xffffffff;
}

# Where a veneer leads; undef if there is none at the address.
sub veneer_target {
    my ($case, $at) = @_;
    my $bytes = image_at($case, $at, 16);
    return undef unless defined $bytes;
    my @w = unpack 'N4', $bytes;
    if ($w[0] == (0x39800000 | $OWNER) && $w[1] == 0x7d9143a6 && ($w[2] & 0xfc000003) == 0x48000002) {
        return branch_target($w[2], 0); # li r12; mtsprg 1; ba
    }
    return undef unless $w[0] >> 16 == 0x3d80 && $w[1] >> 16 == 0x398c && $w[2] == 0x7d8903a6 && $w[3] == 0x4e800420;
    return (($w[0] << 16) + signed($w[1] & 0xffff, 0x8000)) & 0xffffffff; # lis r12; addi r12; mtctr; bctr
}

sub leads_to {
    my ($case, $word, $at, $target) = @_;
    my $to = branch_target($word, $at);
    return 0 unless defined $to;
    return 1 if $to == $target;
    my $through = veneer_target($case, $to);
    my $slot = image_at($case, $to, 16);
    $through = 0 if !defined $through && defined $slot && $slot eq "\0" x 16; # an empty slot: a fault as 0 is
    return 0 unless defined $through && $through == $target;
    $case->{used}{$to} = 16;
    return 1;
}

my $PREDICTION = 1 << 21; # reverses what the sign of the displacement predicts, a branch backwards

# The prediction asked for, in the kernel's own branch: to a veneer it goes the other way maybe.
sub predicts {
    my ($word, $type) = @_;
    my $backwards = $word & 0x8000 ? 1 : 0;
    my $taken = $type == $REL14_BRTAKEN || $type == $ADDR14_BRTAKEN ? 1 : 0;
    return ($word & $PREDICTION ? 1 : 0) == ($taken ^ $backwards);
}

# All bits of the instruction but those that say where to, and the prediction where that was asked for.
sub same_instruction {
    my ($word, $original, $type) = @_;
    my $mask = $original >> 26 == 18 ? 0x03fffffe : 0xfffe;
    return ($word & ~$mask) == ($original & ~$mask) unless $is_predicted{$type};
    $mask |= $PREDICTION;
    return ($word & ~$mask) == ($original & ~$mask) && predicts($word, $type);
}

# ld takes the distance for one of 64 bits, and so an absolute address at the top for one in front.
sub same_branch {
    my ($kernel, $ld, $type, $target) = @_;
    my $any = $type == $ADDR14_BRTAKEN || $type == $ADDR14_BRNTAKEN ? $target >> 31 : 0;
    return $any ? ($kernel | $PREDICTION) == ($ld | $PREDICTION) : $kernel == $ld;
}

# Whether the relocation's own kind of branch gets there, so that ld has to have it.
sub is_in_reach {
    my ($type, $at, $target) = @_;
    my $distance = $is_absolute{$type} ? $target : ($target - $at) & 0xffffffff;
    my $limit = $is_short{$type} ? 1 << 15 : 1 << 25;
    return $distance < $limit || $distance >= 2**32 - $limit;
}

# ld's word if the target is in reach, else whatever gets there.
sub check_branch {
    my ($case, $r, $at, $kernel, $ld, $original) = @_;
    my $target = $case->{targets}[$r->{word}];
    return same_branch($kernel, $ld, $r->{type}, $target) if is_in_reach($r->{type}, $at, $target);
    $case->{count}{far}++;
    return same_instruction($kernel, $original, $r->{type}) && leads_to($case, $kernel, $at, $target);
}

# A long call becomes nop, nop, nop, bl. ld does the same if all calls of the procedure reach it.
sub check_long_call {
    my ($case, $r, $at, $kernel, $ld, $original) = @_;
    return $kernel == $NOP if $r->{type} != $PLTCALL;
    my $target = $case->{targets}[$r->{word}];
    my $reached = branch_target($ld, $at);
    return $kernel == $ld if defined $reached && $reached == $target;
    return $kernel >> 26 == 18 && ($kernel & 1) == ($original & 1) && leads_to($case, $kernel, $at, $target);
}

# ---- the offset table ----

# The entry that the code gets at, from one place or from the two halves; undef while only one is known.
sub entry_address {
    my ($case, $r, $half) = @_;
    my $halves = $case->{halves}{$r->{symbol}} ||= {};
    return $case->{table} + signed($half, 0x8000) if $r->{type} == $GOT16;
    $halves->{$r->{type}} = $half;
    return undef unless defined $halves->{$GOT16_LO};
    return $case->{table} + ($halves->{$GOT16_HA} << 16) + signed($halves->{$GOT16_LO}, 0x8000)
        if defined $halves->{$GOT16_HA};
    return defined $halves->{$GOT16_HI} ? $case->{table} + ($halves->{$GOT16_HI} << 16) + $halves->{$GOT16_LO} : undef;
}

sub check_entry {
    my ($case, $r, $half) = @_;
    return 0 unless defined $case->{table};
    my $address = entry_address($case, $r, $half);
    return 1 unless defined $address;
    $address &= 0xffffffff;
    my $word = word_at($case, $address);
    return 0 unless defined $word && $word == $case->{targets}[$r->{word}];
    $case->{used}{$address} = 4;
    return 1;
}

# ---- comparing ----

sub complain {
    my ($case, $place, $what, @words) = @_;
    push @{$case->{complaints}}, sprintf "%s: $place: $what", $case->{name}, @words;
}

sub place_name {
    my ($case, $r) = @_;
    return sprintf '%s+0x%x: %s to %s', $case->{elf}{sections}[$r->{section}]{name}, $r->{offset},
        relocation_name($r->{type}), $case->{symbols}[$r->{symbol}]{name} || "section $case->{symbols}[$r->{symbol}]{section}";
}

# One place that need not be as ld has it: looks at it, and makes both alike so that the rest can be compared.
sub check_special {
    my ($case, $r, $kernel, $ld) = @_;
    my $section = $case->{elf}{sections}[$r->{section}];
    my ($offset, $size) = $is_entry{$r->{type}} ? ($r->{offset}, 2) : ($r->{offset} & ~3, 4);
    my ($ours, $theirs) = map { unpack $size == 2 ? 'n' : 'N', substr $$_, $offset, $size } $kernel, $ld;
    my $at = $case->{at}[$r->{section}] + $offset;
    my $good = $is_entry{$r->{type}} ? check_entry($case, $r, $ours)
        : ($is_branch{$r->{type}} ? \&check_branch : \&check_long_call)
        ->($case, $r, $at, $ours, $theirs, unpack 'N', substr $section->{bytes}, $offset, 4);
    complain($case, place_name($case, $r), 'at 0x%08x to 0x%08x: expected 0x%x or what leads there, found 0x%x', $at,
        $case->{targets}[$r->{word}], $theirs, $ours) unless $good;
    push @{$case->{blanked}}, [$kernel, $offset, $size], [$ld, $offset, $size];
}

sub blank { substr ${$_[0]}, $_[1], $_[2], "\0" x $_[2] }

sub complain_of_byte {
    my ($case, $index, $kernel, $ld) = @_;
    ($kernel ^ $ld) =~ /[^\0]/ or return;
    my $offset = $-[0];
    my ($r) = grep { $_->{section} == $index && $offset - $_->{offset} >= -3 && $offset - $_->{offset} < 4 }
        @{$case->{relocations}};
    my $place = $r ? place_name($case, $r) : sprintf '%s+0x%x', $case->{elf}{sections}[$index]{name}, $offset;
    complain($case, $place, 'expected %s, found %s', map { unpack 'H*', substr $_, $offset & ~3, 4 } $ld, $kernel);
}

# What the kernel loads, and the bytes of it in both.
sub both_images {
    my ($case, $kernel, $ld) = @_;
    for my $s (@{$case->{elf}{sections}}) {
        my ($index, $loaded) = ($s->{index}, is_loaded($s));
        next unless $s->{flags} & SHF_ALLOC;
        if (!$loaded != !defined $case->{at}[$index]) {
            complain($case, $s->{name}, $loaded ? 'not loaded' : 'loaded');
        } elsif ($loaded && $s->{size} != 0) {
            $kernel->[$index] = image_at($case, $case->{at}[$index], $s->{size});
            $ld->[$index] = $case->{ld}[$index]{type} == SHT_NOBITS ? "\0" x $s->{size} : $case->{ld}[$index]{bytes};
            complain($case, $s->{name}, 'ld has it at 0x%08x', $case->{ld}[$index]{address})
                if $case->{ld}[$index]{address} != $case->{at}[$index];
            complain($case, $s->{name}, 'outside of the image') unless defined $kernel->[$index];
        }
    }
}

# What has an address of its own: sections, common symbols, and what was found in use beside them.
sub places {
    my ($case) = @_;
    my @places = map { {name => $_->{name}, at => $case->{at}[$_->{index}], size => $_->{size}, align => $_->{align},
            segment => $_->{flags} & SHF_EXECINSTR ? 0 : $_->{flags} & SHF_WRITE ? 2 : 1} }
        grep { is_loaded($_) } @{$case->{elf}{sections}};
    push @places, map { {name => $_->{name}, at => $case->{value}{$_->{name}}, size => $_->{size},
            align => $_->{value}, segment => 2} } grep { $_->{section} == SHN_COMMON } @{$case->{symbols}};
    push @places, map { my $size = $case->{used}{$_}; {name => $size == 4 ? 'offset table' : 'veneer', at => $_,
            size => $size, align => 4, segment => $size == 4 ? 2 : 0} } keys %{$case->{used}};
    return sort { $a->{at} <=> $b->{at} } grep { $_->{size} != 0 } @places;
}

# Every place is in its segment, aligned, and shares no byte with another.
sub check_places {
    my ($case) = @_;
    my $end = 0;
    for my $p (places($case)) {
        my $s = $case->{segments}[$p->{segment}];
        my $in = $p->{at} >= $s->{address} && $p->{at} + $p->{size} <= $s->{address} + $s->{size};
        complain($case, $p->{name}, 'at 0x%08x it is outside of its segment', $p->{at}) if !$in;
        complain($case, $p->{name}, 'at 0x%08x it is not aligned', $p->{at}) if $p->{at} % ($p->{align} || 1);
        complain($case, $p->{name}, 'at 0x%08x it overlaps what ends at 0x%08x', $p->{at}, $end) if $p->{at} < $end;
        $end = $p->{at} + $p->{size};
    }
}

sub check_identified {
    my ($case) = @_;
    for my $name (keys %{$case->{veneers}}) {
        my $at = $case->{veneers}{$name};
        my $to = veneer_target($case, $at);
        complain($case, $name, 'no veneer that leads there at 0x%08x', $at)
            unless defined $to && $to == import_address($name);
        $case->{used}{$at} = 12;
    }
}

# Compares the images; what is wrong stands in complaints then.
sub compare {
    my ($case) = @_;
    my (@kernel, @ld);
    $case->{count} = {far => 0};
    $case->{halves} = {};
    $case->{blanked} = [];
    both_images($case, \@kernel, \@ld);
    return if @{$case->{complaints}};
    check_identified($case);
    check_special($case, $_, \$kernel[$_->{section}], \$ld[$_->{section}]) for @{$case->{special}};
    check_places($case);
    blank(@$_) for @{$case->{blanked}};
    for my $index (grep { defined $kernel[$_] } 0 .. $#kernel) {
        complain_of_byte($case, $index, $kernel[$index], $ld[$index]) if $kernel[$index] ne $ld[$index];
    }
}

# ---- can it fail? ----

sub flip {
    my ($case, $address, $bit) = @_;
    for my $s (@{$case->{segments}}) {
        my $offset = $address - $s->{address};
        next if $offset < 0 || $offset >= $s->{size};
        substr($s->{bytes}, $offset, 1) ^= pack 'C', 1 << $bit;
    }
}

# Addresses that matter: one in every section, and one in everything that a branch or the code gets at.
sub vital_addresses {
    my ($case) = @_;
    my $hash = hash_of($case->{name});
    my @sections = grep { is_loaded($_) && $_->{size} != 0 } @{$case->{elf}{sections}};
    @sections = @sections[0 .. 3] if @sections > 4;
    my @used = sort keys %{$case->{used}};
    @used = @used[0 .. 3] if @used > 4;
    my $first = $case->{special}[0];
    return ((map { $case->{at}[$_->{index}] + $hash % $_->{size} } @sections),
        (map { $_ + $hash % $case->{used}{$_} } @used),
        $first ? $case->{at}[$first->{section}] + $first->{offset} : ());
}

# Spoils one bit at a time; every time there must be a complaint.
sub spoil {
    my ($case) = @_;
    my $bit = hash_of($case->{name}) % 8;
    for my $address (vital_addresses($case)) {
        flip($case, $address, $bit);
        $case->{complaints} = [];
        compare($case);
        flip($case, $address, $bit);
        my $noticed = @{$case->{complaints}};
        $case->{flips}{$noticed ? 'noticed' : 'missed'}++;
        $case->{missed} = sprintf '%s: bit %u at 0x%08x', $case->{name}, $bit, $address unless $noticed;
    }
    $case->{complaints} = [];
}

# ---- all of it ----

# Without symbols there is nothing to tell where things are; nor is there anything, then.
sub check_empty {
    my ($case) = @_;
    $_->{size} == 0 || !is_loaded($_) || complain($case, $_->{name}, 'no symbols to find it by')
        for @{$case->{elf}{sections}};
}

sub verdict {
    my ($case) = @_;
    $case->{complaints} = [];
    if ($case->{empty}) {
        check_empty($case);
    } elsif (!$case->{refused}) {
        ld_links($case);
        compare($case) if !@{$case->{complaints}};
        $case->{far} = $case->{count}{far};
        $case->{through} = grep { $_ == 16 } values %{$case->{used}};
        spoil($case) if !@{$case->{complaints}} && ($case->{segments}[0]{size} < 0x100000);
    }
    my %types;
    $types{$_->{type}}++ for @{$case->{relocations}};
    return {types => \%types, n => scalar @{$case->{relocations}},
        map { $_ => $case->{$_} } qw(name refused complaints flips missed far through imported)};
}

# Judges objects, [PATH, NAME] each. How:
#   links              a procedure that has the kernel link, of a folder and the cases
#   folder             for what is needed meanwhile
#   where_are_imports  to be asked, if it is not as import_address has it
# A reference to a hash for each:
#   name, refused (the kernel's sentence), complaints, n (of relocations), types (how many of each),
#   far, through (branches out of reach, veneers), flips (noticed, missed), missed (one of those),
#   imported (name and address of what was asked for)
sub judge {
    my ($how, @objects) = @_;
    my @cases = map { prepare($how, @$_) } @objects;
    $how->{links}->($how->{folder}, \@cases);
    return map { verdict($_) } @cases;
}

1;
