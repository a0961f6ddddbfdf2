/** Reads where the system's apt gets Debian packages from (sources.list(5)). */

import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** A place of packages. */
export interface AptSource {
  /** Address of the mirror, no slash at the end. */
  readonly uri: string;
  readonly suites: readonly string[];
  readonly components: readonly string[];
  /** Key ring, where one is named. */
  readonly signedBy: string | undefined;
}

/** Releases of Debian; a source with one of them has the archive's layout. */
const debianSuites: ReadonlySet<string> = new Set(
  'bullseye bookworm trixie forky sid oldoldstable oldstable stable testing unstable'.split(' '),
);

/** The one-line format: `deb [options] URI SUITE COMPONENT…`. */
export function parseSourceLines(text: string): AptSource[] {
  const sources: AptSource[] = [];
  for (const line of text.split('\n')) {
    const match = /^\s*deb\s+(?:\[([^\]]*)\]\s+)?(\S+)\s+(\S+)\s+([^#]+)/.exec(line);
    if (!match) continue;
    const [, options = '', uri = '', suite = '', components = ''] = match;
    sources.push({
      uri: uri.replace(/\/+$/, ''),
      suites: [suite],
      components: components.trim().split(/\s+/),
      signedBy: /(?:^|\s)signed-by=(\S+)/i.exec(options)?.[1],
    });
  }
  return sources;
}

/** The deb822 format: paragraphs of `Field: value`. */
export function parseSourceParagraphs(text: string): AptSource[] {
  const sources: AptSource[] = [];
  for (const paragraph of text.split(/\n\s*\n/)) {
    const fields = new Map<string, string>();
    let last = '';
    for (const line of paragraph.split('\n')) {
      if (line.startsWith('#')) continue;
      const field = /^([A-Za-z-]+):\s*(.*)$/.exec(line);
      if (field?.[1]) {
        last = field[1].toLowerCase();
        fields.set(last, field[2] ?? '');
      } else fields.set(last, `${fields.get(last) ?? ''} ${line.trim()}`);
    }
    const words = (name: string): string[] => fields.get(name)?.trim().split(/\s+/) ?? [];
    if (!words('types').includes('deb') || fields.get('enabled') === 'no') continue;
    const signedBy = fields.get('signed-by')?.trim();
    for (const uri of words('uris')) {
      sources.push({
        uri: uri.replace(/\/+$/, ''),
        suites: words('suites'),
        components: words('components'),
        // A key may be written out in place; then the default key rings must do.
        signedBy: signedBy?.startsWith('/') ? signedBy : undefined,
      });
    }
  }
  return sources;
}

/** The first source that is a mirror of Debian's main archive; undefined on other systems. */
export function chooseDebianSource(sources: readonly AptSource[]): AptSource | undefined {
  return sources.find(
    ({ suites, components }) =>
      components.includes('main') && suites.some((suite) => debianSuites.has(suite)),
  );
}

/** All sources of a system, in the order apt reads them. */
export async function readSources(directory = '/etc/apt'): Promise<AptSource[]> {
  const read = (path: string): Promise<string> => readFile(path, 'utf8').catch(() => '');
  const sources = parseSourceLines(await read(join(directory, 'sources.list')));
  const parts = join(directory, 'sources.list.d');
  const names = await readdir(parts).catch(() => []);
  for (const name of names.sort()) {
    if (name.endsWith('.list')) sources.push(...parseSourceLines(await read(join(parts, name))));
    else if (name.endsWith('.sources')) {
      sources.push(...parseSourceParagraphs(await read(join(parts, name))));
    }
  }
  return sources;
}
