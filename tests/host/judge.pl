# Has Judge.pm judge the corpus, two objects at a time, and prints TAP: a line for each group of objects.
use strict;
use warnings;
use File::Basename qw(basename);
use File::Temp qw(tempdir);
use Storable qw(store retrieve);
use Judge qw(judge by_program);
use Relocation qw(relocation_name);

my $BUILT = 'build/tests/host';
my $WORKERS = 2;
my @FOLDERS = qw(gcc clang assembly extensions libgcc libc libfloat);

# ---- what may be refused ----

# By the relocation that the sentence names, with the flag that it must name too.
my @refused = (
    [qr/^SDAREL16$|^EMB_SDA/,                       qr/-msdata=none/],
    [qr/^EMB_RELSDA$|^SECTOFF/,                     qr//],
    [qr/^PLT32$|^PLTREL32$/,                        qr//],
    [qr/^TLS|^D?TPREL|^DTPMOD|^GOT_D?T[LP]/,        qr/__thread/],
);

# By object and by what the sentence says; these objects must be refused, as those of refused.S.
my @refused_objects = (
    [qr{^assembly/branches\+ADDR(?:24|14\w*)\+(?!ABSOLUTE)}, qr/R_PPC_ADDR.* is out of range/], # absolute, and nothing is there
    [qr{^assembly/unfit\+WHAT=1\.},              qr/R_PPC_REL24 .* is not a word address/],
    [qr{^assembly/unfit\+WHAT=[23]\.},           qr/R_PPC_ADDR16 .* is out of range/],
    [qr{^assembly/unfit\+WHAT=4\.},              qr/R_PPC_REL16 .* is out of range/],
    [qr{^assembly/unfit\+WHAT=5\.},              qr/executes the offset table.*-msecure-plt/],
    [qr{^clang/[a-z]+\+O2\+fpic\.},              qr/executes the offset table.*-msecure-plt/],
    [qr{^libgcc/generic-morestack-thread\.},      qr/thread-local storage/],
);

# What is offered, so that a corpus without it is no corpus.
my @offered = (0 .. 18, 23 .. 26, 29, 31, 119, 120, 249 .. 252);

# ---- verdicts ----

# Why an object may not be refused with its sentence; undef if it may.
sub refusal_complaint {
    my ($result) = @_;
    my ($name, $sentence) = @$result{qw(name refused)};
    for my $rule (@refused_objects) {
        next if $name !~ $rule->[0] || $sentence !~ $rule->[1];
        $rule->[2]++;
        return undef;
    }
    my ($type) = $sentence =~ /R_PPC_(\w+)/ or return "refused without naming a relocation: $sentence";
    for my $rule (@refused) {
        next if $type !~ $rule->[0];
        $rule->[2]++;
        return $sentence =~ $rule->[1] ? undef : "refused without naming the flag to use: $sentence";
    }
    return "refused: $sentence";
}

sub complaints {
    my ($result) = @_;
    my $name = $result->{name};
    if ($result->{refused}) {
        my $complaint = refusal_complaint($result);
        return $complaint ? "$name: $complaint" : ();
    }
    return "$name: not refused" if grep { $name =~ $_ } qr{^assembly/refused\+}, map { $_->[0] } @refused_objects;
    return @{$result->{complaints}};
}

# ---- running ----

# What the suites of tests/host link is judged too: extensions as users write them.
sub objects {
    my ($folder) = @_;
    my $pattern = $folder eq 'extensions' ? "$BUILT/objects/{shapes,ping,pong,priorities,floats,joined}*.o"
        : "$BUILT/ld/$folder/*.o";
    return map { [$_, "$folder/" . basename($_)] } sort glob $pattern;
}

# Each worker takes every n-th object, for they come sorted by what makes them alike.
sub start_worker {
    my ($folder, $number, @objects) = @_;
    my $pid = fork // die "fork: $!\n";
    return $pid if $pid;
    mkdir "$folder/$number" or die "$folder/$number: $!\n";
    my @share = @objects[grep { $_ % $WORKERS == $number } 0 .. $#objects];
    my %how = (links => by_program("$BUILT/link_object"), folder => "$folder/$number");
    store [@share ? judge(\%how, @share) : ()], "$folder/$number.results";
    exit 0;
}

sub judge_all {
    my (@objects) = @_;
    my $folder = tempdir(CLEANUP => 1);
    my @pids = map { start_worker($folder, $_, @objects) } 0 .. $WORKERS - 1;
    for my $pid (@pids) {
        waitpid $pid, 0;
        die "a worker failed\n" if $?;
    }
    my %results = map { $_->{name} => $_ } map { @{retrieve("$folder/$_.results")} } 0 .. $WORKERS - 1;
    return map { $results{$_->[1]} } @objects;
}

# ---- TAP ----

my $n = 0;

sub line {
    my ($good, $text, @details) = @_;
    printf "%s %u - %s\n", $good ? 'ok' : 'not ok', ++$n, $text;
    my $left = @details - 20;
    splice @details, 20 if $left > 0;
    push @details, "... and $left more" if $left > 0;
    print map { "# $_\n" } map { split /\n/ } @details;
}

sub number {
    my ($number) = @_;
    1 while $number =~ s/^(\d+)(\d{3})/$1,$2/;
    return $number;
}

sub sum {
    my $sum = 0;
    $sum += $_ // 0 for @_;
    return $sum;
}

# gcc/calls+O2+fPIC.o is one of gcc's objects with -fPIC; assembly's are told apart by their sources.
sub group_of {
    my ($folder, $source, $flags) = $_[0] =~ m{^(\w+)/([^+]*)\+?(.*)\.o$};
    return "assembly objects $source" if $folder eq 'assembly';
    return "objects of our own: $source" if $folder eq 'extensions';
    return "members of $folder" if $folder ne 'gcc' && $folder ne 'clang';
    return join ' ', "$folder objects", map { "-$_" } grep { !/^O.$/ } split /\+/, $flags;
}

sub report_groups {
    my (@results) = @_;
    my (%groups, @order);
    for my $result (@results) {
        my $group = group_of($result->{name});
        push @order, $group unless $groups{$group};
        push @{$groups{$group}}, $result;
    }
    for my $group (@order) {
        my @all = @{$groups{$group}};
        my @linked = grep { !$_->{refused} } @all;
        my @bad = map { complaints($_) } @all;
        my $text = sprintf '%u %s: every byte as ld has it (%s relocations)', scalar @linked, $group,
            number(sum(map { $_->{n} } @linked));
        $text = sprintf '%u %s', scalar @all, $group if !@linked;
        $text .= sprintf '%s %u refused as it must be', @linked ? ';' : ':', @all - @linked if @all > @linked;
        line(!@bad, $text, @bad);
    }
}

sub report_types {
    my (@linked) = @_;
    my %count;
    for my $result (@linked) {
        $count{$_} += $result->{types}{$_} for keys %{$result->{types}};
    }
    my @missing = grep { !$count{$_} } @offered;
    line(!@missing, sprintf('%s relocations of %u types, %s branches out of reach, %s veneers',
            number(sum(values %count)), scalar keys %count, number(sum(map { $_->{far} } @linked)),
            number(sum(map { $_->{through} } @linked))), map { 'none of ' . relocation_name($_) } @missing);
    print '# ', relocation_name($_), ' ', number($count{$_}), "\n" for sort { $a <=> $b } keys %count;
}

sub report_refusals {
    my (@results) = @_;
    my %count;
    for my $result (grep { $_->{refused} } @results) {
        $count{$result->{refused} =~ /(R_PPC_\w+)/ ? $1 : 'others'}++;
    }
    print "# objects refused for $_: $count{$_}\n" for sort keys %count;
}

# What may be refused and is not is a hole in this test.
sub report_stale {
    my (@results) = @_;
    my %refused = map { $_->{name} => $_->{refused} } @results;
    my @rules = grep { my $rule = $_->[0]; grep { /$rule/ } keys %refused } @refused_objects;
    my @stale = grep { !$_->[2] } @rules, @refused;
    line(!@stale, 'nothing else may be refused', map { "nothing is refused any more by the rule $_->[0]" } @stale);
}

sub report_flips {
    my (@linked) = @_;
    my $noticed = sum(map { $_->{flips}{noticed} } @linked);
    my @missed = map { $_->{missed} // () } @linked;
    line($noticed > @linked && !@missed, number($noticed) . ' images with one bit changed: the judge sees each', @missed);
}

my @folders = @ARGV ? @ARGV : @FOLDERS;
my @objects = map { objects($_) } @folders;
if (!@objects) {
    print "Bail out! no objects; run: make $BUILT/ld/stamp\n";
    exit 1;
}
my @results = judge_all(@objects);
my @linked = grep { !$_->{refused} } @results;

report_groups(@results);
report_flips(@linked);
if (!@ARGV) {
    report_types(@linked);
    line(@linked >= 300, @linked . ' objects were linked');
    report_stale(@results);
    line(1, 'clang\'s objects # SKIP clang is not installed') unless glob "$BUILT/ld/clang/*.o";
}
report_refusals(@results);
print "1..$n\n";
exit 0;
