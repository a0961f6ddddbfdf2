/** The program in a page: `answers(archive)` becomes a function of the window. */

import { connect, hasher, MemoryStore } from '../../src/browser.ts';
import { type Answers, answersOf } from './program.ts';

declare global {
  interface Window {
    answers?: (archive: Uint8Array) => Promise<Answers>;
  }
}

window.answers = (archive) => answersOf(connect, archive, () => new MemoryStore(hasher));
