/** `stiletto registry`: the registry of the process, served on loopback. */

import { readFile } from 'node:fs/promises';
import type { CAC } from 'cac';
import { nodeHasher } from '../host/node/hash.ts';
import { nodeRuntime } from '../host/node/runtime.ts';
import { type Served, serveOnLoopback } from '../host/node/serve.ts';
import { DirectoryStore } from '../host/node/store.ts';
import { Images } from '../image/images.ts';
import { type AccessControl, basicAccess, tokenAccess } from '../image/registry/access.ts';
import { preloadRegistry } from '../image/registry/preload.ts';
import { createRegistry } from '../image/registry/server.ts';
import { MemoryStore } from '../store/memory.ts';
import { UsageError } from './errors.ts';

/** Port of a registry unless another is asked for, as everywhere. */
const portDefault = 5000;

/** Options of the command. */
export interface RegistryCommandOptions {
  /** 0: any free one. */
  readonly port?: number;
  /** Directory that keeps the blobs; absent: memory. */
  readonly store?: string;
  /** `NAME:PASSWORD` that everybody must give. */
  readonly user?: string;
  /** Whether `user` is asked for by a token server instead of at each request. */
  readonly tokens?: boolean;
  /** Archives to load first: `NAME[:TAG]=FILE`. */
  readonly preload?: readonly string[];
}

function accessOf({ user, tokens }: RegistryCommandOptions): AccessControl | undefined {
  if (user === undefined) return undefined;
  const colon = user.indexOf(':');
  if (colon < 1) throw new UsageError('registry: --user wants NAME:PASSWORD');
  const passwords = { [user.slice(0, colon)]: user.slice(colon + 1) };
  return tokens ? tokenAccess(passwords, false) : basicAccess(passwords);
}

/** Starts the registry. UsageError for wrong options, and EngineErrors of archives. */
export async function startRegistry(options: RegistryCommandOptions): Promise<Served> {
  const { port = portDefault, store: directory, preload = [] } = options;
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new UsageError('registry: --port wants a number from 0 to 65535');
  }
  const access = accessOf(options);
  const store =
    directory === undefined
      ? new MemoryStore(nodeHasher)
      : new DirectoryStore(directory, nodeHasher);
  for (const item of preload) {
    const [, name, file] = /^([^=]+)=(.+)$/s.exec(item) ?? [];
    if (!name || !file) throw new UsageError('registry: --preload wants NAME[:TAG]=FILE');
    const images = new Images({ store: new MemoryStore(nodeHasher), hasher: nodeHasher });
    const loaded = await images.importArchive(new Uint8Array(await readFile(file)));
    const [only, ...others] = loaded;
    if (!only || others.length > 0) {
      throw new UsageError(`registry: ${file} has ${loaded.length} images, it must have one`);
    }
    await preloadRegistry({ store, hasher: nodeHasher }, name, only.descriptor, only.source);
  }
  const handler = createRegistry({
    store,
    hasher: nodeRuntime.hasher,
    cors: true,
    ...(access ? { access } : {}),
  });
  return serveOnLoopback(handler, port);
}

/** Adds the `registry` command to a command line. */
export function mountRegistry(cli: CAC): void {
  cli
    .command('registry', 'Serve a registry on 127.0.0.1 until interrupted')
    .option('--port <port>', `Port; 0: any free one (default: ${portDefault})`)
    .option('--store <directory>', 'Keep images in a directory (default: memory)')
    .option('--user <name:password>', 'Ask for this name and password')
    .option('--tokens', 'Ask for them with a token server, as Docker Hub does')
    .option('--preload <name=file>', 'Load an archive first; repeatable')
    .action(async (options: Record<string, unknown>): Promise<number> => {
      const { port, store, user, tokens, preload } = options;
      const served = await startRegistry({
        ...(port === undefined ? {} : { port: Number(port) }),
        ...(store === undefined ? {} : { store: String(store) }),
        ...(user === undefined ? {} : { user: String(user) }),
        ...(preload === undefined ? {} : { preload: [preload].flat().map(String) }),
        tokens: tokens === true,
      });
      process.stdout.write(`${served.host}\n`);
      await new Promise<void>((resolve) => {
        for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
      });
      await served.close();
      return 0;
    });
}
