# oracle: native
# What /proc tells of a process; QEMU shows its own threads and names here, so Linux on amd64 decides.
cat /proc/self/comm; ls /proc/self/task | wc -l; head -n 3 /proc/self/status; cut -d' ' -f2,3 /proc/self/stat
sleep 5 & sleep 1; cat /proc/$!/comm; tr '\0' ' ' < /proc/$!/cmdline; echo; readlink /proc/$!/cwd; kill $!
grep -c '\[stack\]' /proc/self/maps; grep -c '\[heap\]' /proc/self/maps; sed -n 's/^\(Max open files\).*/\1/p' /proc/self/limits
ps -o comm,args | grep -c '[p]s -o comm'; pidof nonesuch; echo $?
exec 7< /etc/passwd; readlink /proc/self/fd/7; cat /proc/self/fdinfo/7 | head -n 1
