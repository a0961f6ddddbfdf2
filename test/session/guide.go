// The multi-platform guide against the published Go SDK v0.4.2; started by go.test.ts.
package main

import (
	"context"
	"encoding/json"
	"os"

	"dagger.io/dagger"
)

func check(err error) {
	if err != nil {
		panic(err)
	}
}

func main() {
	ctx := context.Background()
	client, err := dagger.Connect(ctx, dagger.WithLogOutput(os.Stderr))
	check(err)
	defer client.Close()
	results := map[string]interface{}{}
	names := []string{}
	variants := []*dagger.Container{}
	for _, platform := range []dagger.Platform{"linux/amd64", "linux/arm64", "linux/s390x"} {
		opts := dagger.ContainerOpts{Platform: platform}
		base := client.Container(opts).From("busybox")
		name, err := base.WithExec([]string{"uname", "-m"}).Stdout(ctx)
		check(err)
		names = append(names, name)
		script := []string{"sh", "-c", "mkdir /out; uname -m > /out/arch"}
		output := base.WithExec(script).Directory("/out")
		variants = append(variants, client.Container(opts).WithRootfs(output))
	}
	results["uname"] = names
	reference, err := client.Container().Publish(ctx, "registry.test/guide:latest",
		dagger.ContainerPublishOpts{PlatformVariants: variants})
	check(err)
	results["reference"] = reference
	base := client.Container().From("busybox")
	_, err = base.WithExec([]string{"sh", "-c", "echo o; echo e >&2; exit 3"}).Stdout(ctx)
	results["error"] = err.Error()
	entry := base.WithEntrypoint([]string{"sh"}).WithExec([]string{"-c", "exit 0"})
	code, err := entry.ExitCode(ctx)
	check(err)
	results["exitCode"] = code
	tree := client.Directory().WithNewFile("a/b", "\a\x01é")
	entries, err := tree.Entries(ctx)
	check(err)
	results["entries"] = entries
	contents, err := tree.File("a/b").Contents(ctx)
	check(err)
	results["contents"] = contents
	check(json.NewEncoder(os.Stdout).Encode(results))
}
