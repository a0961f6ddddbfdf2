# What the dynamic linker finds.
ldd /bin/bash /usr/bin/python3 | sed 's/ (0x[0-9a-f]*)//;/vdso/d'
