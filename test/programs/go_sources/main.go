// What Go's runtime asks of a kernel and a processor: threads, preemption by SIGURG, faults that
// become panics, growing stacks, garbage, timers, the poller, processes, signals.
package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"math"
	"math/big"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"runtime/debug"
	"sort"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
	"unsafe"
)

type tree struct{ left, right *tree }

func grow(depth int) *tree {
	if depth == 0 {
		return &tree{}
	}
	return &tree{grow(depth - 1), grow(depth - 1)}
}

func (t *tree) size() int {
	if t.left == nil {
		return 1
	}
	return 1 + t.left.size() + t.right.size()
}

func channels() {
	squares := make(chan int)
	var workers sync.WaitGroup
	for i := 0; i < 100; i++ {
		workers.Add(1)
		go func(i int) {
			defer workers.Done()
			squares <- i * i
		}(i)
	}
	go func() { workers.Wait(); close(squares) }()
	var all []int
	for square := range squares {
		all = append(all, square)
	}
	sort.Ints(all)
	fmt.Println("channels:", len(all), all[0], all[99])
	var mutex sync.Mutex
	var counter, atomicCounter int64
	for i := 0; i < 20; i++ {
		workers.Add(1)
		go func() {
			defer workers.Done()
			for j := 0; j < 50; j++ {
				mutex.Lock()
				counter++
				mutex.Unlock()
				atomic.AddInt64(&atomicCounter, 2)
				if j%10 == 0 {
					runtime.Gosched()
				}
			}
		}()
	}
	workers.Wait()
	fmt.Println("counters:", counter, atomicCounter)
}

func timers() {
	start := time.Now()
	ticker := time.NewTicker(5 * time.Millisecond)
	for i := 0; i < 3; i++ {
		<-ticker.C
	}
	ticker.Stop()
	fmt.Println("ticks:", time.Since(start) >= 15*time.Millisecond)
	fired := make(chan string, 1)
	time.AfterFunc(time.Millisecond, func() { fired <- "fired" })
	stopped := time.AfterFunc(time.Hour, func() { fired <- "never" })
	fmt.Println("after:", <-fired, stopped.Stop())
	select {
	case <-fired:
	case <-time.After(2 * time.Millisecond):
		fmt.Println("timeout")
	}
}

func preemption() {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	var stop int32
	done := make(chan bool)
	go func() {
		x := uint32(1)
		for {
			// No call and no allocation: only a signal stops this loop.
			for i := 0; i < 1<<20; i++ {
				x = x*1664525 + 1013904223
			}
			if atomic.LoadInt32(&stop) != 0 {
				break
			}
		}
		done <- x != 0
	}()
	time.Sleep(time.Millisecond)
	atomic.StoreInt32(&stop, 1)
	fmt.Println("preempted:", <-done)
}

func caught(name string, fault func()) {
	defer func() {
		err := recover()
		var failed runtime.Error
		isRuntime := false
		if e, ok := err.(error); ok {
			isRuntime = errors.As(e, &failed)
		}
		fmt.Printf("%s: %v (%v)\n", name, err, isRuntime)
	}()
	fault()
}

//go:noinline
func divide(a, b int) int { return a / b }

func faults() {
	var none *tree
	var noMap map[string]int
	var nothing interface{}
	slice := make([]int, 3)
	caught("nil pointer", func() { fmt.Println(none.left) })
	caught("nil write", func() { none.right = none })
	caught("far nil", func() { fmt.Println((*[1 << 20]byte)(nil)[9000]) })
	caught("division", func() { fmt.Println(divide(1, len(slice)-3)) })
	caught("least by -1", func() { fmt.Println(divide(math.MinInt64, len(slice)-4)) })
	caught("index", func() { fmt.Println(slice[len(slice)+2]) })
	caught("nil map", func() { noMap["a"] = 1 })
	caught("assertion", func() { fmt.Println(nothing.(string)) })
	debug.SetPanicOnFault(true)
	caught("wild pointer", func() {
		bad := uintptr(0x10)
		fmt.Println(*(*int)(unsafe.Pointer(bad)))
	})
}

