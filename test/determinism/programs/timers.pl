# image: debian
# Timers of several processes on one virtual clock: deadlines come in order, work in between.
use strict; use Time::HiRes qw(ualarm setitimer ITIMER_REAL sleep time);
$| = 1;
pipe(my $read, my $write) or die $!;
for my $n (1 .. 6) {
  next if fork() // die $!;
  my $ticks = 0;
  $SIG{ALRM} = sub { $ticks++; syswrite($write, "process $n tick $ticks\n"); };
  setitimer(ITIMER_REAL, 0.01 * $n, 0.007);
  my $work = 0;
  $work++ while $ticks < 2;
  sleep 0.05 while $ticks < 4;
  setitimer(ITIMER_REAL, 0);
  exit 0;
}
close $write;
my $count = 0;
while (<$read>) { print; $count++; }
1 while wait() > 0;
print "ok $count\n";
