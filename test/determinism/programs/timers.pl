# image: debian
# Timers of several processes on one virtual clock, with work in between.
use strict;
$| = 1;
pipe(my $read, my $write) or die $!;
for my $n (1 .. 6) {
  next if fork() // die $!;
  my $ticks = 0;
  $SIG{ALRM} = sub { $ticks++; syswrite($write, "process $n tick $ticks\n"); alarm 1 if $ticks < 4; };
  alarm 1;
  my $work = 0;
  while ($ticks < 4) {
    $work++ for 1 .. 50 * $n;
    select(undef, undef, undef, 0.1 * $n);
  }
  exit 0;
}
close $write;
my $count = 0;
while (<$read>) { print; $count++; }
1 while wait() > 0;
print "ok $count\n";
