import { defineConfig } from 'vitest/config';
import base from './vitest.config.ts';

/** Of `npm run test:go`. */
export default defineConfig({
  ...base,
  test: {
    ...base.test,
    include: ['test/programs/golang/*.suite.ts'],
    maxWorkers: 1,
    hookTimeout: 600_000,
  },
});
