# image: python
# shell: python3 -I -S
# Threads that contend for a lock and for the interpreter's own, with work that blocks: futexes.
import _thread, posix, sys
sys.setswitchinterval(1e-5)
total, lock, order = 0, _thread.allocate_lock(), []
done, jobs = _thread.allocate_lock(), list(range(12))
read, write = posix.pipe()
def add(n):
    global total
    for k in range(30):
        with lock:
            before = total
            for _ in range(n): pass
            total = before + n
            if k % 10 == 9: order.append(n)
    while True:
        with lock:
            if not jobs: break
            job = jobs.pop()
        posix.write(write, b'%d%c ' % (n, 97 + job))
    with lock:
        order.append(-n)
        if sum(o < 0 for o in order) == 4: done.release()
done.acquire()
for n in range(1, 5): _thread.start_new_thread(add, (n,))
done.acquire()
print('order', order)
print('done by', posix.read(read, 200).decode())
print('ok', total, len(order))
