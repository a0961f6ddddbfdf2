/** `stiletto images`: what is in the local store, and how images get in and out. */

import { readFile, stat, writeFile } from 'node:fs/promises';
import type { CAC } from 'cac';
import pc from 'picocolors';
import { recipes } from '../../vm-images/index.ts';
import { AptFetcher } from '../host/node/apt.ts';
import { dockerCredentials } from '../host/node/docker_config.ts';
import { openLayout } from '../host/node/layout.ts';
import { nodeRuntime } from '../host/node/runtime.ts';
import { Images } from '../image/images.ts';
import { formatReference } from '../image/reference.ts';
import { RegistryClient } from '../image/registry/client.ts';
import type { Resolved } from '../image/resolve.ts';
import type { Progress } from '../image/types.ts';
import { coloursFor, UsageError } from './errors.ts';

/** Where a command writes, and the images it works on. */
export interface ImagesIo {
  readonly images: Images;
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
}

type Command = (io: ImagesIo, args: readonly string[]) => Promise<void>;

const lines = (found: readonly Resolved[]): string =>
  found
    .map(({ reference, descriptor }) => `${formatReference(reference)} ${descriptor.digest}\n`)
    .join('');

/** `ls`: name, digest and platforms of every image. */
async function listImages({ images, stdout }: ImagesIo): Promise<void> {
  for (const { reference, descriptor, platforms } of await images.list()) {
    stdout(`${reference} ${descriptor.digest} ${platforms.join(',')}\n`);
  }
}

/** `build NAME`: every platform of a recipe. */
async function buildImage({ images, stdout }: ImagesIo, [name]: readonly string[]): Promise<void> {
  const recipe = recipes.find((one) => one.name === name);
  const [reference] = recipe?.references ?? [];
  if (!reference) {
    const known = recipes.map((one) => one.name).join(', ');
    throw new UsageError(`there is no recipe "${name}"; there are: ${known}`);
  }
  stdout(lines([await images.make(reference)]));
}

/** `load FILE-OR-LAYOUT [REF]`: OCI archive, `docker save` archive, or layout directory. */
async function loadImage(
  { images, stdout }: ImagesIo,
  [path = '', reference]: readonly string[],
): Promise<void> {
  const found = await stat(path).catch(() => undefined);
  if (!found) throw new UsageError(`${path}: no such file or directory`);
  const loaded = found.isDirectory()
    ? await images.importFiles(openLayout(path), reference)
    : await images.importArchive(new Uint8Array(await readFile(path)), reference);
  stdout(lines(loaded));
}

/** `save REF FILE`: an OCI archive with all platforms. */
async function saveImage(
  { images, stdout }: ImagesIo,
  [reference = '', file = '']: readonly string[],
): Promise<void> {
  const found = await images.resolve(reference);
  const bytes = await images.exportArchive(found.descriptor, reference, found.source);
  await writeFile(file, bytes);
  stdout(lines([found]));
}

/** `push REF ADDRESS`: an image of the store to a registry. */
async function pushImage(
  { images, stdout }: ImagesIo,
  [reference = '', address = '']: readonly string[],
): Promise<void> {
  const found = await images.resolve(reference);
  stdout(`${await images.publish(address, found.descriptor, found.source)}\n`);
}

/** `pull REF`: everything the reference needs, from wherever it is found. */
async function pullImage(
  { images, stdout }: ImagesIo,
  [ref = '']: readonly string[],
): Promise<void> {
  stdout(lines([await images.pull(ref)]));
}

/** Name, arguments as shown, least and most arguments, what it does, function. */
const commands: readonly (readonly [string, string, number, number, string, Command])[] = [
  ['ls', '', 0, 0, 'list the images of the local store', listImages],
  ['build', 'NAME', 1, 1, 'make an image from its recipe', buildImage],
  ['load', 'FILE-OR-LAYOUT [REF]', 1, 2, 'take in an archive or a layout directory', loadImage],
  ['save', 'REF FILE', 2, 2, 'write an OCI archive', saveImage],
  ['push', 'REF ADDRESS', 2, 2, 'publish an image at a registry', pushImage],
  ['pull', 'REF', 1, 1, 'fetch an image into the local store', pullImage],
];

/** The usage of all commands, a line each. */
export const imagesUsage: string = commands
  .map(([name, shape, , , what]) => `  images ${`${name} ${shape}`.padEnd(27)}${what}`)
  .join('\n');

/**
 * Runs `images ARGS…`.
 *
 * @throws UsageError for an unknown command or a wrong number of arguments, and EngineErrors
 */
export async function imagesCommand(args: readonly string[], io: ImagesIo): Promise<number> {
  const [name, ...rest] = args;
  const command = commands.find(([known]) => known === name);
  if (!command) throw new UsageError(`images: unknown command "${name ?? ''}"\n${imagesUsage}`);
  const [, shape, least, most, , run] = command;
  if (rest.length < least || rest.length > most) {
    throw new UsageError(`usage: stiletto images ${name} ${shape}`.trimEnd());
  }
  await run(io, rest);
  return 0;
}

/** Progress as lines: where a step starts, downloads with their size. */
export function imagesProgress(write: (text: string) => void, colours: boolean) {
  const { dim } = pc.createColors(colours);
  const shown = new Set<string>();
  return ({ kind, subject, total, finished }: Progress): void => {
    const key = `${kind} ${subject}`;
    if (finished) {
      shown.delete(key);
      return;
    }
    if (shown.has(key)) return;
    shown.add(key);
    const size = total === undefined ? '' : dim(` ${(total / 1e6).toFixed(1)} MB`);
    write(`${dim('…')} ${key}${size}\n`);
  };
}

function openImages(progress: (progress: Progress) => void, registryFirst: boolean): Images {
  const { hasher, fetch, sleep } = nodeRuntime;
  return new Images({
    store: nodeRuntime.openStore(),
    hasher,
    progress,
    recipes,
    packages: new AptFetcher(),
    registry: new RegistryClient({
      fetch,
      sleep,
      hasher,
      progress,
      credentials: dockerCredentials(),
    }),
    registries: registryFirst ? 'first' : 'pinned',
  });
}

/** Adds the `images` command to a command line. */
export function mountImages(cli: CAC): void {
  cli
    .command('images <action> [...args]', 'List, build, load, save and pull images')
    .usage(
      `images ls | build NAME | load FILE-OR-LAYOUT [REF] | save REF FILE | push REF ADDRESS | pull REF`,
    )
    .option('--registry-first', 'Ask the registry before a recipe of the same name')
    .action((action: unknown, args: unknown, options: Record<string, unknown>) => {
      const stderr = (text: string) => void process.stderr.write(text);
      const progress = imagesProgress(stderr, coloursFor(process.stderr, process.env));
      return imagesCommand([String(action), ...(args as unknown[]).map(String)], {
        images: openImages(progress, options.registryFirst === true),
        stdout: (text) => void process.stdout.write(text),
        stderr,
      });
    });
}
