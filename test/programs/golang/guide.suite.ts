/** The guide's two ways to a multi-platform image: emulated compile, and cross compile. */

import { type Client, connect } from 'stiletto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { architectures } from '../../linux/guest_program.ts';

const source = `package main

import (
	"fmt"
	"runtime"
)

func main() { fmt.Println("hello from", runtime.GOOS, runtime.GOARCH) }
`;

let engine: Client;
beforeAll(async () => {
  engine = await connect();
});
afterAll(() => engine.close());

/** The folder with the program that a container's Go builds; `target` is GOARCH. */
function built(platform: string, target?: string): ReturnType<Client['directory']> {
  let container = engine
    .container({ platform })
    .from('golang:latest')
    .withNewFile('/src/main.go', source)
    .withNewFile('/src/go.mod', 'module example.com/hello\ngo 1.19\n')
    .withMountedTemp('/root/.cache')
    .withDirectory('/output', engine.directory())
    .withWorkdir('/src')
    .withEnvVariable('CGO_ENABLED', '0');
  if (target) container = container.withEnvVariable('GOARCH', target);
  return container.withExec(['go', 'build', '-o', '/output/hello']).directory('/output');
}

/** Publishes what was built for every platform, pulls it back and runs it. */
async function publishAndRun(name: string, host?: string): Promise<void> {
  const platformVariants = architectures.map((architecture) => {
    const platform = `linux/${architecture}`;
    const program = host ? built(host, architecture) : built(platform);
    return engine.container({ platform }).withRootfs(program).withEntrypoint(['/hello']);
  });
  const reference = await engine.container().publish(`registry.test/${name}`, { platformVariants });
  for (const architecture of architectures) {
    const pulled = engine.container({ platform: `linux/${architecture}` }).from(reference);
    const output = await pulled.withExec([], { useEntrypoint: true }).stdout();
    expect(output).toBe(`hello from linux ${architecture}\n`);
  }
}

const timeout = 3_600_000;

test('emulated compile', { timeout }, () => publishAndRun('emulated'));
test('cross compile', { timeout }, () => publishAndRun('cross', 'linux/amd64'));
