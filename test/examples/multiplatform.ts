/**
 * The multi-platform guide of Dagger in one program: run on three architectures, build one variant
 * each, publish them as one index, pull every variant back out of it. No Docker, no network.
 *
 *   npm run demo
 */

import type { ProgressEvent } from 'stiletto';
import { connect, type Engine, hasher, InProcessRegistry, MemoryStore } from 'stiletto';

const platforms = ['linux/amd64', 'linux/arm64', 'linux/s390x'];

/** What takes a while is told on standard error; results go to standard output. */
function onProgress(event: ProgressEvent): void {
  if (event.kind !== 'finished' || /^(upload|resolve|download) /.test(event.title)) return;
  process.stderr.write(`  ✓ ${event.title} (${event.milliseconds.toFixed(0)} ms)\n`);
}

/** Runs `uname -m` on every platform. */
async function runEverywhere(engine: Engine, address: string): Promise<void> {
  for (const platform of platforms) {
    const container = engine.container({ platform }).from(address).withExec(['uname', '-m']);
    process.stdout.write(`${platform.padEnd(14)}${await container.stdout()}`);
  }
}

/** A variant: a file written and a binary copied by the platform's own programs. */
function build(engine: Engine, platform: string) {
  const base = engine.container({ platform }).from('busybox');
  const output = base
    .withWorkdir('/output')
    .withExec(['sh', '-c', 'mkdir -p bin && cp /bin/busybox bin/ && uname -m > built-on'])
    .directory('/output')
    .withTimestamps(0);
  return engine
    .container({ platform })
    .withRootfs(output)
    .withEntrypoint(['/bin/busybox', 'sh', '-c', 'echo "$(busybox cat /built-on) runs again"']);
}

// One registry for two engines: what the second one gets can only come out of the registry.
const registry = new InProcessRegistry(hasher);
await using engine = await connect({ registry, onProgress });

process.stdout.write('uname -m, three times:\n');
await runEverywhere(engine, 'busybox');

process.stdout.write('\none index with a variant for each platform:\n');
const reference = await engine.container().publish('registry.test/demo:latest', {
  platformVariants: platforms.map((platform) => build(engine, platform)),
});
process.stdout.write(`${reference}\n`);

process.stdout.write('\npulled back out of it and run again:\n');
await using puller = await connect({ registry, onProgress, store: new MemoryStore(hasher) });
for (const platform of platforms) {
  const pulled = puller.container({ platform }).from(reference);
  const again = await pulled.withExec([], { useEntrypoint: true }).stdout();
  process.stdout.write(`${platform.padEnd(14)}${again}`);
}
process.stdout.write(`\nindex ${reference.slice(reference.indexOf('@') + 1)}\n`);
