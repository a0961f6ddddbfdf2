# image: debian
# Processes that change one file under a lock: no update is lost.
use strict;
$| = 1;
my $exclusive = 2;
open(my $file, '+>', '/tmp/counter') or die $!;
syswrite($file, '0');
for my $n (1 .. 6) {
  next if fork() // die $!;
  for (1 .. 8) {
    open(my $own, '+<', '/tmp/counter') or die $!;
    flock($own, $exclusive) or die $!;
    sysread($own, my $value, 20);
    my $spin = 0; $spin++ while $spin < 100;
    sysseek($own, 0, 0);
    syswrite($own, $value + 1);
    print "process $n made ", $value + 1, "\n" if $_ % 4 == 0;
    close $own;
  }
  exit 0;
}
1 while wait() > 0;
sysseek($file, 0, 0);
sysread($file, my $value, 20);
print "ok $value\n";
