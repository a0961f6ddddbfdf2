# Pipelines, redirections, background jobs, subshells, wait, signals between processes.
seq 1 100 | grep 7 | tail -n 3
seq 1 20 | while read n; do echo $((n * n)); done | sort -rn | head -n 3
echo out; echo err >&2
{ echo to-file; echo to-err >&2; } > both 2>&1; cat both
for i in 1 2 3; do (sleep 0.$i; echo "job $i" >> jobs) & done; wait; cat jobs
sleep 100 & pid=$!; kill $pid; wait $pid; echo "killed: $?"
(trap 'echo got-usr1; exit 5' USR1; while :; do sleep 0.1; done) & pid=$!
sleep 1; kill -USR1 $pid; wait $pid; echo "status $?"
yes | head -n 2
mkfifo pipe; (echo through-fifo > pipe) & cat pipe; wait
echo a | tee copy | tr a b; cat copy
set -o pipefail; false | true; echo "pipefail $?"
exec 5> five; echo five >&5; exec 5>&-; cat five
seq 1 5 | xargs -n 2 echo group
printf 'x\0y\0' | xargs -0 -n 1 echo item
time_out() { timeout 1 sleep 10; echo "timeout $?"; }; time_out
