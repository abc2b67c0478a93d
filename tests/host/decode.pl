# Compares what Whorl says of words (decode_words) with what GNU objdump and llvm-mc say. Prints TAP.
#
# Whorl's text of a word it knows must be objdump's, byte for byte. Judges agree on a word if neither knows
# it, or if the text of llvm-mc, assembled by GNU as, whose table is objdump's, is that word again: so
# simplified mnemonics of either are what they stand for, and every operand counts. Then Whorl must agree.
# The rest is decided by decode.differences, in records of five fields:
#
#   verdict   what Whorl says: known, unknown
#   words     mask and match of the words concerned, in hexadecimal
#   objdump   its mnemonics; - for unknown, * for any
#   llvm      the same
#   manual    why, and where it says so
#
# Every word on which judges differ must be in a record, the first that fits counts, and every record and
# every mnemonic in one must be needed. With --differences prints what is in no record, for writing them;
# with --some looks at one word in seven, and not at what is needed. The list is complete for the versions
# it was made with; with others of the judges, which know other processors, only what it has is decided.
use strict;
use warnings;
use File::Temp qw(tempdir);

my $PROGRAM = 'build/tests/host/decode_words';
my $LIST = 'tests/host/decode.differences';
my $CROSS = 'powerpc-linux-gnu-';
my $WORDS_MIN = 200_000;
my $OPTION = $ARGV[0] // '';
my $STEP = $OPTION eq '--some' ? 7 : 1;

my $folder = tempdir(CLEANUP => 1);

# ---- Whorl ----

# Words as hexadecimal text, what has them (all, 7400, none, unknown) and Whorl's texts, by number.
my (@words, @has, @texts);

sub ask_whorl {
    open my $out, '-|', "$PROGRAM $folder/words.bin $STEP" or die "$PROGRAM: $!\n";
    while (<$out>) {
        chomp;
        my ($word, $has, $text) = split /\t/, $_, 3;
        push @words, $word;
        push @has, $has;
        push @texts, $text;
    }
    close $out or die "$PROGRAM failed; run: make $PROGRAM\n";
}

# ---- judges ----

# Texts by number; undef if unknown.
sub ask_objdump {
    my ($processor) = @_;
    my @texts;
    open my $out, '-|', "${CROSS}objdump -D -z -b binary -m powerpc -EB -M$processor $folder/words.bin"
        or die "objdump: $!\n";
    while (<$out>) {
        push @texts, $1 =~ /^\.long/ ? undef : $1 if /^\s*[0-9a-f]+:\t[^\t]*\t(.*)/;
    }
    close $out or die "objdump failed\n";
    die "objdump said something of ", scalar @texts, " words\n" if @texts != @words;
    return @texts;
}

# llvm-mc 14 dies of mfocrf and mtocrf that name no field, so they are not shown to it.
sub kills_llvm {
    my ($word) = @_;
    return scalar grep { (hex($word) & 0xfc1fffff) == $_ } 0x7c100026, 0x7c100120;
}

# The same of llvm-mc, which prints a line for each word it knows and complains of others by line.
sub ask_llvm {
    my ($processor) = @_;
    my (%unknown, @texts);
    open my $in, '>', "$folder/llvm.in" or die "$folder/llvm.in: $!\n";
    print $in join(' ', map { "0x$_" } unpack '(A2)*', kills_llvm($_) ? '00000000' : $_), "\n" for @words;
    close $in;
    system("llvm-mc -triple powerpc -mcpu=$processor --disassemble $folder/llvm.in "
        . ">$folder/llvm.out 2>$folder/llvm.err") == 0 or die "llvm-mc failed\n";
    open my $err, '<', "$folder/llvm.err" or die "$folder/llvm.err: $!\n";
    while (<$err>) {
        $unknown{$1 - 1} = 1 if /:(\d+):\d+: warning: invalid instruction encoding/;
    }
    open my $out, '<', "$folder/llvm.out" or die "$folder/llvm.out: $!\n";
    my @lines = grep { !/^\t\.text$/ } <$out>;
    die "llvm-mc left out words\n" if @lines + keys %unknown != @words;
    for my $n (0 .. $#words) {
        push @texts, $unknown{$n} ? undef : shift(@lines) =~ s/\s+/ /gr =~ s/^ | $//gr;
    }
    return @texts;
}

# ---- assembling what llvm-mc prints ----

