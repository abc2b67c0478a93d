#!/usr/bin/perl
# Reads assembly as gcc and clang write it; prints a line for each function: its name, and how many
# entries each of its jump tables has, the smallest first.
use strict;
use warnings;

my (%is_function, %tables, $function, $entries);

sub finish
{
    push @{$tables{$function}}, $entries if $entries;
    $entries = undef;
}

while (<>) {
    $is_function{$1} = 1 if /^\s*\.type\s+(\S+),\s*[@%]function/;
    if (/^\.L(?:JTI)?\d+(?:_\d+)?:/) { # maybe a table begins
        finish();
        $entries = 0;
    } elsif (/^([\w.]+):/) {
        finish();
        if ($is_function{$1} && $1 !~ /\.cold/) {
            $function = $1;
            $tables{$function} //= [];
        }
    } elsif (defined $entries && /^\s*\.long\s+\.L(?:BB)?\d+(?:_\d+)?(?:-\.L(?:JTI)?\d+(?:_\d+)?)?\s*$/) {
        $entries++;
    } elsif (/^\s*[a-z]/ || /^\s*\.(?:section|text|long)/) {
        finish();
    }
}
finish();
print join(' ', $_, sort {$a <=> $b} @{$tables{$_}}), "\n" for sort keys %tables;
