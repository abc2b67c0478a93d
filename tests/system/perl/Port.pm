# A serial line of the machine, byte by byte: the link port's protocol made by hand, right or wrong as a
# test wants it, and the console.
package Port;

use strict;
use warnings;
use IO::Socket::UNIX;
use IO::Select;
use Scalar::Util qw(weaken);
use Time::HiRes qw(time sleep);
use Exporter 'import';

our @EXPORT = qw(check check_is hex_of frame crc32);

our $PATIENCE = 60; # seconds; slow hosts need not hurry

my @all; # that are open

$| = 1;

# Dies with the place of the test that is at fault. (The prototypes make a match a truth, not a list.)
sub check($$) {
    my ($true, $what) = @_;
    return 1 if $true;
    die places() . ": not so: $what\n";
}

# The lines of the test that led here.
sub places {
    my @lines;
    for (my $i = 0; my ($package, undef, $line) = caller $i; $i++) { push @lines, $line if $package eq 'main' }
    pop @lines if @lines > 1; # the program as a whole
    return 'line ' . join ' from ', @lines;
}

sub show { my $text = defined $_[0] ? $_[0] : '(nothing)'; $text =~ s/([^ -~])/sprintf '\\x%02x', ord $1/ge; return substr $text, 0, 300 }

sub check_is($$$) {
    my ($have, $want, $what) = @_;
    return 1 if defined $have && $have eq $want;
    die places() . ": $what is " . show($have) . ', not ' . show($want) . "\n";
}

sub hex_of { return unpack 'H*', $_[0] }

