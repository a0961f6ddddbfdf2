# image: python
# Threads that contend for locks, conditions and a queue: futexes.
import queue, sys, threading
sys.setswitchinterval(1e-5)
total, lock, ready = 0, threading.Lock(), threading.Condition()
order, gate = [], threading.Barrier(4)
def add(n):
    global total
    gate.wait()
    for _ in range(30):
        with lock:
            total += n
    with ready:
        order.append(n)
        ready.notify_all()
threads = [threading.Thread(target=add, args=(n,)) for n in range(1, 5)]
for t in threads: t.start()
with ready:
    while len(order) < 4: ready.wait()
for t in threads: t.join()
print('order', order)
jobs, results = queue.Queue(2), queue.Queue()
def worker(n):
    while (job := jobs.get()) is not None: results.put((job * job, n))
workers = [threading.Thread(target=worker, args=(n,)) for n in range(3)]
for t in workers: t.start()
for n in range(12): jobs.put(n)
for t in workers: jobs.put(None)
for t in workers: t.join()
done = [results.get() for _ in range(12)]
print('done by', [n for _, n in done])
print('ok', total, sum(s for s, _ in done))
