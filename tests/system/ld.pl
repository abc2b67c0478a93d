# GNU ld as the judge of a running kernel's memory:
#
#   perl -Itests/host/perl tests/system/ld.pl MACHINE WITNESS FOLDER OBJECT...
#
# Loads the objects of build/tests/host/ld that are named, and a domain that has everything
# they import at the addresses the judge wants; then the witness, an object that tells what
# the kernel's memory holds. Nothing of the objects runs. Fails with what is wrong.
use strict;
use warnings;
use Elf qw(write_file);
use Judge qw(judge read_answer imports import_address);

my ($machine, $witness, $folder, @names) = @ARGV;

# The kernel's own, which it offers to everyone; the rest is where the judge wants it.
my $kernel_has = qr/^(?:__\w+|_(?:save|rest)\w+|mem(?:cpy|set|move))$/;

sub make_provider {
    my ($cases) = @_;
    my $text = join '', map { sprintf "    .globl %s\n    .set %s, 0x%x\n", $_, $_, import_address($_) }
        grep { !/$kernel_has/ } imports($cases);
    write_file("$folder/provider.s", $text);
    system("powerpc-linux-gnu-gcc -c $folder/provider.s -o $folder/provider.o") == 0 or die "no provider\n";
}

# The witness's lines about one domain are link_object's, and the bytes of the segments besides.
sub read_testimony {
    my ($case, @lines) = @_;
    read_answer($case, @lines);
    my $segment = -1;
    for my $line (@lines) {
        $segment++ if $line =~ /^segment/;
        $case->{segments}[$segment]{bytes} .= pack 'H*', $1 if $line =~ /^bytes ([0-9a-f]+)$/;
    }
    for my $s (@{$case->{segments}}) {
        $s->{bytes} //= '';
        die "the witness says too little of $case->{name}\n" if length $s->{bytes} != $s->{size};
    }
}

sub by_machine {
    my (undef, $cases) = @_;
    make_provider($cases);
    my $group = join ',', "$folder/provider.o", map { "$_->{stem}.o" } @$cases;
    # Assembly has addresses of imports in opcodes, too, which only the privileged may.
    my $terms = (grep { $_->{stem} =~ /assembly/ } @$cases) ? '--privileged --untyped' : '--untyped';
    my $output = `build/whorl run -M $machine --timeout 120 $terms -x $group --privileged -x $witness`;
    die "build/whorl run failed:\n$output" if $?;
    my %lines;
    my $about = '';
    for my $line (split /\n/, $output) {
        $about = $1 if $line =~ /^object (.*)/;
        push @{$lines{$about}}, $line;
    }
    for my $case (@$cases) {
        my ($domain) = $case->{stem} =~ m{([^/]+)$};
        read_testimony($case, @{$lines{$domain} || die "the witness says nothing of $domain\n"});
    }
}

my @objects = map { ["build/tests/host/ld/$_.o", $_] } @names;
my ($bad, $bytes, $flips) = (0, 0, 0);
for my $result (judge({links => \&by_machine, folder => $folder, where_are_imports => 1}, @objects)) {
    my @complaints = @{$result->{complaints}};
    for my $name (grep { !/$kernel_has|^_GLOBAL_OFFSET_TABLE_$/ } keys %{$result->{imported}}) {
        push @complaints, sprintf '%s: %s is at 0x%08x', $result->{name}, $name, $result->{imported}{$name}
            if $result->{imported}{$name} != import_address($name);
    }
    push @complaints, "$result->{name}: a changed bit was missed: $result->{missed}" if $result->{missed};
    $flips += $result->{flips}{noticed} // 0;
    print "$_\n" for @complaints;
    $bad += @complaints;
}
print "$machine: nothing was noticed where bits were changed\n" if !$flips;
exit($bad || !$flips ? 1 : 0);
