# Machines whose serial lines are sockets, for tests that speak for themselves. One of each kind runs for
# all tests of a file; a test that leaves it unusable gets the next one a new one.

# start_raw MACHINE
start_raw()
{
    local folder=$BATS_FILE_TMPDIR/$1

    rm -rf "$folder"
    mkdir "$folder"
    qemu-system-ppc -M $1 -m 64 -nographic -nodefaults -vga none -monitor none \
        -chardev socket,id=console,path="$folder/console",server=on,wait=off -serial chardev:console \
        -chardev socket,id=link,path="$folder/link",server=on,wait=off -serial chardev:link \
        -kernel build/whorl.elf > "$folder/log" 2>&1 < /dev/null 3>&- &
    echo $! > "$folder/pid"
}

stop_raw()
{
    local pid

    [ -e "$BATS_FILE_TMPDIR/$1/pid" ] || return 0
    pid=$(cat "$BATS_FILE_TMPDIR/$1/pid")
    kill -KILL $pid 2> /dev/null || true
}

# port MACHINE [ARGUMENT...]: runs the program on standard input with its lines in $LINK and $CONSOLE.
port()
{
    local folder=$BATS_FILE_TMPDIR/$1

    shift
    LINK=$folder/link CONSOLE=$folder/console timeout 200 perl -Itests/system/perl -MPort -MTime::HiRes=time,sleep \
        -e 'my $program = do { local $/; <STDIN> }; eval "use strict; use warnings;\n#line 1\n$program; 1" or do { print STDERR "# $@"; exit 1 }' \
        "$@" 3>&-
}

answers()
{
    port $1 2> /dev/null <<<'Port->new($ENV{LINK})->hello'
}

# raw_machines: have them running and answering.
raw_machines()
{
    local machine

    for machine in "${MACHINES[@]}"; do
        if [ ! -e $BATS_FILE_TMPDIR/$machine/pid ] || ! kill -0 $(cat $BATS_FILE_TMPDIR/$machine/pid) 2> /dev/null; then
            start_raw $machine
        fi
    done
}
