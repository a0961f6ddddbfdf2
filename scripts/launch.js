#!/usr/bin/env node
// dist/cli.js, the command: starts dist/command.cjs.
import { fileURLToPath } from 'node:url';
import { runCached } from './cached.js';

runCached(fileURLToPath(new URL('command.cjs', import.meta.url)));
