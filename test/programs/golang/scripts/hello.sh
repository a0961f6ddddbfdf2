# The guide's emulated compile: the compiler is a guest too. Equal bytes come out.
export CGO_ENABLED=0 GOCACHE=/tmp/cache
uname -m
go version
cat > go.mod <<'X'
module example.com/hello
go 1.19
X
cat > main.go <<'X'
package main

import (
	"fmt"
	"runtime"
)

func main() { fmt.Println("hello from", runtime.GOARCH) }
X
go build -o hello . && ./hello
go version -m hello
sha256sum hello
go run missing.go
echo 'func broken( {' >> main.go
go build .
