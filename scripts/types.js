// Writes the declarations of the package's entries into dist/types, with endings as published.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Relative names of modules in a declaration file, with what is before them. */
const relativeImports = /((?:\bfrom|\bimport|\bimport\()\s*['"])(\.{1,2}\/[^'"]+)\.ts(?=['"])/g;

/** Path of TypeScript's command, wherever npm put it. */
function compiler() {
  const manifest = createRequire(import.meta.url).resolve('typescript/package.json');
  return join(dirname(manifest), JSON.parse(readFileSync(manifest, 'utf8')).bin.tsc);
}

/**
 * Writes declarations of some entries and of everything they mention.
 *
 * @param {readonly string[]} entries source files below src/, without the folder
 * @param {string} target directory to write to; emptied first
 * @returns {number} how many files were written
 */
export function writeTypes(entries, target) {
  const all = mkdtempSync(join(tmpdir(), 'stiletto-types-'));
  try {
    const project = join(root, 'tsconfig.types.json');
    execFileSync(process.execPath, [compiler(), '-p', project, '--outDir', all], {
      cwd: root,
      stdio: 'inherit',
    });
    rmSync(target, { recursive: true, force: true });
    const waiting = entries.map((entry) => entry.replace(/\.ts$/, '.d.ts'));
    const seen = new Set(waiting);
    for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
      const text = readFileSync(join(all, 'src', file), 'utf8');
      for (const [, , module] of text.matchAll(relativeImports)) {
        const found = `${normalize(join(dirname(file), module))}.d.ts`;
        if (seen.has(found)) continue;
        seen.add(found);
        waiting.push(found);
      }
      mkdirSync(dirname(join(target, file)), { recursive: true });
      writeFileSync(join(target, file), text.replace(relativeImports, '$1$2.js'));
    }
    return seen.size;
  } finally {
    rmSync(all, { recursive: true, force: true });
  }
}
