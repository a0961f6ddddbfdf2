# oracle: native (nothing depends on the architecture; qemu-user takes a minute)
# Python 3.11: threads, subprocesses, asyncio, sockets, SQLite, fork.
cat > program.py <<'EOF'
import asyncio, ctypes, decimal, hashlib, json, mmap, os, queue, re, signal
import socket, sqlite3, struct, subprocess, sys, tempfile, threading, time, zlib

print(sys.version.split()[0], sys.maxsize)

lock, total = threading.Lock(), 0
def work(n):
    global total
    for _ in range(500):
        with lock:
            total += n
threads = [threading.Thread(target=work, args=(i,)) for i in range(5)]
[t.start() for t in threads]; [t.join() for t in threads]
print('threads', total)
q = queue.Queue(2); threading.Thread(target=lambda: [q.put(i) for i in range(5)]).start()
print('queue', [q.get() for _ in range(5)])
event = threading.Event(); print('event', event.wait(0.01))

print(subprocess.run(['sh', '-c', 'echo out; echo err >&2; exit 4'], capture_output=True))
print(subprocess.run(['cat'], input=b'x' * 100000, capture_output=True).stdout.count(b'x'))
try:
    subprocess.run(['sleep', '5'], timeout=0.05)
except subprocess.TimeoutExpired as e:
    print('timeout', e.cmd)
try:
    subprocess.run(['/nonexistent'])
except FileNotFoundError as e:
    print(e)

async def main():
    async def pause(n):
        await asyncio.sleep(n / 100)
        return n
    print('gather', await asyncio.gather(*(pause(i) for i in (3, 1, 2))))
    p = await asyncio.create_subprocess_exec('echo', 'sub', stdout=asyncio.subprocess.PIPE)
    print((await p.communicate())[0], p.returncode)
    async def serve(reader, writer):
        writer.write((await reader.readline()).upper()); await writer.drain(); writer.close()
    server = await asyncio.start_server(serve, '127.0.0.1', 0)
    reader, writer = await asyncio.open_connection('127.0.0.1', server.sockets[0].getsockname()[1])
    writer.write(b'hello\n'); print(await reader.readline()); writer.close(); server.close()
    try:
        await asyncio.wait_for(asyncio.sleep(5), 0.01)
    except asyncio.TimeoutError:
        print('timed out')
asyncio.run(main())

a, b = socket.socketpair(); a.sendall(b'abc'); print(b.recv(10)); a.close(); print(b.recv(10))
u = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); u.bind(('127.0.0.1', 0))
u.sendto(b'datagram', u.getsockname()); print(u.recvfrom(100)[0])
try:
    socket.create_connection(('127.0.0.1', 1))
except ConnectionRefusedError as e:
    print(e)

db = sqlite3.connect('t.db'); print(db.execute('pragma journal_mode=wal').fetchone())
db.execute('create table t(a, b)'); db.executemany('insert into t values(?,?)', [(i, str(i)) for i in range(100)])
db.commit(); print(db.execute('select sum(a), max(b) from t').fetchone())

print(hashlib.sha256(b'x' * 1000).hexdigest()[:16], zlib.crc32(b'abc'), json.dumps({'a': [1.5, None]}))
print(decimal.Decimal(1) / 7, 0.1 + 0.2, 2 ** 100, struct.pack('>dI', 1.5, 7).hex(), re.findall(r'\d+', 'a1b22'))
signal.signal(signal.SIGALRM, lambda s, f: print('signal', s)); signal.setitimer(signal.ITIMER_REAL, 0.01); signal.pause()
print(ctypes.CDLL(None).abs(-5)); m = mmap.mmap(-1, 8192); m[4096:4099] = b'abc'; print(m[4096:4099])
with tempfile.TemporaryDirectory() as d:
    open(os.path.join(d, 'f'), 'w').write('text'); print(os.listdir(d), os.stat(os.path.join(d, 'f')).st_size)
r, w = os.pipe(); pid = os.fork()
if pid == 0:
    os.write(w, b'child'); os._exit(5)
print(os.read(r, 10), os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
EOF
exec python3 program.py