# Targets of absolute branches, which it does not extend.
sub extend_target {
    my ($mnemonic, $target) = @_;
    my $bits = $mnemonic =~ /^bla?$|^ba$/ ? 26 : 16;
    return $target >> ($bits - 1) ? $target - (1 << $bits) : $target;
}

# What as refuses in spite of the table that it shares with objdump, and what it takes in its place: another
# opcode, whose word is then changed, or a mnemonic that it has.
my %in_place = (
    bcctr  => ['bclr',  (528 ^ 16) << 1],
    bcctrl => ['bclrl', (528 ^ 16) << 1],
    lswi   => ['stswi', (597 ^ 725) << 1],
    dcbfl  => ['dcbf',  1 << 21],
    dcbflp => ['dcbf',  3 << 21],
);

# Words by number, undef for what as does not take.
sub assemble {
    my (@texts) = @_;
    my (%change, @words);
    for my $n (grep { defined $texts[$_] } 0 .. $#texts) {
        $texts[$n] =~ s/^(b\w*a[-+]?) (.*?)(\d+)$/"$1 $2" . extend_target($1, $3)/e;
        my ($mnemonic) = $texts[$n] =~ /^(\S+)/;
        my ($other, $change) = @{$in_place{$mnemonic} // next};
        $texts[$n] =~ s/^\S+/$other/;
        $change{$n} = $change;
    }
    my @taken = grep { defined $texts[$_] } 0 .. $#texts;
    my @refused = assembler_refuses(@texts[@taken]);
    @taken = @taken[grep { !$refused[$_] } 0 .. $#taken];
    die "as changed its mind\n" if assembler_refuses(@texts[@taken]);
    system("${CROSS}objcopy -O binary -j .text $folder/llvm.o $folder/llvm.bin") == 0 or die "objcopy failed\n";
    open my $in, '<:raw', "$folder/llvm.bin" or die "$folder/llvm.bin: $!\n";
    my @results = do { local $/; unpack 'N*', <$in> };
    die "as made ", scalar @results, " words\n" if @results != @taken;
    @words[@taken] = map { sprintf '%08x', $results[$_] ^ ($change{$taken[$_]} // 0) } 0 .. $#taken;
    return @words;
}

# True by number of a line that it complains of; makes llvm.o if there is none.
sub assembler_refuses {
    my (@lines) = @_;
    my @refused;
    open my $source, '>', "$folder/llvm.s" or die "$folder/llvm.s: $!\n";
    print $source map { "$_\n" } @lines;
    close $source;
    open my $out, '-|', "${CROSS}as -m7400 -o $folder/llvm.o $folder/llvm.s 2>&1" or die "as: $!\n";
    while (<$out>) {
        $refused[$1 - 1] = 1 if /llvm\.s:(\d+): (?:Error|Warning)/;
    }
    close $out;
    return @refused;
}

# ---- what is decided otherwise ----

# Mnemonics become hashes that count their use.
sub read_records {
    my @records;
    open my $in, '<', $LIST or die "$LIST: $!\n";
    my $text = join '', grep { !/^#/ } <$in>;
    for my $paragraph (grep { /\S/ } split /\n{2,}/, $text) {
        my %record = $paragraph =~ /^(\w+) +(\S.*(?:\n +\S.*)*)/mg;
        die "$LIST: not a record:\n$paragraph\n"
            if join(' ', sort keys %record) ne 'llvm manual objdump verdict words'
            || $record{verdict} !~ /^(?:known|unknown)$/;
        @record{qw(mask match)} = map { hex } split ' ', $record{words};
        $record{$_} = {map { $_ => 0 } split ' ', $record{$_}} for qw(objdump llvm);
        push @records, \%record;
    }
    return @records;
}

sub mnemonic {
    my ($text) = @_;
    return defined $text ? $text =~ s/ .*//r : '-';
}

# The name by which a record lists a mnemonic, undef if it does not.
sub listed {
    my ($names, $mnemonic) = @_;
    return exists $names->{$mnemonic} ? $mnemonic : exists $names->{'*'} && $mnemonic ne '-' ? '*' : undef;
}

sub find_record {
    my ($records, $word, $objdump, $llvm) = @_;
    for my $record (@$records) {
        next if (hex($word) & $record->{mask}) != $record->{match};
        my $first = listed($record->{objdump}, mnemonic($objdump)) // next;
        my $second = listed($record->{llvm}, mnemonic($llvm)) // next;
        $record->{objdump}{$first}++;
        $record->{llvm}{$second}++;
        return $record;
    }
    return undef;
}

sub unused {
    my ($record) = @_;
    my @names = grep { !$record->{objdump}{$_} } sort keys %{$record->{objdump}};
    push @names, grep { !$record->{llvm}{$_} } sort keys %{$record->{llvm}};
    return map { "$record->{verdict} $record->{words}: nothing needs $_" } @names;
}

# A 604 has no such register, so it gets no name there.
sub without_vrsave {
    my ($text) = @_;
    return $text =~ s/^mfvrsave (.*)/mfspr   $1,256/r =~ s/^mtvrsave /mtspr   256,/r;
}

# ---- TAP ----

my $n = 0;

sub line {
    my ($good, $text, @details) = @_;
    printf "%s %u - %s\n", $good ? 'ok' : 'not ok', ++$n, $text;
    my $left = @details - 20;
    splice @details, 20 if $left > 0;
    push @details, "... and $left more" if $left > 0;
    print map { "# $_\n" } @details;
}

sub listed_versions {
    return `llvm-mc --version` =~ /LLVM version 14\./ && `${CROSS}objdump --version` =~ / 2\.40/;
}

ask_whorl();
my @objdump = ask_objdump('7400');
my @without_altivec = ask_objdump('604');
my @with_dcba = ask_objdump('7450');
my @llvm = ask_llvm('7400');
my @llvm_750 = ask_llvm('750');
my @assembled = assemble(@llvm);
my @records = read_records();

my (@text, @processor, @llvm_processor, @agreement, @decided, @undecided, %left);
my %count = map { $_ => 0 } qw(agree unknown differ);
for my $w (0 .. $#words) {
    my ($word, $known) = ($words[$w], $has[$w] ne 'unknown');
    my $said = sprintf '%s: Whorl: %s, objdump: %s, llvm-mc: %s', $word, $texts[$w], $objdump[$w] // '-', $llvm[$w] // '-';
    my $dcba = $texts[$w] =~ /^dcba/;
    push @text, $said if $known && $texts[$w] ne (($dcba ? $with_dcba[$w] : $objdump[$w]) // '');
    push @text, $said if !$known && $texts[$w] ne sprintf('.long 0x%x', hex $word);
    push @processor, "$said, objdump -M604: " . ($without_altivec[$w] // '-')
        if $known && ($without_altivec[$w] // '') ne ($has[$w] eq '7400' ? '' : without_vrsave($texts[$w]));
    push @llvm_processor, $said if ($llvm[$w] // '') ne ($llvm_750[$w] // '');
    my $both_know = defined $objdump[$w] && defined $llvm[$w] && ($assembled[$w] // '') eq $word;
    my $agree = $both_know || (!defined $objdump[$w] && !defined $llvm[$w]);
    $count{!$agree ? 'differ' : $both_know ? 'agree' : 'unknown'}++;
    my $record = $agree ? undef : find_record(\@records, $word, $objdump[$w], $llvm[$w]);
    if ($agree) {
        push @agreement, $said if $known != $both_know;
    } elsif ($record) {
        push @decided, "$said; the list: $record->{verdict}" if $known != ($record->{verdict} eq 'known');
    } else {
        push @undecided, $said;
        my $kind = join ' ', $known ? 'known' : 'unknown', mnemonic($objdump[$w]), mnemonic($llvm[$w]);
        $left{$kind} //= "$said, assembled: " . ($assembled[$w] // '-');
    }
}
my @unused = map { unused($_) } @records;

if ($OPTION eq '--differences') {
    print "$_: $left{$_}\n" for sort keys %left;
    exit 0;
}
line(@words >= $WORDS_MIN / $STEP, scalar(@words) . " words; the judges agree on $count{agree}, know nothing of "
        . "$count{unknown} and differ on $count{differ}");
line(!@text, 'the text of every word is that of objdump', @text);
line(!@processor, 'the 750 has what objdump says it has', @processor);
line(!@llvm_processor, 'llvm-mc says the same for both processors', @llvm_processor);
line(!@agreement, 'Whorl agrees where the judges do', @agreement);
line(!@decided, 'Whorl says what the list of differences decides', @decided);
if (listed_versions()) {
    line(!@undecided, 'every difference is on the list', @undecided);
    line(!@unused, 'everything on the list is needed', @unused) if $STEP == 1;
} else {
    line(1, 'every difference is on the list # SKIP it was made with LLVM 14 and binutils 2.40');
}
print "1..$n\n";
