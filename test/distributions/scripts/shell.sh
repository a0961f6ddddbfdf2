# oracle: native (nothing depends on the architecture; qemu-user takes a minute)
# bash, coreutils and what else a shell script needs.
exec bash <<'EOF'
set -u
echo "== bash"
names=(one two three); declare -A map=([b]=2 [a]=1)
echo "${names[@]:1} ${#names[*]} ${map[a]}${map[b]} ${names[0]^^} ${names[2]/e/E}"
trap 'echo trapped; trap - USR1' USR1; kill -USR1 $$
(exit 3); echo "status $?"; false | true; echo "pipe ${PIPESTATUS[*]}"
set -m; sleep 0.01 & wait %1; echo "job $?"; set +m
cat <<X | tr a-z A-Z
here $((2**40)) $(printf '%05.2f' 3.14159)
X
diff <(seq 3) <(seq 4); coproc cat; echo co >&${COPROC[1]}; read -r line <&${COPROC[0]}; echo "$line"
exec {COPROC[1]}>&-; for i in {1..3}; do ((i == 2)) && continue; printf '%s ' "$i"; done; echo
function f { local -n r=$1; r=changed; }; v=; f v; echo "$v"; [[ abc123 =~ ([a-z]+)([0-9]+) ]] && echo "${BASH_REMATCH[2]}"
umask; type -t cd; cd /usr/share && pwd; cd - >/dev/null
echo "== coreutils"
seq 5000 | sort -rn | head -2; seq 20000 | sort -R --random-source=/bin/bash | sort -n | md5sum
printf 'b 2\na 1\n' | sort | join - <(printf 'a x\nb y\n'); factor 1234567; expr 6 \* 7; date -u -d @0 +%F
stat -c '%n %s %A' /usr/bin/env >/dev/null && install -m 750 /etc/profile h && stat -c '%s %A' h; ln -s h l; readlink l; cp -a l l2; ls -F
split -n 3 h part; cat part* | cmp - h && echo same; truncate -s 1M big; du --apparent-size big | cut -f1; sha256sum h | cut -c1-16
timeout 0.05 sleep 5; echo "timeout $?"; nohup true 2>/dev/null; nice -n 5 nice; env -i A=1 env; id; uname -s
echo "== find, grep, sed, awk"
find /usr/bin -type f -name 'b*' | sort; find . -size 0 -o -type l -o -perm 750 | sort; find /etc -maxdepth 1 -type f -print0 | xargs -0 -n 4 echo | wc -l
grep -rlE '^root:' /etc | sort; grep -c . /etc/passwd; sed -n '/^daemon/,/^sys/{s/:.*//;p}' /etc/passwd; awk -F: '$3<4{s+=$3; print $1} END{print s, sin(1)}' /etc/passwd
echo "== archives"
tar -C /usr/share/dpkg -czf x.tgz . && tar --warning=no-timestamp -xzf x.tgz -C . && tar -tzf x.tgz | sort | md5sum; gzip -t x.tgz; xz -k -c h | xz -dc | cmp - h; bzip2 -c h | bunzip2 | cmp - h; echo ok
echo "== tools"
echo '{"a":[1,2,{"b":null}]}' | jq -c '.a[2], (.a|length)'
sqlite3 t.db 'pragma journal_mode=wal; create table t(x); insert into t values(1),(2); select sum(x) from t;'
lua -e 'local t={} for i=1,3 do t[#t+1]=i*i end print(table.concat(t,","), 2^10)'
printf 'all: a b\n\t@echo done\na b:\n\t@echo making $@\n' > Makefile; make -s -j1
dpkg-query -W -f '${Package} ${Status}\n' bash coreutils; dpkg -S /usr/bin/dpkg /bin/bash; dpkg --compare-versions 1.2-1 lt 1.10 && echo older
EOF
