/** The program in a page: a function for the test to call. */

import { connect, hasher } from '../../src/browser.ts';
import { exercise, type Outcome } from './everywhere_program.ts';

declare global {
  interface Window {
    exercise?: (host: string) => Promise<Outcome>;
  }
}

window.exercise = (host) => exercise(connect, hasher, host);
