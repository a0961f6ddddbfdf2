# Goroutines, channels, timers, net/http over loopback, garbage; net/http is compiled by the guest.
export CGO_ENABLED=0 GOCACHE=/tmp/cache
cat > go.mod <<'X'
module example.com/network
go 1.19
X
cat > main.go <<'X'
package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
	"sort"
	"strings"
	"sync"
	"time"
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

func serve() (*http.Server, string) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		time.Sleep(time.Millisecond)
		fmt.Fprintf(w, "%s %s %d", r.Method, r.URL.Path, len(body))
	})}
	go server.Serve(listener)
	return server, "http://" + listener.Addr().String()
}

func main() {
	server, url := serve()
	answers := make(chan string)
	var clients sync.WaitGroup
	for i := 0; i < 8; i++ {
		clients.Add(1)
		go func(i int) {
			defer clients.Done()
			path := fmt.Sprintf("%s/%d", url, i)
			response, err := http.Post(path, "text/plain", strings.NewReader(strings.Repeat("x", i*10000)))
			if err != nil {
				answers <- err.Error()
				return
			}
			body, _ := io.ReadAll(response.Body)
			response.Body.Close()
			answers <- response.Status + " " + string(body)
		}(i)
	}
	go func() { clients.Wait(); close(answers) }()
	var all []string
	for answer := range answers {
		all = append(all, answer)
	}
	sort.Strings(all)
	fmt.Println(strings.Join(all, "\n"))

	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
	defer cancel()
	ticks := 0
	ticker := time.NewTicker(time.Millisecond)
	for ticks < 5 {
		<-ticker.C
		ticks++
	}
	<-ctx.Done()
	fmt.Println(ticks, ctx.Err())

	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	sum := 0
	for i := 0; i < 20; i++ {
		sum += grow(13).size()
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	fmt.Println(sum, after.NumGC > before.NumGC, after.HeapAlloc < 16<<20)
	fmt.Println(server.Shutdown(context.Background()))
}
X
go build -o network . && ./network
sha256sum network
