// sort N: sorts N numbers and N strings and prints a checksum.
package main

import (
	"fmt"
	"os"
	"sort"
	"strconv"
)

func main() {
	n, err := strconv.Atoi(os.Args[1])
	if err != nil {
		panic(err)
	}
	state := uint32(12345)
	numbers := make([]int, n)
	words := make([]string, n)
	for i := range numbers {
		state = state*1664525 + 1013904223
		numbers[i] = int(state >> 4)
		words[i] = strconv.Itoa(numbers[i])
	}
	sort.Ints(numbers)
	sort.Strings(words)
	sum := uint64(0)
	for i := range numbers {
		sum = sum*31 + uint64(numbers[i]) + uint64(len(words[i])*int(words[i][0]))
	}
	fmt.Printf("%016x\n", sum)
}
