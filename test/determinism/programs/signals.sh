# image: debian
# shell: bash
# Two processes send each other signals, each answered before the next; others are counted.
got=0 child_signals=0
trap 'got=1' USR1
trap '((++child_signals))' CHLD
partner() {
  local asked=0
  trap 'asked=1' USR1
  trap 'exit 7' TERM
  kill -USR1 $$
  for ((;;)); do
    if ((asked)); then asked=0; kill -USR1 $$; fi
  done
}
partner &
partner=$!
rounds=0
while ((rounds < 6)); do
  if ((got)); then
    got=0
    ((++rounds))
    ((rounds < 6)) && kill -USR1 $partner
  fi
done
kill -TERM $partner
wait $partner
status=$?
sleep 100 & sleeper=$!
kill -STOP $sleeper; kill -CONT $sleeper; kill -KILL $sleeper
wait $sleeper 2>/dev/null
echo "ok $rounds $status $?"
