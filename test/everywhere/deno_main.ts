/** The program on Deno: `deno run … BUNDLE ARCHIVE` prints the answers as JSON. */

import { readFileSync } from 'node:fs';
import { connect, hasher, MemoryStore } from '../../src/deno.ts';
import { answersOf } from './program.ts';

const archive = new Uint8Array(readFileSync(process.argv[2]!));
const answers = await answersOf(connect, archive, () => new MemoryStore(hasher));
process.stdout.write(JSON.stringify(answers));
