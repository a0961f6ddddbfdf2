// The hash of all sources of the translator: what it kept on disk is only for itself.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Definitions for esbuild, see src/cpu/build.ts. */
export function translatorDefine() {
  const directory = fileURLToPath(new URL('../src/cpu', import.meta.url));
  const files = readdirSync(directory, { recursive: true }).filter((file) => file.endsWith('.ts'));
  const hash = createHash('sha256');
  for (const file of files.sort()) {
    const text = readFileSync(`${directory}/${file}`);
    hash.update(`${file.replaceAll('\\', '/')} ${text.length}\n`).update(text);
  }
  return { stilettoTranslatorBuild: JSON.stringify(hash.digest('hex')) };
}
