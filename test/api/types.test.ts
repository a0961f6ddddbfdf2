/** The declarations a consumer of the package gets. */

import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));

const program = `
import { connect, type Container, ExecError } from 'stiletto';
export async function machine(): Promise<string> {
  await using engine = await connect({ seed: 3 });
  const container: Container = engine.container({ platform: 'linux/s390x' }).from('busybox');
  // @ts-expect-error a number is no reference
  container.from(3);
  return container.withExec(['uname', '-m']).stdout().catch((error: unknown) => {
    return error instanceof ExecError ? error.stderr : 'other';
  });
}
`;

test('a strict consumer compiles against them, and they are all there', {
  timeout: 60_000,
}, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'stiletto-consumer-'));
  try {
    const module = join(folder, 'node_modules/stiletto');
    const { writeTypes } = await import(pathToFileURL(join(root, 'scripts/types.js')).href);
    const count = writeTypes(['index.ts', 'deno.ts', 'browser.ts'], join(module, 'dist/types'));
    expect(count).toBeGreaterThan(10);
    mkdirSync(join(folder, 'node_modules/@types'), { recursive: true });
    symlinkSync(join(root, 'package.json'), join(module, 'package.json'));
    writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
    writeFileSync(join(folder, 'program.ts'), program);
    const settings = {
      compilerOptions: {
        strict: true,
        noEmit: true,
        module: 'NodeNext',
        target: 'ES2023',
        lib: ['ES2023', 'ESNext.Disposable', 'DOM'],
        types: [],
        exactOptionalPropertyTypes: true,
      },
      files: ['program.ts'],
    };
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(settings));
    const manifest = createRequire(import.meta.url).resolve('typescript/package.json');
    const tsc = join(dirname(manifest), 'bin/tsc');
    const printed = execFileSync(process.execPath, [tsc, '-p', folder], { encoding: 'utf8' });
    expect(printed).toBe('');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
