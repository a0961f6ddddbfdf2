# image: busybox
# Processes that make processes; orphans go to pid 1; traps at the end of each.
grow() {
  if [ $1 -gt 0 ]; then
    grow $(($1 - 1)) $2a & grow $(($1 - 1)) $2b &
    wait
  fi
  echo "$2" >>/tmp/tree
}
grow 3 r
wc -l </tmp/tree
(sleep 5; echo late >>/tmp/late) &
(sh -c '(sleep 1; echo orphan >>/tmp/late) & exit 0')
while [ ! -f /tmp/late ] || [ $(wc -l </tmp/late) -lt 2 ]; do sleep 0.1; done
tail -n 3 /tmp/tree
echo ok $(sort -u /tmp/tree | wc -l) $(cat /tmp/late)
