/** Busybox scripts, compared with real Linux at each run. */

import { runGuestSuite } from './suite.ts';

runGuestSuite({
  folder: new URL('.', import.meta.url).pathname,
  image: 'busybox',
  oracle: 'each run',
});