# $payload#xx, with what needs it escaped.
sub frame {
    my ($payload) = @_;
    $payload =~ s/([\$#}*\x01])/'}' . chr(ord($1) ^ 0x20)/ge;
    return sprintf "\$%s#%02x", $payload, unpack '%8C*', $payload;
}

# As IEEE 802.3 and zlib have it.
sub crc32 {
    my $crc = 0xffffffff;
    for my $byte (unpack 'C*', $_[0]) {
        $crc ^= $byte;
        $crc = $crc & 1 ? ($crc >> 1) ^ 0xedb88320 : $crc >> 1 for 1 .. 8;
    }
    return $crc ^ 0xffffffff;
}

# ---- bytes ----

sub new {
    my ($class, $path) = @_;
    my $end = time + $PATIENCE;
    my $socket;
    until ($socket = IO::Socket::UNIX->new(Peer => $path)) {
        die "cannot connect to $path: $!\n" if time > $end;
        sleep 0.05;
    }
    binmode $socket;
    my $self = bless { socket => $socket, buffer => '' }, $class;
    push @all, $self;
    weaken $all[-1];
    return $self;
}

# Sends bytes, and takes meanwhile what comes.
sub put {
    my ($self, $bytes) = @_;
    $self->{socket}->blocking(0);
    my $select = IO::Select->new($self->{socket});
    while (length $bytes) {
        $self->take(0);
        my (undef, $ready) = IO::Select->select(undef, $select, undef, $PATIENCE);
        die "the line takes nothing any more\n" unless $ready && @$ready;
        my $n = syswrite $self->{socket}, $bytes, length $bytes;
        substr($bytes, 0, $n) = '' if $n;
    }
    $self->{socket}->blocking(1);
}

# Takes what there is into the buffer, after waiting for it. False: there was nothing. The other lines are
# read as well: QEMU stands still when one is not, and some hundred bytes are enough for that.
sub take {
    my ($self, $seconds) = @_;
    my $end = time + $seconds;
    for (;;) {
        my %lines = map { fileno $_->{socket} => $_ } grep { defined } @all;
        my $left = $end - time;
        my @ready = IO::Select->new(map { $_->{socket} } values %lines)->can_read($left > 0 ? $left : 0);
        return 0 unless @ready;
        for my $line (map { $lines{fileno $_} } @ready) {
            my $n = sysread $line->{socket}, $line->{buffer}, 65536, length $line->{buffer};
            die "the machine is gone\n" if defined $n && $n == 0;
        }
        return 1 if grep { fileno $_ == fileno $self->{socket} } @ready;
    }
}

# Waits until the buffer matches, and takes all up to the end of the match.
sub expect {
    my ($self, $pattern, $seconds) = @_;
    my $end = time + ($seconds || $PATIENCE);
    for (;;) {
        if ($self->{buffer} =~ $pattern) {
            my $length = $+[0];
            my $text = substr $self->{buffer}, 0, $length;
            substr($self->{buffer}, 0, $length) = '';
            return $text;
        }
        if (time >= $end) {
            die places() . ": instead of $pattern came: " . show(substr $self->{buffer}, -300) . "\n";
        }
        $self->take($end - time > 1 ? 1 : 0.1);
    }
}

# All that comes until nothing has come for so long.
sub drain {
    my ($self, $seconds) = @_;
    1 while $self->take($seconds);
    my $text = $self->{buffer};
    $self->{buffer} = '';
    return $text;
}

# ---- packets ----

# The next packet's payload, escapes removed; sends `+`. Undef: none came in that time.
sub packet {
    my ($self, $seconds) = @_;
    my $end = time + (defined $seconds ? $seconds : $PATIENCE);
    for (;;) {
        if ($self->{buffer} =~ /\$([^#]*)#([0-9a-f]{2})/) {
            my ($payload, $sum) = ($1, hex $2);
            substr($self->{buffer}, 0, $+[0]) = '';
            die "a packet with a wrong checksum: " . show($payload) . "\n" if $sum != unpack '%8C*', $payload;
            $self->put('+') unless $self->{deaf};
            $payload =~ s/}(.)/chr(ord($1) ^ 0x20)/gse;
            return $payload;
        }
        my $left = $end - time;
        return undef if $left <= 0 || !$self->take($left);
    }
}

# One request, sent again as long as there is no answer: what was printed goes to {out} and {err}, the
# final reply is returned. It gets the next id, unless it has one.
sub ask {
    my ($self, $payload) = @_;
    my $end = time + $PATIENCE;
    $payload = sprintf '%02x:%s', $self->{id} = (($self->{id} || 0x80) + 1) & 0xff, $payload unless $payload =~ /^[0-9a-f]{2}:/;
    $self->{buffer} = '';
    @$self{qw(out err last)} = ('', '', '');
    for (;;) {
        $self->put(frame($payload));
        my $reply = $self->answer(substr($payload, 0, 3), 1.5);
        return $reply if defined $reply;
        die 'no answer to ' . show($payload) . "\n" if time > $end;
    }
}

# The final reply with that id, and what is printed before it; undef: silence for so long.
sub answer {
    my ($self, $id, $seconds) = @_;
    @$self{qw(out err last)} = ('', '', '') unless defined $seconds;
    for (;;) {
        my $reply = $self->packet($seconds);
        if (!defined $reply) {
            return undef if defined $seconds;
            die "no answer\n";
        }
        next if substr($reply, 0, length $id) ne $id;
        $reply = substr $reply, length $id;
        if ($reply =~ /^o([12][0-9a-f]{2}):(.*)/s) {
            $self->{$1 lt '2' ? 'out' : 'err'} .= pack 'H*', $2 if $1 ne $self->{last};
            $self->{last} = $1;
        }
        elsif ($reply =~ /^O([0-9a-f]+)$/s) { $self->{out} .= pack 'H*', $1 }
        else { return $reply }
    }
}

# A new session.
sub hello {
    my ($self, $features) = @_;
    my $end = time + $PATIENCE;
    $self->{id} = int rand 256;
    for (;;) {
        my $reply = $self->ask('qSupported' . (defined $features ? $features : ':whorl.stream+'));
        return hex $1 if $reply =~ /^PacketSize=([0-9a-f]+)/;
        die "no answer to qSupported\n" if time > $end;
    }
}

# Runs a command and returns the final reply.
sub run { my ($self, $command) = @_; return $self->ask('qRcmd,' . hex_of($command)) }

# What `mem` says of pages and heap.
sub memory {
    my ($self) = @_;
    check_is($self->run('mem'), 'OK', 'the status of mem');
    return join '', grep /^(pages|heap)/, split /^/, $self->{out};
}

# Sends a whole file, and returns the reply to its close.
sub send_file {
    my ($self, $name, $bytes) = @_;
    my $reply = $self->ask('vFile:open:' . hex_of($name) . ',601,1b6');
    $reply =~ /^F([0-9a-f]+)$/ or return $reply;
    my $fd = $1;
    for (my $at = 0; $at < length $bytes; $at += 1000) {
        my $part = substr $bytes, $at, 1000;
        my $written = $self->ask(sprintf 'vFile:pwrite:%s,%x,%s', $fd, $at, $part);
        return $written if $written ne sprintf 'F%x', length $part;
    }
    $self->ask(sprintf 'QWhorlExpect:%s,%x,%x', $fd, length $bytes, crc32($bytes));
    return $self->ask("vFile:close:$fd");
}

sub file { open my $in, '<', $_[0] or die "$_[0]: $!\n"; binmode $in; local $/; return scalar <$in> }

1;
