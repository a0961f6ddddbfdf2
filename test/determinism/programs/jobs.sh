# image: debian
# shell: bash
# Background jobs: wait -n says which ended first; status and number of all are certain.
work() { local i s=0; for ((i = 0; i < $1; i++)); do ((s += i)); done; return $2; }
declare -A name
for n in 1 2 3 4 5; do
  work $((n * 37 % 11 * 12)) $n &
  name[$!]=job$n
done
sum=0
for n in 1 2 3 4 5; do
  wait -n -p pid
  status=$?
  echo "${name[$pid]} gave $status"
  ((sum += status))
done
coproc ECHO { while read -r x; do echo "$x$x"; done; }
for n in a b c; do echo $n >&${ECHO[1]}; read -r y <&${ECHO[0]}; echo $y; done
kill $ECHO_PID; wait $ECHO_PID 2>/dev/null
echo ok $sum
