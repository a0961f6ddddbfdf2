# oracle: native (nothing depends on the architecture)
# gawk, zstd, procps, util-linux, patch, perl's modules, many small files, locks.
exec bash <<'X'
gawk 'BEGIN { PROCINFO["sorted_in"]="@ind_str_asc"; a["b"]=2; a["a"]=1; for (k in a) print k, a[k]; print strftime("%F", 0, 1), toupper("x"), gensub(/b+/, "<&>", "g", "abbc"); "echo piped" | getline l; print l; printf "%d %s\n", 2^53, substr("hello", 2, 3) }'
seq 3000 | zstd -q -19 -c | zstd -dc | tail -1; seq 100 > n; zstd -q n; zstd -l n.zst | awk 'NR==2{print $3, $4}'; xz -9e -k n; xz --robot -l n.xz | awk '$1=="totals"{print $5}'
sleep 30 & p=$!; ps -o pid=,comm= -p $p | awk '{print $2}'; pgrep -x sleep | grep -c .; pkill -x sleep; wait $p; echo "killed $?"; ps -e -o comm= | sort | uniq -c | awk '$2=="ps"'
free | awk 'NR==1{print $1,$2}'; uptime | grep -c load; top -b -n 1 | grep -c PID; cat /proc/self/comm; tr '\0' ' ' < /proc/self/cmdline; echo
printf 'a\nb\nc\n' > o; printf 'a\nB\nc\n' > w; diff -u --label o --label w o w > d; patch -s o d && cmp o w && echo patched
perl -MPOSIX -MList::Util=sum -MData::Dumper -MTime::Local -e '$Data::Dumper::Sortkeys=1; print sum(1..10), " ", floor(-1.5), " ", timegm(0,0,0,1,0,100), " ", Dumper({a=>[1,2]})'
mkdir many && (cd many && for d in {1..30}; do mkdir $d; for f in {1..20}; do echo $f > $d/$f; done; done); find many -type f | wc -l; find many -type f -exec cat {} + | sort -n | uniq -c | tail -1; cp -a many more; diff -r many more && rm -rf many && ls
exec 9> lock; flock 9; flock -n lock true; echo "locked $?"; exec 9>&-; flock -n lock echo free
mkfifo f; cat f & echo through > f; wait; printf '%s\n' {1..5} | xargs -P 2 -n 1 echo | sort; printf x | tee a b > c; cmp a b && cmp b c; getopt -o ab: -l long -- -a --long -b v rest; hexdump -C a; rev <<< abc; column -t <<< $'a bb\nccc d'
lua -e 'local c = coroutine.wrap(function() for i = 1, 3 do coroutine.yield(i) end end) print(c(), c(), c(), ("x"):rep(3), #"\u{20AC}", 7 // 2, 3 | 4, math.type(1.0))'
sqlite3 t.db "create table t(a, b); with recursive c(x) as (select 1 union all select x + 1 from c where x < 500) insert into t select x, hex(x) from c; select count(*), sum(a), max(b) from t; create index i on t(b); select a from t where b = '313030'; pragma integrity_check; begin; delete from t; rollback; select count(*) from t;"
jq -n -c '[range(5)] | map(. * 2) | {sum: add, list: .}, ("a,b" | split(",")), (now | type), ({"b":1,"a":2} | keys)'
X
