// Stack traces in terms of sources. Node's own support reads all maps at every start (12 ms).
import { readFileSync } from 'node:fs';
import { SourceMap } from 'node:module';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const maps = new Map();

function mapOf(file) {
  if (!maps.has(file)) {
    try {
      maps.set(file, new SourceMap(JSON.parse(readFileSync(`${file}.map`, 'utf8'))));
    } catch {
      maps.set(file, null);
    }
  }
  return maps.get(file);
}

function frameText(frame) {
  const name = frame.getFileName() ?? '';
  const file = name.startsWith('file:') ? fileURLToPath(name) : name;
  const map = file.startsWith('/') || file[1] === ':' ? mapOf(file) : null;
  const entry = map?.findEntry(frame.getLineNumber() - 1, frame.getColumnNumber() - 1);
  if (!entry?.originalSource) return `${frame}`;
  const source = resolve(dirname(file), entry.originalSource);
  const place = `${source}:${entry.originalLine + 1}:${entry.originalColumn + 1}`;
  return `${frame.getFunctionName() ?? '<anonymous>'} (${place})`;
}

Error.prepareStackTrace = (error, frames) =>
  [`${error}`, ...frames.map((frame) => `    at ${frameText(frame)}`)].join('\n');
