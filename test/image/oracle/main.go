// Answers for references and platforms, one a line on standard input, as the libraries of Docker and
// containerd give them: what test/image/strings.test.ts compares with.
//
//	go run . < strings.txt > answers.txt
package main

import (
	"bufio"
	_ "crypto/sha256"
	_ "crypto/sha512"
	"fmt"
	"os"
	"strings"

	"github.com/containerd/platforms"
	"github.com/distribution/reference"
)

func answer(kind, text string) string {
	switch kind {
	case "reference":
		named, err := reference.ParseNormalizedNamed(text)
		if err != nil {
			return "! " + err.Error()
		}
		return reference.TagNameOnly(named).String()
	case "platform":
		platform, err := platforms.Parse(text)
		if err != nil {
			return "! " + err.Error()
		}
		return platforms.FormatAll(platform)
	case "normal":
		platform, err := platforms.Parse(text)
		if err != nil {
			return "! " + err.Error()
		}
		return platforms.FormatAll(platforms.Normalize(platform))
	case "match":
		names := strings.Fields(text)
		wanted := platforms.Only(platforms.MustParse(names[0]))
		best := ""
		for _, name := range names[1:] {
			candidate := platforms.MustParse(name)
			if !wanted.Match(candidate) {
				continue
			}
			if best == "" || wanted.Less(candidate, platforms.MustParse(best)) {
				best = name
			}
		}
		return best
	}
	return "! unknown kind"
}

func main() {
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		kind, text, _ := strings.Cut(lines.Text(), " ")
		fmt.Printf("%s %s\t%s\n", kind, text, answer(kind, text))
	}
}
