/** Debian's programs; real Linux is asked when transcripts are recorded. */

import { runGuestSuite } from '../guests/suite.ts';

runGuestSuite({
  folder: new URL('.', import.meta.url).pathname,
  image: 'python',
  oracle: 'recording',
});
