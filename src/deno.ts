/** stiletto on Deno. */

import { recipes } from '../vm-images/index.ts';
import { type Connect, connectOn } from './api/connect.ts';
import { denoRuntime } from './host/deno/runtime.ts';
import { AptFetcher } from './host/node/apt.ts';
import { dockerCredentials } from './host/node/docker_config.ts';
import { defaultMachines } from './machine/defaults.ts';

export * from './api/exports.ts';
export { denoHasher as hasher } from './host/deno/store.ts';
export { type Served, serveOnLoopback } from './host/node/serve.ts';

/** Connects to an engine in this process. */
export const connect: Connect = connectOn(denoRuntime, {
  recipes,
  credentials: dockerCredentials,
  packages: new AptFetcher(),
  machines: defaultMachines,
});
