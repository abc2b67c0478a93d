# Whether a document's examples are true:
#
#   perl tests/system/document.pl [--write] DOCUMENT FOLDER
#
# An indented block that begins with /* NAME.c */ or # NAME.s is a file, one that begins with a command ("$ ...")
# that has build/whorl in it a session: commands, each with what it prints. Runs the sessions in FOLDER, in order,
# and compares; addresses, displacements, percentages and numbers from 100 on, and blanks before them, may be
# others, and a line … stands for any number of lines. Prints TAP. --write puts what was printed into the
# document, but for commands with a line ….
use strict;
use warnings;
use Cwd qw(abs_path);

my $write = @ARGV && $ARGV[0] eq '--write' && shift;
my ($document, $folder) = @ARGV;

sub read_lines {
    my ($name) = @_;
    open my $file, '<', $name or die "$name: $!\n";
    chomp(my @lines = <$file>);
    return @lines;
}

sub write_lines {
    my ($name, @lines) = @_;
    open my $file, '>', $name or die "$name: $!\n";
    print $file map { "$_\n" } @lines;
    close $file or die "$name: $!\n";
}

# Text and blocks in turn, each a list of lines; those of a block without their indentation. Blank lines inside
# belong to it, but a file or a session behind them is a block of its own.
sub parts {
    my @parts = ([]);
    my $block = 0;
    my @blank;
    for my $line (@_) {
        if ($line eq '') {
            push @blank, $line;
            next;
        }
        my $indented = $line =~ s/^ {4}//;
        if ($indented != $block) {
            push @{$parts[-1]}, splice @blank if $block == 0;
            push @parts, $block ? [splice @blank] : [];
            $block = $indented;
        } elsif ($block && @blank && $line =~ m{^(?:/\* \w+\.c \*/|# \w+\.s$|\$ )}) {
            push @parts, [splice @blank], [];
        }
        push @{$parts[-1]}, splice(@blank), $line;
    }
    push @{$parts[-1]}, @blank;
    return @parts;
}

# A command may go on in the next line.
sub sessions {
    my @sessions;
    for my $line (@_) {
        if ($line =~ /^\$ (.*)/) {
            push @sessions, {command => [$1], output => []};
        } elsif ($sessions[-1]{command}[-1] =~ /\\$/) {
            push @{$sessions[-1]{command}}, $line;
        } else {
            push @{$sessions[-1]{output}}, $line;
        }
    }
    return @sessions;
}

sub normal {
    my ($line) = @_;
    $line =~ s/-?\b[0-9]+\(r/#(r/g;
    $line =~ s/\b[0-9]+\.[0-9]+ %/# %/g;
    $line =~ s/\b0x[0-9a-f]+\b|\b[0-9a-f]{7,8}\b|\b[0-9a-f]{16}\b|-?\b[0-9]{3,}\b/#/g;
    $line =~ s/ +#/ #/g;
    $line =~ s/\s+$//;
    return quotemeta $line;
}

sub is_as_said {
    my ($said, $printed) = @_;
    my $pattern = join '', map { $_ eq '…' ? '(?:.*\n)*' : normal($_) . '\n' } @$said;
    my $text = join '', map { (my $n = normal($_)) =~ s/\\(.)/$1/g; "$n\n" } @$printed;
    return $text =~ /^$pattern$/;
}

sub run {
    my ($session) = @_;
    my $command = join "\n", @{$session->{command}};
    open my $pipe, '-|', 'sh', '-c', "cd '$folder' && { $command\n} 2>&1 </dev/null" or die "sh: $!\n";
    chomp(my @lines = <$pipe>);
    close $pipe;
    s/\s+$// for @lines;
    return @lines;
}

my $number = 0;
sub judge {
    my ($ok, $name, @why) = @_;
    $number++;
    print $ok ? 'ok' : 'not ok', " $number $name\n", map { "# $_\n" } @why;
}

sub session_block {
    my ($block) = @_;
    my @written;
    for my $session (sessions(@$block)) {
        my @printed = run($session);
        my $ok = is_as_said($session->{output}, \@printed);
        judge($ok, $session->{command}[0], $ok ? () : ('printed:', @printed));
        my @output = $write && !grep({ $_ eq '…' } @{$session->{output}}) ? @printed : @{$session->{output}};
        push @written, "\$ $session->{command}[0]", @{$session->{command}}[1 .. $#{$session->{command}}], @output;
    }
    return @written;
}

symlink abs_path('build'), "$folder/build" or die "$folder/build: $!\n";
my @out;
my $text = 1;
for my $part (parts(read_lines($document))) {
    my @lines = @$part;
    if (!$text && $lines[0] =~ m{^(?:/\* (\w+\.c) \*/|# (\w+\.s))$}) {
        write_lines("$folder/" . ($1 // $2), @lines);
    } elsif (!$text && $lines[0] =~ m{^\$ .*\bbuild/whorl}) {
        @lines = session_block(\@lines);
    }
    push @out, map { $_ eq '' || $text ? $_ : "    $_" } @lines;
    $text = !$text;
}
write_lines($document, @out) if $write;
print "1..$number\n";