func deep(n int) int {
	var room [256]byte
	room[n%256] = byte(n)
	if n == 0 {
		return 0
	}
	return deep(n-1) + int(room[n%256])
}

func memory() {
	result := make(chan int)
	go func() { result <- deep(20000) }()
	fmt.Println("deep stack:", <-result)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	sum := 0
	for i := 0; i < 8; i++ {
		sum += grow(13).size()
	}
	finalized := make(chan bool, 1)
	runtime.SetFinalizer(grow(1), func(*tree) { finalized <- true })
	runtime.GC()
	runtime.ReadMemStats(&after)
	fmt.Println("garbage:", sum, after.NumGC > before.NumGC, <-finalized)
	debug.FreeOSMemory()
	large := make([]byte, 64<<20)
	large[len(large)-1] = 1
	fmt.Println("large:", large[0], len(large))
}

func numbers() {
	f := new(big.Int).MulRange(1, 60)
	fmt.Println(f, new(big.Int).Exp(big.NewInt(3), big.NewInt(200), big.NewInt(1<<61-1)))
	fmt.Println(math.Sqrt(2), math.Pow(1.5, 10), math.FMA(0.1, 10, -1), math.Inf(-1), math.Log1p(1e-10))
	fmt.Println(float32(0.1)*3, 1/3.0, math.Float64bits(math.Sin(1e6)), int64(-7)%3, -7>>1)
	fmt.Println(strings.Map(func(r rune) rune { return r + 1 }, "HAL äöü"), strings.Repeat("ab", 3))
}

func sockets() {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		fmt.Println(err)
		return
	}
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				lines := bufio.NewScanner(conn)
				for lines.Scan() {
					fmt.Fprintln(conn, strings.ToUpper(lines.Text()))
				}
				conn.Close()
			}()
		}
	}()
	var clients sync.WaitGroup
	var good int32
	for i := 0; i < 5; i++ {
		clients.Add(1)
		go func(i int) {
			defer clients.Done()
			conn, err := net.Dial("tcp", listener.Addr().String())
			if err != nil {
				fmt.Println(err)
				return
			}
			fmt.Fprintf(conn, "client %d\n", i)
			conn.(*net.TCPConn).CloseWrite()
			answer, _ := io.ReadAll(conn)
			if string(answer) == fmt.Sprintf("CLIENT %d\n", i) {
				atomic.AddInt32(&good, 1)
			}
		}(i)
	}
	clients.Wait()
	listener.Close()
	_, err = net.Dial("tcp", listener.Addr().String())
	fmt.Println("sockets:", good, errors.Is(err, syscall.ECONNREFUSED))
	conn, _ := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	conn.SetReadDeadline(time.Now().Add(time.Millisecond))
	_, err = conn.Read(make([]byte, 1))
	fmt.Println("deadline:", errors.Is(err, os.ErrDeadlineExceeded))
}

func processes() {
	// Under an emulator the kernel cannot start a guest's program: a missing one is enough there.
	err := exec.Command("/no/such/program").Run()
	fmt.Println("exec:", err)
	reader, writer, _ := os.Pipe()
	go func() { fmt.Fprint(writer, "through a pipe"); writer.Close() }()
	text, _ := io.ReadAll(reader)
	fmt.Println(string(text))
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, syscall.SIGUSR1, syscall.SIGTERM)
	for _, one := range []syscall.Signal{syscall.SIGUSR1, syscall.SIGTERM} {
		syscall.Kill(os.Getpid(), one)
		fmt.Println("signal:", <-signals)
	}
}

func main() {
	fmt.Println(runtime.GOOS, runtime.GOARCH)
	channels()
	timers()
	preemption()
	faults()
	memory()
	numbers()
	sockets()
	processes()
	defer fmt.Println("deferred, then dead")
	var none *tree
	fmt.Println(none.left)
}
