# image: busybox
# Many processes in pipelines: what goes through must arrive, in order, whatever the turns.
seq 1 150 | tee /tmp/a | grep -v 7 | tr 0-9 a-j | sort -r | head -n 5
for i in 1 2 3 4 5 6; do
  (seq $((i * 100)) $((i * 100 + 20)) | sed "s/^/$i:/" | tail -n 2) &
done
wait
cat /tmp/a /tmp/a | sort -n | uniq -c | awk '$1 == 2 { n += $2 } END { print "ok", n }'
