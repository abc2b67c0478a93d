# The console: what a user types, and what comes of bytes that no user types.

load lib
load raw

setup_file()
{
    export BATS_FILE_TMPDIR
    BATS_TEST_TMPDIR=$BATS_FILE_TMPDIR extension asks <<C
status_t domain_init(void)
{
    char line[20];
    status_t status;

    console_print("name? ");
    status = console_read_line(line, sizeof line);
    if (status != OK)
        return status;
    console_print("hello, %s\n", line);
    return OK;
}
C
}

setup()
{
    export ASKS=$BATS_FILE_TMPDIR/asks.o
    raw_machines
}

teardown_file()
{
    for machine in "${MACHINES[@]}"; do
        stop_raw $machine
    done
}

# What every program here begins with: $console, at its prompt; type() sends keys and returns what is shown
# up to the next prompt, without carriage returns.
PREAMBLE='my $link = Port->new($ENV{LINK});
$link->hello;
my $console = Port->new($ENV{CONSOLE});
sub prompt { my $text = $console->expect(qr/(?:^|\n)whorl> /); $text =~ s/\r//g; return $text }
sub type { $console->put($_[0]); return prompt() }
$console->put("\x03");
prompt();
$console->drain(0.2);
my $before = $link->memory;
#line 1
'

# on_each: the same program on each machine, at the same time.
on_each()
{
    local program machine bad=0 pids=()

    program=$PREAMBLE$(cat)
    for machine in "${MACHINES[@]}"; do
        port $machine <<<"$program" &
        pids+=($!)
    done
    for pid in ${pids[@]}; do
        wait $pid || bad=1
    done
    return $bad
}

@test "console: a line is echoed and obeyed, whatever ends it" {
    on_each <<'P'
for my $end ("\r", "\n", "\r\n") {
    check(type("uptime$end") =~ /^uptime\n[0-9.]+ s\nwhorl> $/, 'uptime');
    check_is($console->drain(0.2), '', 'what comes after the prompt');
}
check_is(type("\r"), "\nwhorl> ", 'an empty line');
check_is(type("nonsense\r"), "nonsense\nnonsense: no such command; help lists them\nwhorl> ", 'an unknown command');
check_is(type("mem 1\r"), "mem 1\nusage: mem [-v]\nwhorl> ", 'a wrong argument');
my $help = type("help\r");
check($help =~ /^\Q$_\E .*[a-z]/m, "help of $_") for qw(help machine domains symbols unload mem test uptime reboot poweroff);
check_is($link->memory, $before, 'memory');
P
}

@test "console: keys edit the line" {
    on_each <<'P'
my $erase = "\b \b";
check(type("uptimx\b" . "e\r") =~ /\n[0-9.]+ s\nwhorl> $/, 'backspace');
check(type("uptimx\x7fe\r") =~ /\n[0-9.]+ s\nwhorl> $/, 'delete');
$console->put("abc\b\x7f");
check_is($console->expect(qr/^abc(\x08 \x08){2}/), "abc$erase$erase", 'what shows');
check_is($console->drain(0.2), '', 'what else shows');
check(type("\b\b\b\b\buptime\r") =~ /\n[0-9.]+ s\n/, 'backspace at the beginning');
check(type("utime\e[D\e[D\e[D\e[Dp\r") =~ /\n[0-9.]+ s\n/, 'left arrow, and inserting');
check(type("ptime\e[Hu\e[Fx\b\r") =~ /\n[0-9.]+ s\n/, 'home and end');
check(type("ptime\x01u\x05x\b\r") =~ /\n[0-9.]+ s\n/, 'Ctrl-A and Ctrl-E');
check(type("upptime\e[D\e[D\e[D\e[D\b\r") =~ /\n[0-9.]+ s\n/, 'backspace in the middle');
check(type("utime\e[D\e[D\e[D\e[D\e[D\e[D\e[D\e[Cp\e[C\e[C\e[C\e[C\e[C\e[C\r") =~ /\n[0-9.]+ s\n/, 'arrows beyond the ends');
check(type("rubbish\x15uptime\r") =~ /\n[0-9.]+ s\n/, 'Ctrl-U');
check(type("poweroff\x03") =~ /\^C\nwhorl> $/, 'Ctrl-C');
check(type("up\e[3~\e[5~\eOP\e[1;5Ctime\t\r") =~ /\n[0-9.]+ s\n/, 'keys without a meaning');
check_is($link->memory, $before, 'memory');
P
}

@test "console: arrow keys bring earlier lines back" {
    on_each <<'P'
type("uptime\r");
type("mem\r");
type("mem\r");
type("\r");
type("nonsense\r");
check(type("\e[A\r") =~ /\nnonsense: no such/, 'the last');
check(type("\e[A\e[A\r") =~ /\nmemory /, 'the last but one');
check(type("\e[A\e[A\e[A\e[A\r") =~ /\n[0-9.]+ s\n/, 'the one before: repetitions and empty lines do not count');
check(type("\e[A\e[A\e[B\r") =~ /\n[0-9.]+ s\n/, 'up, up, down');
check(type("\e[A\e[Bmem\r") =~ /\nmemory /, 'up and down to an empty line');
check(type("uptime now\r") =~ /\nusage: uptime\n/, 'a wrong one');
check(type("\e[A\b\b\b\b\r") =~ /\n[0-9.]+ s\n/, 'corrected');
check(type("\e[A" x 100 . "\e[B" x 100 . "uptime\r") =~ /\n[0-9.]+ s\n/, 'far beyond both ends');
type("unload number$_\r") for 1 .. 40;
check(type("\e[A" x 5 . "\r") =~ /no domain is called number36\n/, 'when it is full');
check_is($link->memory, $before, 'memory');
P
}

@test "console: a line of 10,000 characters is refused, and the next one taken" {
    on_each <<'P'
for my $size (1024, 10_000) {
    my $shown = type('x' x $size . "\r");
    check($shown =~ /\n.*1023 characters\nwhorl> $/, "$size characters");
    check(type("uptime\r") =~ /^uptime\n[0-9.]+ s\nwhorl> $/, 'the next one');
}
check(type('x' x 1023 . "\r") =~ /\nx{1023}: no such command|\nx+.*no such command/, 'the longest');
check(type('x' x 2000 . "\x15uptime\r") =~ /\n([0-9.]+ s|.*1023 characters)\nwhorl> $/, 'a long one given up');
check(type("uptime\r") =~ /^uptime\n[0-9.]+ s\nwhorl> $/, 'the next one');
check_is($link->memory, $before, 'memory');
P
}

@test "console: 64 KB of random bytes" {
    on_each <<'P'
srand 815;
for my $alphabet ([map { chr } 0 .. 255], ["\e", '[', 'A' .. 'H', '0', ';', '~', 'x', "\b", "\x15"]) {
    my $bytes = '';
    $bytes .= $alphabet->[rand @$alphabet] while length $bytes < ($alphabet->[0] eq "\0" ? 65536 : 16384);
    $console->put($bytes);
    $console->drain(0.5);
    $console->put("\x18\x03");
    check($console->drain(0.5) =~ /whorl> $/, 'a prompt');
    check(type("uptime\r") =~ /^uptime\n[0-9.]+ s\nwhorl> $/, 'the next line');
}
check_is($link->memory, $before, 'memory');
P
}

@test "console: what is typed while the link port works is not lost" {
    on_each <<'P'
$console->put('upt');
$console->expect(qr/upt/);
check_is($link->run('domains'), 'OK', 'a command over the link port');
check($link->{out} =~ /^SpinPublic/m, 'its output');
check_is($console->drain(0.2), '', 'what shows on the console');
check(type("ime\r") =~ /^ime\n[0-9.]+ s\nwhorl> $/, 'the rest of the line');
P
}

@test "console: bytes for both lines at the same moment" {
    on_each <<'P'
for my $n (1 .. 150) {
    $console->put("\x03");
    check_is($link->run('uptime'), 'OK', "uptime, number $n");
    prompt();
    select undef, undef, undef, rand 0.01;
}
my $line = 'x' x 200;
for my $n (1 .. 10) {
    $console->put("$line\r");
    check_is($link->ask("vUnknown$line$line"), '', "packet $n");
    check(prompt() =~ /\n\Q$line\E: no such command/, "line $n");
}
check_is($link->memory, $before, 'memory');
P
}

@test "console: an extension reads a line" {
    on_each <<'P'
sub load_and_type {
    my ($keys) = @_;
    check_is($link->send_file('asks.o', Port::file($ENV{ASKS})), 'F0', 'close');
    $link->put(frame('01:qRcmd,' . hex_of('load asks.o')));
    $link->packet;
    $console->put($keys);
    return $link->answer('01:');
}
check_is(load_and_type("Whurl\b\b\borl\r"), 'OK', 'load');
check($link->{out} =~ /hello, Whorl\n/, 'what it says');
check_is($link->run('unload asks'), 'OK', 'unload');
check_is(load_and_type('x' x 50 . "\r"), 'E0c', 'load with a line that is too long');
check($link->{err} =~ /ERR_RANGE/, 'the sentence');
# At the console itself.
check_is($link->send_file('asks.o', Port::file($ENV{ASKS})), 'F0', 'close');
$console->drain(0.2);
$console->put("load asks.o\r");
$console->expect(qr/\nname\? /);
check(type("you\r") =~ /^you\nhello, you\nwhorl> $/, 'what shows');
check_is(type("unload asks\r"), "unload asks\nwhorl> ", 'unload');
check_is($link->memory, $before, 'memory');
P
}

@test "console: an extension has capabilities for it, until they are closed" {
    export CONSOLES=$BATS_TEST_TMPDIR/consoles.o
    build/whorl cc -Wextra -Werror -I. tests/system/programs/consoles.c -o $CONSOLES
    on_each <<'P'
check_is($link->send_file('consoles.o', Port::file($ENV{CONSOLES})), 'F0', 'close');
$link->put(frame('01:qRcmd,' . hex_of('load consoles.o')));
$link->packet;
$console->put("Whorl\r");
check_is($link->answer('01:'), 'OK', 'load');
check($link->{out} =~ /hello, Whorl\nstill open\nnot privileged, 0 wrong\n/, "what it says: $link->{out}");
check_is($link->run('unload consoles'), 'OK', 'unload');
# At the console itself.
check_is($link->send_file('consoles.o', Port::file($ENV{CONSOLES})), 'F0', 'close');
$console->drain(0.2);
$console->put("load --privileged consoles.o\r");
$console->expect(qr/\nname\? /);
check(type("you\r") =~ /^you\nhello, you\nstill open\nprivileged, 0 wrong\nwhorl> $/, 'what shows');
check_is(type("unload consoles\r"), "unload consoles\nwhorl> ", 'unload');
check_is($link->memory, $before, 'memory');
P
}

@test "console: top goes on until q is typed, and other keys do nothing" {
    on_each <<'P'
$console->drain(0.2);
$console->put("top\r");
$console->expect(qr/\e\[H\e\[Jdomain +time.*\n(.*\n)*?strand +time.*\n/);
$console->put("x");
$console->expect(qr/\e\[H\e\[Jdomain +time.*\n(.*\n)*?strand +time.*\n/);
$console->put("q");
prompt();
check(type("uptime\r") =~ /^uptime\n[0-9.]+ s\nwhorl> $/, 'a command');
P
}

@test "console: reboot brings the machine back as new, and a panic is told on both lines" {
    export PANICS=$BATS_TEST_TMPDIR/panics.o
    extension panics <<<'IMPORT_DOMAIN("Debug"); void panic(const char *, ...); status_t domain_init(void) { panic("on purpose"); return OK; }'
    on_each <<'P'
type("nonsense\r");
$console->put("reboot\r");
$console->expect(qr/\nWhorl on .*\n/);
prompt();
check(type("uptime\r") =~ /^uptime\n[0-9.]+ s\nwhorl> $/, 'a command');
$link->hello;
check_is($link->memory, $before, 'memory');
check_is($link->send_file('panics.o', Port::file($ENV{PANICS})), 'F0', 'close');
$link->put(frame('01:qRcmd,' . hex_of('load --privileged panics.o')));
$link->expect(qr/\$X06#be/);
$console->expect(qr/\npanic: on purpose\r?\n(  \w+ +[0-9a-f]{8} .*\n)+(  0x[0-9a-f]{8} .*\n)+strand \d+ .*\n/);
P
    stop_raw g3beige
    stop_raw mac99
}
