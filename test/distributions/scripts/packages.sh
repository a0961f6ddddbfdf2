# dpkg, apt, adduser, ldconfig: maintainer scripts, users, the linker's cache.
exec bash <<'X'
mkdir -p p/DEBIAN p/usr/bin p/etc/hello repo
cat > p/DEBIAN/control <<'E'
Package: hello-stiletto
Version: 1.0-1
Architecture: all
Maintainer: Nobody <nobody@example.org>
Depends: bash (>= 4), adduser
Description: says hello
E
echo /etc/hello/conf > p/DEBIAN/conffiles; echo greeting=hello > p/etc/hello/conf
printf '#!/bin/sh\n. /etc/hello/conf; echo "$greeting $(id -un greeter)"\n' > p/usr/bin/hello; chmod 755 p/usr/bin/hello
for s in preinst postinst prerm postrm; do printf '#!/bin/sh\nset -e\necho "%s $*"\n' $s > p/DEBIAN/$s; done
echo 'adduser --system --group --no-create-home greeter >/dev/null' >> p/DEBIAN/postinst; chmod 755 p/DEBIAN/p*
dpkg-deb --root-owner-group -b p hello_1.0-1_all.deb; dpkg-deb -I hello_1.0-1_all.deb | sed -n '/Package/,$p'; dpkg-deb -c hello_1.0-1_all.deb | awk '{print $1,$2,$6}'
echo "== dpkg -i"; dpkg -i hello_1.0-1_all.deb 2>&1 | sed 's/([^)]*database[^)]*)\?//;s/[0-9]* files and/N files and/;/Reading database/d'
hello; dpkg -L hello-stiletto; dpkg -s hello-stiletto | head -3; dpkg -V hello-stiletto; echo "verified $?"
echo "== remove"; dpkg -r hello-stiletto 2>&1 | grep -v 'Reading database'; ls /etc/hello; dpkg -P hello-stiletto 2>&1 | grep -v 'Reading database'; ls /etc/hello 2>&1
echo "== apt-get"; cp hello_1.0-1_all.deb repo/
(cd repo && { dpkg-deb -f hello_1.0-1_all.deb; printf 'Filename: ./hello_1.0-1_all.deb\nSize: %s\nSHA256: %s\n' "$(stat -c %s hello_1.0-1_all.deb)" "$(sha256sum hello_1.0-1_all.deb | cut -d' ' -f1)"; } > Packages)
rm -f /etc/apt/sources.list.d/*; echo "deb [trusted=yes] file:$PWD/repo ./" > /etc/apt/sources.list
export DEBIAN_FRONTEND=noninteractive
apt-get -q -o APT::Sandbox::User=root update 2>&1 | grep -vE '^(Get|Ign|Hit|Fetched)'; apt-cache policy hello-stiletto | sed -n '1,3p'
apt-get -q -y -o APT::Sandbox::User=root -o Dpkg::Use-Pty=0 install hello-stiletto 2>&1 | grep -vE 'Reading database|^Need to get|^Get:|^Fetched|files and dir'; hello
echo "== apt-get of a file"; apt-get -q -y purge hello-stiletto -o Dpkg::Use-Pty=0 2>&1 | grep -E '^(Removing|Purging|pre|post)'; apt-get -q -y -o APT::Sandbox::User=root -o Dpkg::Use-Pty=0 install ./hello_1.0-1_all.deb 2>&1 | grep -E '^(Setting|pre|post)'
echo "== users"; adduser --disabled-password --gecos 'A User' --home /tmp/alice alice 2>&1 | grep -v '^warn'; getent passwd alice; id alice; groupadd -g 4000 crew; usermod -aG crew alice; id alice; su alice -c 'id -un; umask'; deluser alice 2>&1 | tail -1
echo "== ldconfig"; ldconfig; ldconfig -p | grep -c . | awk '{print ($1 > 20) ? "many" : "few"}'; ldconfig -p | grep -o 'libc.so.6 '; ldd /usr/bin/git | awk '!/vdso/{print $1}' | sort
X
