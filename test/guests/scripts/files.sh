# Files, directories, links, modes, times, find, tar, gzip, dd, checksums.
mkdir -p d/e/f; echo hello > d/a; ln d/a d/b; ln -s a d/l; ln -s nowhere d/dangling; cp -a d d2
chmod 640 d/a; chmod u+s,g-r,o=x d2/a; touch -d '2001-02-03 04:05:06' d/a; mkfifo d/p
ls -lR d | sed 's/^\(.\{10\}\) *\([0-9]*\).*\([0-9:]\{5\}\) /\1 \2 /' | grep -v '^total'
stat -c '%n %F %a %h %s %Y' d/a d/b; stat -c '%F' d/l d/p d/e; readlink d/l; readlink -f d/l | sed "s#$PWD#PWD#"
find d -type f | sort; find d -name '?' -links 2 | sort; find . -path './d2/*' -newer d/a -type l | sort; find d -type d -exec echo dir {} \;
mv d/e d/g; rm -r d2; ls d d2; rmdir d; echo "rmdir $?"; cat missing; echo "cat $?"
dd if=/dev/zero bs=1k count=100 2>/dev/null | sha256sum; dd if=/dev/zero of=z bs=1000 count=3 seek=2 2>&1 | head -n 2; wc -c z
seq 1 10000 > s; md5sum s; sha1sum s; sha256sum s; sha512sum s; sha3sum s; cksum s; crc32 s; sha256sum s > sums; sha256sum -c sums
gzip -c s > s.gz; gzip -dc s.gz | cmp - s && echo gzip-ok; bzip2 -c s | bzip2 -dc | md5sum; xz -dc /dev/null; echo "xz $?"
tar cf t.tar d; tar tf t.tar | sort; mkdir out; tar xf t.tar -C out; ls -R out; tar czf t.tgz s; tar xzOf t.tgz s | tail -n 1
truncate -s 5 s; cat s; echo; echo more >> s; tail -c 5 s; od -An -tx1 s; cp s s2; test s2 -nt d/a && echo newer; test -x /bin/sh && test ! -e none && echo tests
umask 077; touch private; stat -c %a private; cd d; pwd | sed 's#.*/##'; cd -  > /dev/null; ls -a | sort | head -n 4; df . > /dev/null; du -s out > /dev/null; sync
rm "$(mktemp x.XXXXXX)"; echo abc | install -m 600 /dev/stdin i; stat -c %a i; touch 'a b' 'ü' $'n\nl'; ls | tail -n 3; base64 private < /dev/null; echo binary | base64; uuencode -m x < i | head -n 1
which sh; id -u; id -un; whoami; uname -s; hostname > /dev/null; env -i A=1 env; printenv HOME; nice -n 5 nice; nohup echo nohup 2> /dev/null; yes | dd bs=2 count=3 2> /dev/null
