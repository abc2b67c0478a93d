# Names of the relocations that objects have (System V ABI PowerPC supplement; binutils' include/elf/ppc.h).
package Relocation;
use strict;
use warnings;
use Exporter 'import';
our @EXPORT_OK = qw(relocation_name);

my %names = (
    0 => 'NONE', 1 => 'ADDR32', 2 => 'ADDR24', 3 => 'ADDR16', 4 => 'ADDR16_LO', 5 => 'ADDR16_HI', 6 => 'ADDR16_HA',
    7 => 'ADDR14', 8 => 'ADDR14_BRTAKEN', 9 => 'ADDR14_BRNTAKEN', 10 => 'REL24', 11 => 'REL14',
    12 => 'REL14_BRTAKEN', 13 => 'REL14_BRNTAKEN', 14 => 'GOT16', 15 => 'GOT16_LO', 16 => 'GOT16_HI',
    17 => 'GOT16_HA', 18 => 'PLTREL24', 23 => 'LOCAL24PC', 24 => 'UADDR32', 25 => 'UADDR16', 26 => 'REL32',
    27 => 'PLT32', 28 => 'PLTREL32', 29 => 'PLT16_LO', 30 => 'PLT16_HI', 31 => 'PLT16_HA', 32 => 'SDAREL16',
    33 => 'SECTOFF', 67 => 'TLS', 69 => 'TPREL16', 70 => 'TPREL16_LO', 71 => 'TPREL16_HI', 72 => 'TPREL16_HA',
    79 => 'GOT_TLSGD16', 83 => 'GOT_TLSLD16', 87 => 'GOT_TPREL16', 95 => 'TLSGD', 96 => 'TLSLD', 106 => 'EMB_SDAI16',
    107 => 'EMB_SDA2I16', 108 => 'EMB_SDA2REL', 109 => 'EMB_SDA21', 116 => 'EMB_RELSDA', 119 => 'PLTSEQ',
    120 => 'PLTCALL', 249 => 'REL16', 250 => 'REL16_LO', 251 => 'REL16_HI', 252 => 'REL16_HA',
);

sub relocation_name { return 'R_PPC_' . ($names{$_[0]} // $_[0]) }

1;
