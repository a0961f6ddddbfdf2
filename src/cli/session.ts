/**
 * `stiletto session`: what an SDK starts as its command line program
 * (`_EXPERIMENTAL_DAGGER_CLI_BIN`). The first line of standard output tells port and token; the
 * session ends when standard input does.
 */

import { randomUUID } from 'node:crypto';
import type { CAC, Command } from 'cac';
import type { Engine } from '../api/engine.ts';
import { type GenerationName, generationNames } from '../api/graphql/generations.ts';
import { createEndpoint, type EndpointOptions } from '../api/graphql/http.ts';
import { serveOnLoopback } from '../host/node/serve.ts';
import { type RegistryPolicy, registryPolicies } from '../image/resolve.ts';
import { connect } from '../index.ts';
import { coloursFor, UsageError } from './errors.ts';
import { progressLines } from './progress.ts';

/** An endpoint that listens. */
export interface OpenSession {
  readonly port: number;
  /** User name of basic authentication; empty: none is asked for. */
  readonly token: string;
  close(): Promise<void>;
}

/** Options of every command that opens an engine for queries. */
export interface SessionOptions {
  readonly endpoint: EndpointOptions;
  /** Images by reference. */
  readonly images: Readonly<Record<string, string>>;
  readonly platform?: string;
  readonly registries?: RegistryPolicy;
  /** Operations shorter than this are not mentioned. */
  readonly quietMilliseconds: number;
}

/** Adds the options of `sessionOptions` to a command. */
export function withSessionOptions(command: Command): Command {
  return command
    .option('--schema <generation>', `What answers first: ${generationNames.join(', ')}`)
    .option('--platform-rule <rule>', 'warn or strict: foreign file trees in a container')
    .option('--platform <platform>', 'Platform of containers that ask for none')
    .option('--image <name=reference>', 'Answer an image by another one; repeatable')
    .option('--registries <policy>', `Which may be asked: ${registryPolicies.join(', ')}`);
}

/** Reads them. UsageError where one makes no sense. */
export function sessionOptions(options: Record<string, unknown>): SessionOptions {
  const { schema = 'current', platformRule = 'warn', platform, image = [] } = options;
  const registries = registryPolicies.find((policy) => policy === options.registries);
  if (options.registries !== undefined && !registries) {
    throw new UsageError(`--registries is one of ${registryPolicies.join(', ')}`);
  }
  const generation = generationNames.find((name) => name === String(schema));
  if (!generation) throw new UsageError(`--schema is one of ${generationNames.join(', ')}`);
  if (platformRule !== 'warn' && platformRule !== 'strict') {
    throw new UsageError('--platform-rule is warn or strict');
  }
  const images = [image].flat().map((item): [string, string] => {
    const [, name, reference] = /^([^=]+)=(.+)$/s.exec(String(item)) ?? [];
    if (!name || !reference) throw new UsageError('--image wants NAME=REFERENCE');
    return [name, reference];
  });
  return {
    endpoint: { schema: generation satisfies GenerationName, platformRule },
    images: Object.fromEntries(images),
    ...(platform === undefined ? {} : { platform: String(platform) }),
    ...(registries ? { registries } : {}),
    quietMilliseconds: 1000,
  };
}

/** An engine as the options say; progress goes to standard error. */
export function connectWith(options: SessionOptions): Promise<Engine> {
  const { images, platform, registries, quietMilliseconds } = options;
  const { stderr } = process;
  const write = (text: string) => void stderr.write(text);
  const colours = coloursFor(stderr, process.env);
  return connect({
    images,
    ...(platform === undefined ? {} : { platform }),
    ...(registries ? { registries } : {}),
    onProgress: progressLines({ write, quietMilliseconds, colours }),
  });
}

/** Opens an endpoint on loopback. `port` 0: any free one. `token` absent: a new one. */
export async function openSession(
  options: SessionOptions,
  { port = 0, token = randomUUID() }: { port?: number; token?: string } = {},
): Promise<OpenSession> {
  const engine = await connectWith(options);
  const endpoint = { ...options.endpoint, ...(token === '' ? {} : { token }) };
  const served = await serveOnLoopback(createEndpoint(engine, endpoint), port);
  return {
    port: Number(served.host.slice(served.host.lastIndexOf(':') + 1)),
    token,
    async close() {
      await served.close();
      await engine.close();
    },
  };
}

/** Resolves on SIGINT, SIGTERM and SIGHUP. */
export function interrupted(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.once(signal, () => resolve());
    }
  });
}

/** Resolves at the end of standard input, whose content means nothing. */
function inputEnded(): Promise<void> {
  return new Promise((resolve) => {
    process.stdin.once('end', resolve).once('close', resolve).once('error', resolve);
    process.stdin.resume();
  });
}

/** Adds the `session` command. Flags that only SDKs know are gone already (arguments.ts). */
export function mountSession(cli: CAC): void {
  withSessionOptions(cli.command('session', 'Serve one SDK, until standard input ends')).action(
    async (options: Record<string, unknown>): Promise<number> => {
      const open = await openSession(sessionOptions(options));
      // Listened for before the first line is out: the SDK may be that fast.
      const ends = Promise.race([inputEnded(), interrupted()]);
      const line = { port: open.port, session_token: open.token };
      process.stdout.write(`${JSON.stringify(line)}\n`);
      await ends;
      await open.close();
      return 0;
    },
  );
}
