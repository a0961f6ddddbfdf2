# The file tree and process information as a program sees them.
ls -l / | awk 'NR > 1 { print $1, $NF }' | grep -v ' \(dev\|proc\|sys\|etc\|work\)$'; ls -l /bin | wc -l
ls -ld /tmp /root | awk '{ print $1 }'; cat /etc/passwd /etc/group; find /bin -type f | sort; find / -xdev -name passwd | sort
readlink /proc/self/exe; tr '\0' ' ' < /proc/self/cmdline; echo; ls -l /proc/self/fd/0 | awk '{ print $1 }'
sh -c 'echo $PPID' | grep -c '[0-9]'; test -c /dev/null && test -c /dev/zero && test -c /dev/tty && echo devices; head -c 4 /dev/zero | od -An -tx1; head -c 16 /dev/urandom | wc -c
echo x > /dev/full; echo "full $?"; cat /dev/null | wc -c; test -d /dev/pts && test -d /dev/shm && echo dev-dirs; grep -c processor /proc/cpuinfo | grep -c '[0-9]'; grep MemTotal /proc/meminfo | wc -l
free | head -n 1; cat /proc/sys/kernel/ostype; kill -l | head -n 3; ulimit -n > /dev/null; date -u -d @86400 +%F; cal 2 2024; factor 1234567890; TZ=UTC date -d '2024-02-29 12:00' +%s
