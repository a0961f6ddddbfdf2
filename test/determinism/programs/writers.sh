# image: busybox
# Several writers of one pipe: lines come in any order, but each whole and each once.
mkfifo /tmp/pipe
exec 3<>/tmp/pipe
for w in 1 2 3 4 5 6 7 8; do
  (for n in 1 2 3 4 5 6; do echo "writer $w line $n" >&3; done) &
done
n=0
while [ $n -lt 48 ]; do
  read -r line <&3 && echo "$line"
  n=$((n + 1))
done | tee /tmp/lines
wait
echo ok $(sort -u /tmp/lines | wc -l) $(grep -cE '^writer [1-8] line [1-6]$' /tmp/lines)
