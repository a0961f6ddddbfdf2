# image: debian
# A server on loopback, clients in processes of their own, and datagrams between two of them.
use strict;
$| = 1;
my ($inet, $unix, $stream, $datagram) = (2, 1, 1, 2);
my $loopback = sub { pack 'S n a4 x8', $inet, $_[0], "\x7f\0\0\1" };
socket(my $server, $inet, $stream, 0) or die $!;
bind($server, $loopback->(4000)) or die $!;
listen($server, 8) or die $!;
my @clients;
for my $n (1 .. 4) {
  my $pid = fork() // die $!;
  if ($pid == 0) {
    socket(my $s, $inet, $stream, 0) or die $!;
    connect($s, $loopback->(4000)) or die $!;
    syswrite($s, "client $n says $_\n") for 1 .. 3;
    shutdown($s, 1);
    my @answers = <$s>;
    exit(@answers == 3 ? $n : 99);
  }
  push @clients, $pid;
}
my ($lines, $accepted, %peer, %text) = (0, 0);
while ($accepted < 4 || %peer) {
  my $wanted = '';
  vec($wanted, fileno($_), 1) = 1 for $server, values %peer;
  select(my $ready = $wanted, undef, undef, undef);
  if (vec($ready, fileno $server, 1)) {
    accept(my $s, $server) or die $!;
    $peer{fileno $s} = $s;
    $accepted++;
  }
  for my $fd (sort keys %peer) {
    next unless vec($ready, $fd, 1);
    my $s = $peer{$fd};
    if (!sysread($s, my $bytes, 16)) { delete $peer{$fd}; close $s; next; }
    else { $text{$fd} .= $bytes; }
    while ($text{$fd} =~ s/^(.*)\n//) { print "$1\n"; syswrite($s, "heard\n"); $lines++; }
  }
}
my $sum = 0;
for (@clients) { waitpid($_, 0); $sum += $? >> 8; }
socketpair(my $a, my $b, $unix, $datagram, 0) or die $!;
for my $n (1, 2) {
  next if fork() // die $!;
  send($a, "datagram $n.$_", 0) for 1 .. 3;
  exit 0;
}
for (1 .. 6) { recv($b, my $text, 100, 0); print "$text\n"; }
1 while wait() > 0;
print "ok $lines $sum\n";
