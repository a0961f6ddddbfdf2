/** Deno implements `node:fs` and `node:crypto`, so its store and hash are those of Node. */

export { nodeHasher as denoHasher } from '../node/hash.ts';
export { DirectoryStore } from '../node/store.ts';
