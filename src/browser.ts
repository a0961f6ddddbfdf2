/** stiletto in a browser. Images come as archives, from registries that allow it, or a store. */

import { type Connect, connectOn } from './api/connect.ts';
import { browserRuntime } from './host/browser/runtime.ts';
import { defaultMachines } from './machine/defaults.ts';

export * from './api/exports.ts';
export { browserHasher as hasher } from './host/browser/hash.ts';

/** Connects to an engine in this page. */
export const connect: Connect = connectOn(browserRuntime, {
  recipes: [],
  machines: defaultMachines,
});
