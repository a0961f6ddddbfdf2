# image: debian
# epoll over pipes and an eventfd that several processes write to.
use strict; use POSIX ();
$| = 1;
my $machine = (POSIX::uname())[4];
my ($create, $control, $wait, $eventfd) = @{{
  x86_64 => [291, 233, 281, 290], aarch64 => [20, 21, 22, 19], s390x => [327, 250, 312, 323],
}->{$machine}};
# struct epoll_event is packed on x86-64 only.
my $layout = $machine eq 'x86_64' ? 'L Q' : 'L x4 Q';
my $size = length pack $layout, 0, 0;
my $epoll = syscall($create, 0);
my $event = syscall($eventfd, 0, 0);
my @readers;
sub watch { my ($fd) = @_; syscall($control, $epoll, 1, $fd, pack($layout, 1, $fd)) == 0 or die $! }
watch($event);
for my $n (1 .. 5) {
  pipe(my $read, my $write) or die $!;
  if (!(fork() // die $!)) {
    close $read;
    for my $k (1 .. 4) {
      my $spin = 0; $spin++ while $spin < 50 * $n;
      syswrite($write, "$n.$k ");
      POSIX::write($event, pack('Q', 1), 8);
    }
    exit 0;
  }
  close $write;
  push @readers, $read;
  watch(fileno $read);
}
my ($bytes, $events, $open) = (0, 0, 5);
while ($open || $events < 20) {
  my $buffer = "\0" x ($size * 8);
  my $count = syscall($wait, $epoll, $buffer, 8, -1, 0, 8);
  for my $n (0 .. $count - 1) {
    my (undef, $fd) = unpack $layout, substr($buffer, $n * $size, $size);
    if ($fd == $event) { POSIX::read($event, my $word, 8); $events += unpack 'Q', $word; next; }
    my $got = POSIX::read($fd, my $text, 100);
    if (defined $got && $got > 0) { print "$fd: $text\n"; $bytes += length $text; next; }
    syscall($control, $epoll, 2, $fd, 0);
    $open--;
  }
}
1 while wait() > 0;
print "ok $bytes $events\n";
