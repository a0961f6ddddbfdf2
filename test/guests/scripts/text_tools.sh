# grep, sed, awk, sort, uniq, cut, tr, paste, comm, join-like work, diff, od, expr, bc-like sums.
seq 1 30 > n; printf 'pear 3\napple 10\nfig 2\napple 1\nkiwi 7\n' > f
grep -n 'a' f; grep -c '1' n; grep -v e f; grep -E '^(fig|kiwi) [0-9]$' f; grep -io APPLE f
sed -n '2,3p;$p' f; sed 's/\([a-z]*\) \([0-9]*\)/\2-\1/' f; sed -e '/fig/d' -e 'y/abc/ABC/' f; sed '1!G;h;$!d' f
awk '{ s += $2; n[$1]++ } END { print s; for (k in n) print k, n[k] | "sort" }' f
awk 'BEGIN { printf "%.6f %e %g %d\n", 22 / 7, 1 / 3, 2.5e10, 2147483648; print length("héllo"), substr("stiletto", 3, 4), index("dagger", "gg"), toupper("abc") }'
awk 'BEGIN { x = 0.1 + 0.2 * 3e-7 / 9.99; printf "%.17g\n", x; srand(1); print int(7.9), -7 % 3, 1e300 * 1e10, match("foobar", /o+/), RSTART, RLENGTH }'
awk -F: -v OFS=, 'NR <= 3 { print $1, $3, NF }' /etc/passwd
sort f; sort -k2n f; sort -rk1,1 -k2n f; sort -u -k1,1 f; cut -d' ' -f2 f | sort -n | uniq -c
tr a-z A-Z < f | rev; tr -d aeiou < f; tr -s '\n' ' ' < n; echo
paste -d, n n | head -n 2; comm -12 n n | tail -n 1; head -c 10 n | od -c; echo stiletto | hexdump -C
sed 's/fig/date/' f > g; diff f g; diff -u f g | tail -n +3; cmp f g
expr 7 \* 6; expr substr stiletto 2 3; expr length dagger; wc f n; nl f; fold -w 8 f; tac f; od -An -tfD -tdL n | head -n 2
echo 'a,b;c' | tr ',;' '\n\n' | cat -A; printf 'one\ttwo\n' | expand | unexpand -a; echo 123456789 | sed ':a;s/\B[0-9]\{3\}\>/,&/;ta'
basename /a/b/c.txt .txt; dirname /a/b/c.txt; seq -s, 1 2 9; strings /bin/busybox | grep -c BusyBox
