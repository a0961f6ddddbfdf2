# image: debian
# epoll over pipes and an eventfd that several processes write to.
use strict;
$| = 1;
chomp(my $machine = `uname -m`);
my ($create, $control, $wait, $eventfd) = @{{
  x86_64 => [291, 233, 281, 290], aarch64 => [20, 21, 22, 19], s390x => [327, 250, 312, 323],
}->{$machine}};
# struct epoll_event is packed on x86-64 only.
my $layout = $machine eq 'x86_64' ? 'L Q' : 'L x4 Q';
my $size = length pack $layout, 0, 0;
my $epoll = syscall($create, 0);
open(my $event, '+<&=', syscall($eventfd, 0, 0)) or die $!;
my %reader;
sub watch { syscall($control, $epoll, 1, $_[0], pack($layout, 1, $_[0])) == 0 or die $! }
watch(fileno $event);
for my $n (1 .. 5) {
  pipe(my $read, my $write) or die $!;
  if (!(fork() // die $!)) {
    close $read;
    for my $k (1 .. 4) {
      my $spin = 0; $spin++ while $spin < 50 * $n;
      syswrite($write, "$n.$k ");
      syswrite($event, pack('Q', 1));
    }
    exit 0;
  }
  close $write;
  $reader{fileno $read} = $read;
  watch(fileno $read);
}
my ($bytes, $events) = (0, 0);
while (%reader || $events < 20) {
  my $buffer = "\0" x ($size * 8);
  my $count = syscall($wait, $epoll, $buffer, 8, -1, 0, 8);
  for my $n (0 .. $count - 1) {
    my (undef, $fd) = unpack $layout, substr($buffer, $n * $size, $size);
    if ($fd == fileno $event) { sysread($event, my $word, 8); $events += unpack 'Q', $word; next; }
    if (sysread($reader{$fd}, my $text, 100)) { print "$fd: $text\n"; $bytes += length $text; next; }
    syscall($control, $epoll, 2, $fd, 0);
    delete $reader{$fd};
  }
}
1 while wait() > 0;
print "ok $bytes $events\n";
