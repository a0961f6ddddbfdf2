# perl-base: processes, files, regular expressions, System V IPC.
exec perl - <<'EOF'
use strict; use warnings; $| = 1;
my %h = map { $_ => $_ ** 2 } 1 .. 5;
print join(",", map { "$_=$h{$_}" } sort keys %h), "\n";
open(my $p, "-|", "echo from child; exit 2") or die; print <$p>; close $p; print $? >> 8, "\n";
my $pid = fork // die; if (!$pid) { exit 3 } waitpid $pid, 0; print $? >> 8, "\n";
$SIG{ALRM} = sub { die "alarm\n" }; eval { alarm 1; select undef, undef, undef, 5; }; print $@;
local $SIG{CHLD} = sub { 1 while waitpid(-1, 1) > 0; print "child\n" }; if (!fork) { exit 0 } sleep 1;
$SIG{CHLD} = 'DEFAULT';
printf "%.15g %s %x\n", atan2(1, 1) * 4, 10 ** 20, 0xdeadbeef;
(my $t = "The quick brown fox") =~ s/(\w+) (\w+)/$2 $1/; print "$t ", scalar reverse("abc"), "\n";
open(my $f, "+>", "data") or die; print $f "line $_\n" for 1 .. 1000; seek $f, 0, 0; my $n = () = <$f>; print "$n ", -s "data", "\n";
print join(" ", sort { $a cmp $b } map { sprintf "%03d", $_ % 7 } 1 .. 10), "\n", unpack("H*", pack("N n C", 1, 2, 3)), "\n";
my $q = msgget(0, 0600 | 01000) // die; msgsnd($q, pack("l! a*", 5, "message"), 0) or die;
msgrcv($q, my $buffer, 100, 0, 0) or die; my ($type, $text) = unpack("l! a*", $buffer); print "$type $text\n"; msgctl($q, 0, 0);
my $m = shmget(0, 4096, 0600 | 01000) // die; my $s = semget(0, 1, 0600 | 01000) // die;
if (!fork) { shmwrite($m, "shared", 0, 6); semop($s, pack("s3", 0, 1, 0)); exit }
semop($s, pack("s3", 0, -1, 0)) or die; shmread($m, my $seen, 0, 6); print "$seen\n"; wait; shmctl($m, 0, 0); semctl($s, 0, 0, 0);
socketpair(my $x, my $y, 1, 1, 0) or die; syswrite $x, "pair"; sysread $y, my $got, 10; print "$got\n";
mkdir "d"; opendir(my $d, ".") or die; print join(" ", sort grep { !/^\./ } readdir $d), "\n"; unlink "data"; rmdir "d"; print -e "data" ? "there" : "gone", "\n";
print join(":", (getpwuid 0)[0, 7]), " ", (stat "/etc/passwd")[2] & 0777, "\n"; exec "echo", "end" or die;
EOF
