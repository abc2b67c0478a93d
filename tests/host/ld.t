# GNU ld as the judge of the kernel's linker; see perl/Judge.pm. Judges all of the corpus that ld.mk makes,
# or the folders of it that are named: sh tests/host/ld.t assembly libgcc
cd "$(dirname "$0")/../.." && exec perl -Itests/host/perl tests/host/judge.pl "$@"
