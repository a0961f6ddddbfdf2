/** stiletto on Node. */

import { recipes } from '../vm-images/index.ts';
import { type Connect, connectOn } from './api/connect.ts';
import { AptFetcher } from './host/node/apt.ts';
import { dockerCredentials } from './host/node/docker_config.ts';
import { nodeRuntime } from './host/node/runtime.ts';
import { defaultMachines } from './machine/defaults.ts';

export * from './api/exports.ts';
export { nodeHasher as hasher } from './host/node/hash.ts';
export { type Served, serveOnLoopback } from './host/node/serve.ts';

/** Connects to an engine in this process. */
export const connect: Connect = connectOn(nodeRuntime, {
  recipes,
  credentials: dockerCredentials,
  packages: new AptFetcher(),
  machines: defaultMachines,
});
