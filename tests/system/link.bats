# The link port with an unruly other end: what a user's line, or nobody's good will, may send.

load lib
load raw

setup_file()
{
    export BATS_FILE_TMPDIR
    for name in one; do
        BATS_TEST_TMPDIR=$BATS_FILE_TMPDIR speaker $name
    done
}

setup()
{
    export OBJECT=$BATS_FILE_TMPDIR/one.o
    raw_machines
}

teardown_file()
{
    for machine in "${MACHINES[@]}"; do
        stop_raw $machine
    done
}

# on_each: the same program on each machine, at the same time.
on_each()
{
    local program machine bad=0 pids=()

    program=$(cat)
    for machine in "${MACHINES[@]}"; do
        port $machine <<<"$program" &
        pids+=($!)
    done
    for pid in ${pids[@]}; do
        wait $pid || bad=1
    done
    return $bad
}

@test "link: without sequence ids it is what gdb knows" {
    on_each <<'P'
my $link = Port->new($ENV{LINK});
# Until it is there.
$link->hello;
$link->drain(0.5);
sub ask {
    $link->put(frame($_[0]));
    $link->expect(qr/^\+/);
    return $link->answer('');
}
sub run { return ask('qRcmd,' . hex_of($_[0])) }
check(ask('qSupported:multiprocess+;swbreak+;xmlRegisters=i386') =~ /^PacketSize=([0-9a-f]+)/, 'PacketSize');
check(hex $1 >= 0x400, 'it is not small');
$link->put(frame('qRcmd,' . hex_of('uptime')));
$link->expect(qr/^\+\$O([0-9a-f]{2})+#[0-9a-f]{2}/);
$link->put('+');
$link->expect(qr/^\$OK#9a/);
$link->put('+');
check_is(run('nonsense'), 'E05', 'the reply to an unknown command');
check($link->{out} =~ /^nonsense: no such command/, 'its sentence');
check_is(run(''), 'OK', 'the reply to no command');
my $object = Port::file($ENV{OBJECT});
check(ask('vFile:open:' . hex_of('one.o') . ',601,1b6') =~ /^F([0-9a-f]+)$/, 'open');
my $fd = $1;
for (my $at = 0; $at < length $object; $at += 300) {
    my $part = substr $object, $at, 300;
    check_is(ask(sprintf 'vFile:pwrite:%s,%x,%s', $fd, $at, $part), sprintf('F%x', length $part), 'pwrite');
}
check_is(ask("vFile:close:$fd"), 'F0', 'the reply to close');
check_is(run('load one.o'), 'OK', 'load');
check_is($link->{out}, "one: init\n", 'its output');
check_is(run('unload one'), 'OK', 'unload');
P
}

@test "link: what it does not know gets an empty reply" {
    on_each <<'P'
my $link = Port->new($ENV{LINK});
$link->hello;
my $before = $link->memory;
for my $request ('', 'Z', 'vUnknown', 'vFile:', 'vFile:open', 'vFile:nonsense:1,2', 'qRcm', 'q', 'Q', 'QWhorl', "\0", "\xff" x 100, 'qRcmd', ':', '07', 'zz:mem') {
    $link->put(frame($request));
    $link->expect(qr/^\+\$#00/, 10);
    $link->put('+');
}
check_is($link->ask('42:vUnknown'), '', 'the reply with an id');
check_is($link->memory, $before, 'memory');
P
}

@test "link: a request that is sent again is answered again, not executed again" {
    on_each <<'P'
my $link = Port->new($ENV{LINK});
$link->hello;
my $before = $link->memory;
check_is($link->send_file('one.o', Port::file($ENV{OBJECT})), 'F0', 'the reply to close');
my $load = '11:qRcmd,' . hex_of('load one.o');
check_is($link->ask($load), 'OK', 'load');
check_is($link->{out}, "one: init\n", 'its output');
for (1 .. 3) {
    check_is($link->ask($load), 'OK', 'the reply to the repetition');
    check_is($link->{out}, '', 'its output');
}
check_is($link->ask('11:'), 'OK', 'the reply to the question');
check_is($link->ask('12:'), 'E16', 'the reply to the question for something else');
my $unload = '12:qRcmd,' . hex_of('unload one');
check_is($link->ask($unload), 'OK', 'unload');
check_is($link->ask($unload), 'OK', 'the repetition');
check_is($link->ask('13:qRcmd,' . hex_of('unload one')), 'E05', 'unload, with another id');
# Twice at once.
$link->put(frame('14:qRcmd,' . hex_of('uptime')) x 3);
check_is($link->answer('14:'), 'OK', 'uptime');
check($link->{out} =~ /^[0-9.]+ s\n$/, 'it ran once');
$link->drain(0.3);
check_is($link->memory, $before, 'memory');
P
}

@test "link: whichever bit of a packet is flipped, it is not executed" {
    on_each <<'P'
my $link = Port->new($ENV{LINK});
$link->hello;
my $before = $link->memory;
my $frame = frame('qRcmd,' . hex_of('mem'));
for my $bit (0 .. 8 * length($frame) - 1) {
    my $bad = $frame;
    vec($bad, $bit, 1) ^= 1;
    next if lc $bad eq lc $frame; # a digit of the checksum in the other case is no damage
    $link->put($bad);
    # Some need a few more bytes to be seen as bad.
    my $seen = $link->drain(0.004);
    check($seen !~ /\$/, "bit $bit: " . Port::show($bad) . ' gives ' . Port::show($seen));
}
$link->put('#00');
$link->drain(0.2);
check_is($link->memory, $before, 'memory');
P
}

@test "link: a wrong checksum is refused with -, and the right one then taken" {
    on_each <<'P'
my $link = Port->new($ENV{LINK});
$link->hello;
for my $bad ('$qRcmd,6d656d#00', '$qRcmd,6d656d#', '$qRcmd,6d656d#zz', '$#01', '$a}#de') {
    $link->{buffer} = '';
    $link->put($bad . ' ');
    $link->expect(qr/^-/, 10);
}
check_is($link->run('uptime'), 'OK', 'a good one');
# A packet begun again in the middle of itself.
$link->put('$qRcmd,6d$qRcmd,75' . frame('qRcmd,' . hex_of('uptime')));
check_is($link->answer(''), 'OK', 'the last one');
# Noise between packets.
$link->put("noise +++ --- \x03\x03 #12 }" . frame('qRcmd,' . hex_of('uptime')));
$link->drain(0.3);
check_is($link->run('uptime'), 'OK', 'after noise');
P
}

@test "link: what it sends is sent again when it is not acknowledged, or refused" {
    on_each <<'P'
my $link = Port->new($ENV{LINK});
$link->hello;
$link->{buffer} = '';
$link->put(frame('21:qRcmd,' . hex_of('uptime')));
my $first = $link->expect(qr/\$21:o1[^#]*#../);
$first =~ s/^[^\$]*//;
my $again = $link->expect(qr/\$21:o1[^#]*#../, 5);
check_is($again, $first, 'the repetition after silence');
$link->drain(0.01);
$link->put('-');
check($link->expect(qr/\$21:o1[^#]*#../, 5) =~ /\Q$first\E/, 'the repetition after -');
$link->put('+');
$link->expect(qr/\$21:OK#../);
# The final reply as well.
$link->put('-');
$link->expect(qr/\$21:OK#../, 5);
$link->put('+');
P
}

@test "link: a client that never acknowledges does not stop the kernel" {
    on_each <<'P'
my $link = Port->new($ENV{LINK});
$link->hello;
my $before = $link->memory;
my $start = time;
$link->{deaf} = 1;
check_is($link->run('help'), 'OK', 'the end of the command');
check(time - $start < 30, 'it ends soon');
$link->{deaf} = 0;
$link->drain(0.2);
check_is($link->run('help'), 'OK', 'the next command');
check($link->{out} =~ /^help .*^uptime /ms, 'its output');
check_is($link->memory, $before, 'memory');
P
}

@test "link: a transfer that is cut off leaves nothing, after a new session or some silence" {
    on_each <<'P'
my $link = Port->new($ENV{LINK});
my $object = Port::file($ENV{OBJECT}) x 10;
$link->hello;
my $before = $link->memory;
sub begin {
    $link->ask(sprintf "vFile:open:%s,601,1b6", hex_of("file$_[0].o")) =~ /^F([0-9a-f]+)$/ or die "no file";
    $link->ask(sprintf "vFile:pwrite:%s,%x,%s", $1, $_ * 1000, substr $object, $_ * 1000, 1000) for 0 .. 9;
}
begin($_) for 1 .. 5;
check($link->memory ne $before, "it takes memory");
$link->put("\$vFile:pwrite:0,2710,cut off");
$link = Port->new($ENV{LINK});
$link->hello;
check_is($link->memory, $before, "memory after a new session");
begin(1);
$link->put(substr frame(sprintf "vFile:pwrite:0,2710,%s", substr $object, 10000, 1000), 0, 500);
sleep 13;
my $reply = $link->memory;
check_is($reply, $before, "memory after silence");
check_is($link->ask("vFile:close:0"), "F-1,9", "the reply to close then");
P
}

@test "link: pieces twice, in another order, or missing do not make a file" {
    on_each <<'P'
my $link = Port->new($ENV{LINK});
my $object = Port::file($ENV{OBJECT});
my ($size, $half) = (length $object, 700);
$link->hello;
my $before = $link->memory;
sub ask { return $link->ask($_[0]) }
sub begin { ask('vFile:open:' . hex_of('one.o') . ',601,1b6') =~ /^F([0-9a-f]+)$/ or die 'no file'; return $1 }
sub piece { my ($fd, $at, $end) = @_; return ask(sprintf 'vFile:pwrite:%s,%x,%s', $fd, $at, substr $object, $at, $end - $at) }
sub finish { my ($fd, $crc) = @_; ask(sprintf 'QWhorlExpect:%s,%x,%x', $fd, $size, defined $crc ? $crc : crc32($object)); return ask("vFile:close:$fd") }

# Twice is fine: it says where it belongs.
my $fd = begin();
piece($fd, 0, $half), piece($fd, 0, $half), piece($fd, $half, $size), piece($fd, 0, $half), piece($fd, $half, $size);
check_is(finish($fd), 'F0', 'close of a file with pieces sent twice');
check_is($link->run('load one.o'), 'OK', 'load of it');
check_is($link->run('unload one'), 'OK', 'unload');
check_is($link->memory, $before, 'memory');

# The second piece first.
$fd = begin();
check(piece($fd, $half, $size) =~ /^F-1,/, 'a piece beyond the end is refused');
piece($fd, 0, $half);
check_is(finish($fd), 'F-1,5', 'close of half a file');
check_is($link->memory, $before, 'memory');

# One piece missing, or none at all.
$fd = begin();
piece($fd, 0, $half);
check_is(finish($fd), 'F-1,5', 'close of a file that lacks a piece');
check_is(finish(begin()), 'F-1,5', 'close of a file that lacks everything');
# Too long.
$fd = begin();
piece($fd, 0, $size);
ask(sprintf 'vFile:pwrite:%s,%x,x', $fd, $size);
check_is(finish($fd), 'F-1,5', 'close of a file that is too long');
# All there, one bit wrong.
$fd = begin();
piece($fd, 0, $size);
ask(sprintf 'vFile:pwrite:%s,%x,%s', $fd, 100, chr(1 ^ ord substr $object, 100, 1));
check_is(finish($fd), 'F-1,5', 'close of a file with one bit flipped');
check_is($link->memory, $before, 'memory');
check($link->run('load one.o') =~ /^E/, 'load of what never arrived');
check($link->{err} =~ /one\.o/, 'the sentence');
check_is($link->memory, $before, 'memory');
P
}

@test "link: wrong requests about files are refused and cost nothing" {
    on_each <<'P'
my $link = Port->new($ENV{LINK});
$link->hello;
my $before = $link->memory;
my $open = 'vFile:open:' . hex_of('a');
for my $bad ('vFile:open:', 'vFile:open:,601,1b6', 'vFile:open:6,601,1b6', 'vFile:open:zz,601,1b6',
    'vFile:open:' . hex_of('a b') . ',601,1b6', 'vFile:open:' . hex_of('a,b') . ',601,1b6', 'vFile:open:' . hex_of("a\n") . ',601,1b6',
    'vFile:open:' . hex_of('x' x 256) . ',601,1b6', 'vFile:open:' . hex_of('x' x 1500) . ',601,1b6', 'vFile:open:' . hex_of("\0") . ',601,1b6',
    'vFile:pwrite:0,0,x', 'vFile:pwrite:', 'vFile:pwrite:0', 'vFile:pwrite:0,', 'vFile:pwrite:0,0', 'vFile:pwrite:ffffffff,0,x',
    'vFile:pwrite:100000000,0,x', 'vFile:close:', 'vFile:close:0', 'vFile:close:ffffffff', 'vFile:close:-1', 'vFile:close:zz',
    'QWhorlExpect:', 'QWhorlExpect:0,1,2', 'QWhorlExpect:0', 'QWhorlExpect:ffffffff,1,2') {
    my $reply = $link->ask($bad);
    check($reply =~ /^(F-1,[0-9a-f]+)?$/, Port::show($bad) . ' gives ' . Port::show($reply));
}
check_is($link->memory, $before, 'memory');

check($link->ask("$open,601,1b6") =~ /^F([0-9a-f]+)$/, 'a file');
my $fd = $1;
for my $bad ("vFile:pwrite:$fd,1,x", "vFile:pwrite:$fd,ffffffff,x", "vFile:pwrite:$fd,fffffffe,xyz", "vFile:pwrite:$fd,,x", "vFile:pwrite:$fd,-1,x",
    "vFile:pwrite:$fd,100000000,x", "QWhorlExpect:$fd", "QWhorlExpect:$fd,1", "QWhorlExpect:$fd,ffffffff,0", "QWhorlExpect:$fd,10,0,0",
    sprintf 'QWhorlExpect:%s,%x,0', $fd, (64 << 20) / 4 + 1) {
    my $reply = $link->ask($bad);
    check($reply =~ /^(F-1,[0-9a-f]+)?$/, Port::show($bad) . ' gives ' . Port::show($reply));
}
check_is($link->ask("vFile:close:$fd"), 'F0', 'close');
check($link->ask("vFile:close:$fd") =~ /^F-1,9/, 'close again');
check($link->run('load a') =~ /^E/, 'load of an empty file');
check_is($link->memory, $before, 'memory');

# More files than it has room for.
my @files;
while (@files < 100 && $link->ask(sprintf 'vFile:open:%s,601,1b6', hex_of('file' . @files)) =~ /^F([0-9a-f]+)$/) { push @files, $1 }
check(@files >= 8 && @files < 100, 'the number of files: ' . @files);
check_is($link->ask("vFile:close:$_"), 'F0', 'close') for @files;
$link->hello;
check_is($link->memory, $before, 'memory');
P
}

@test "link: packets that are too long, and commands that are" {
    on_each <<'P'
my $link = Port->new($ENV{LINK});
my $most = $link->hello;
my $before = $link->memory;
for my $size ($most + 1, $most + 2, 10_000, 20_000) {
    $link->drain(0.1);
    $link->put(frame('x' x $size));
    my $reply = $link->packet;
    check($reply =~ /^E/, "$size bytes give " . Port::show($reply));
}
check_is($link->ask('01:' . 'x' x ($most - 3)), '', 'the reply to the longest packet');
check_is($link->ask('02:' . '}' x ($most / 2 - 2)), '', 'the reply to the longest packet of escapes');
check_is($link->run('a' x 1023), 'E05', 'the longest command');
check($link->run('a' x 1024) =~ /^E/ && $link->{err} =~ /1023/, 'one character more');
check($link->run('a' x 2000) =~ /^E/ && $link->{err} =~ /1023/, 'many more');
check($link->ask('qRcmd,6') =~ /^E/, 'half a character');
check($link->ask('qRcmd,7z') =~ /^E/, 'what is not hex');
check($link->ask("qRcmd,6d\0656d") =~ /^E/, 'what is not hex, with a zero');
check_is($link->ask('qRcmd,6D656D'), 'OK', 'upper case');
check_is($link->memory, $before, 'memory');
P
}

@test "link: 64 KB of random bytes" {
    on_each <<'P'
my $link = Port->new($ENV{LINK});
my $console = Port->new($ENV{CONSOLE});
$link->hello;
my $before = $link->memory;
srand 4711;
my @alphabets = ([map { chr } 0 .. 255], ['$', '#', '+', '-', '}', '*', ':', ',', 0 .. 9, 'a' .. 'f'], ['$', "\0", '#']);
for my $alphabet (@alphabets) {
    my $bytes = '';
    $bytes .= $alphabet->[rand @$alphabet] while length $bytes < ($alphabet->[0] eq "\0" ? 65536 : 16384);
    $link->put($bytes);
    $link->drain(0.3);
    $link->hello;
    check_is($link->memory, $before, 'memory');
}
check($console->drain(0.1) !~ /panic/, 'no panic');
P
}

@test "link: 64 KB of valid packets with random contents" {
    on_each <<'P'
my $link = Port->new($ENV{LINK});
$link->hello;
my $before = $link->memory;
srand 42;
my @heads = ('', 'qRcmd,', 'vFile:open:', 'vFile:pwrite:', 'vFile:pwrite:0,', 'vFile:pwrite:0,0,', 'vFile:close:', 'QWhorlExpect:', 'QWhorlExpect:0,',
    'qRcmd,' . hex_of('load '), 'qRcmd,' . hex_of('unload '), 'qRcmd,' . hex_of('symbols '), '07:', '07:qRcmd,', 'vFile:', 'vFile:open:6100,');
my @alphabets = ([map { chr } 0 .. 255], [0 .. 9, 'a' .. 'f'], [0 .. 9, 'a' .. 'f', ',']);
my $sent = 0;
while ($sent < 65536) {
    my $alphabet = $alphabets[rand @alphabets];
    my $frame = frame($heads[rand @heads] . join '', map { $alphabet->[rand @$alphabet] } 1 .. rand 400);
    $sent += length $frame;
    # 64 KB without a pause would be lost in part; that is another test.
    $link->{buffer} = '';
    $link->put($frame);
    for (;;) {
        my $reply = $link->packet;
        check(defined $reply, 'a reply to ' . Port::show($frame));
        last unless $reply =~ /^(..:)?[oO][0-9a-f]*:?[0-9a-f]+$/;
    }
}
$link->hello;
check_is($link->memory, $before, 'memory');
P
}

@test "link: whorl boot --link lends it to others" {
    extension one <<<'status_t domain_init(void) { console_print("through the lent port\n"); return OK; }'
    mkfifo $BATS_TEST_TMPDIR/keys
    build/whorl boot --timeout $PATIENCE --link $BATS_TEST_TMPDIR/lent < $BATS_TEST_TMPDIR/keys > $BATS_TEST_TMPDIR/out 2>&1 3>&- &
    tool=$!
    exec 9> $BATS_TEST_TMPDIR/keys
    LENT=$BATS_TEST_TMPDIR/lent OBJECT=$BATS_TEST_TMPDIR/one.o port g3beige <<'P'
for (1 .. 2) {
    my $link = Port->new($ENV{LENT});
    $link->hello;
    check_is($link->send_file('one.o', Port::file($ENV{OBJECT})), 'F0', 'close');
    check_is($link->run('load one.o'), 'OK', 'load');
    check_is($link->{out}, "through the lent port\n", 'its output');
    check_is($link->run('unload one'), 'OK', 'unload');
}
P
    echo domains >&9
    exec 9>&-
    wait $tool
    grep -q '^SpinPublic' $BATS_TEST_TMPDIR/out
    [ ! -e $BATS_TEST_TMPDIR/lent ]
}
