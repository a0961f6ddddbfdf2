/** Go's own toolchain as a guest, on every architecture; minutes, so in a command of its own. */

import { runGuestSuite } from '../../guests/suite.ts';

runGuestSuite({
  folder: new URL('.', import.meta.url).pathname,
  image: 'golang',
  oracle: 'recording',
  timeoutMs: 3_600_000,
});
