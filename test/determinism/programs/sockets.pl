# image: debian
# A server that forks, and clients on loopback, TCP and Unix sockets.
use strict; use Socket; use IO::Socket::INET; use IO::Socket::UNIX; use IO::Select;
$| = 1;
my $server = IO::Socket::INET->new(LocalAddr => '127.0.0.1', Listen => 8, ReuseAddr => 1) or die $!;
my $port = $server->sockport;
my @clients;
for my $n (1 .. 5) {
  my $pid = fork() // die $!;
  if ($pid == 0) {
    my $s = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $port) or die $!;
    print $s "client $n says $_\n" for 1 .. 3;
    shutdown($s, 1);
    my @answers = <$s>;
    exit(@answers == 3 ? $n : 99);
  }
  push @clients, $pid;
}
my ($lines, $open) = (0, 0);
my %left = map { $_ => 1 } @clients;
my $select = IO::Select->new($server);
my (%buffer, $accepted);
while (($accepted // 0) < 5 || $select->count > 1) {
  for my $ready ($select->can_read) {
    if ($ready == $server) { $select->add(scalar $server->accept); $accepted++; next; }
    my $count = sysread($ready, my $bytes, 64);
    if (!$count) { $select->remove($ready); close $ready; next; }
    $buffer{$ready} .= $bytes;
    while ($buffer{$ready} =~ s/^(.*)\n//) { print "$1\n"; syswrite($ready, "heard\n"); $lines++; }
  }
}
my $sum = 0;
for (@clients) { waitpid($_, 0); $sum += $? >> 8; }
socketpair(my $a, my $b, AF_UNIX, SOCK_DGRAM, 0) or die $!;
my $pid = fork() // die $!;
if ($pid == 0) { send($a, "datagram $_", 0) for 1 .. 3; exit 0; }
recv($b, my $text, 100, 0), print "$text\n" for 1 .. 3;
waitpid($pid, 0);
print "ok $lines $sum\n";
