# oracle: native (qemu-user hangs where a program with threads forks)
# Python 3.11: multiprocessing, shared memory, process descriptors.
cat > program.py <<'EOF'
import multiprocessing, os, select, signal
from multiprocessing import shared_memory

s = shared_memory.SharedMemory(create=True, size=64); s.buf[0] = 7
t = shared_memory.SharedMemory(s.name); print('shared', t.buf[0]); t.close(); s.close(); s.unlink()
context = multiprocessing.get_context('fork')
with context.Pool(2) as pool:
    print('pool', pool.map(abs, range(-4, 0)))
out = context.Queue(); child = context.Process(target=lambda: out.put('from child'))
child.start(); print(out.get()); child.join(); print(child.exitcode)
value = context.Value('i', 0)
def add():
    for _ in range(50):
        with value.get_lock():
            value.value += 1
children = [context.Process(target=add) for _ in range(2)]
[c.start() for c in children]; [c.join() for c in children]; print('value', value.value)
pid = os.fork()
if pid == 0:
    signal.pause()
fd = os.pidfd_open(pid); signal.pidfd_send_signal(fd, signal.SIGTERM)
print(select.select([fd], [], [])[0] == [fd]); info = os.waitid(os.P_PIDFD, fd, os.WEXITED)
print(info.si_status, info.si_code == os.CLD_KILLED)
EOF
exec python3 program.py
