# Cuts a file of instructions into inputs for code_fuzz: seeds.pl TEXT FOLDER
use strict;
use warnings;

my ($text, $folder) = @ARGV;
open my $in, '<:raw', $text or die "$text: $!\n";
my $bytes = do { local $/; <$in> };
my $n = 0;
for (my $at = 0; $at + 4096 <= length $bytes; $at += 16384) {
    for my $size (256, 4096) {
        open my $out, '>:raw', sprintf '%s/%03d', $folder, $n++ or die "$folder: $!\n";
        print $out pack('CC', $n % 16, $n % 4), substr $bytes, $at, $size;
        close $out or die "$folder: $!\n";
    }
}
