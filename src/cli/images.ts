/** `stiletto images`: what is in the local store, and how images get in and out. */

import { readFile, stat, writeFile } from 'node:fs/promises';
import type { CAC } from 'cac';
import { recipes } from '../../vm-images/index.ts';
import { openLayout } from '../host/node/layout.ts';
import type { Images } from '../image/images.ts';
import { parsePlatform, platformDefault } from '../image/platform.ts';
import { formatReference, parseReference } from '../image/reference.ts';
import type { Resolved } from '../image/resolve.ts';
import { connect } from '../index.ts';
import type { Platform } from '../machine/machine.ts';
import { coloursFor, UsageError } from './errors.ts';
import { progressLines } from './progress.ts';

/** Where a command writes, and the images it works on. */
export interface ImagesIo {
  readonly images: Images;
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
  /** Docker's formats instead of OCI's, for `save` and `push`. */
  readonly docker?: boolean;
  readonly platform?: Platform;
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

async function archiveOf(
  { images, docker, platform }: ImagesIo,
  found: Resolved,
  reference: string,
): Promise<Uint8Array | AsyncIterable<Uint8Array>> {
  if (!docker) return images.streamArchive(found.descriptor, reference, found.source);
  await images.pull(reference);
  const image = await images.select(found, platform ?? platformDefault);
  return images.exportDocker(image.descriptor, reference);
}

/** `save REF FILE`: an OCI archive with all platforms, or one of them for `docker load`. */
async function saveImage(
  io: ImagesIo,
  [reference = '', file = '']: readonly string[],
): Promise<void> {
  const { images, stdout } = io;
  const found = await images.resolve(reference);
  await writeFile(file, await archiveOf(io, found, reference));
  stdout(lines([found]));
}

/** `push REF ADDRESS`: an image of the store to a registry. */
async function pushImage(
  { images, docker, stdout }: ImagesIo,
  [reference = '', address = '']: readonly string[],
): Promise<void> {
  const { descriptor, source } = await images.resolve(reference);
  const family = docker ? 'docker' : undefined;
  stdout(`${await images.publish(address, descriptor, source, family)}\n`);
}

/** `pull REF`: everything the reference needs, from wherever it is found. */
async function pullImage(
  { images, stdout }: ImagesIo,
  [ref = '']: readonly string[],
): Promise<void> {
  stdout(lines([await images.pull(ref)]));
}

/** `rm REF…`: names out of the store. */
async function removeImages({ images, stdout }: ImagesIo, refs: readonly string[]): Promise<void> {
  for (const ref of refs) {
    await images.remove(ref);
    stdout(`${formatReference(parseReference(ref))}\n`);
  }
}

/** `prune [GB] [--all]`: what no name needs; down to a size, as far as names allow. */
async function pruneImages(
  { images, stdout }: ImagesIo,
  [most, ...rest]: readonly string[],
): Promise<void> {
  const isNow = most === 'now' || rest.includes('now');
  const size = most === undefined || most === 'now' ? undefined : Number(most);
  if (size !== undefined && !(size >= 0)) {
    throw new UsageError('images prune: the size is a number of gigabytes');
  }
  const { blobs, bytes, left } = await images.prune({
    ...(size === undefined ? {} : { bytesMax: size * 1e9, unpackedBytesMax: size * 1e9 }),
    ...(isNow ? { idleMs: 0 } : {}),
  });
  const gigabytes = (count: number): string => `${(count / 1e9).toFixed(3)} GB`;
  stdout(`${blobs} blobs removed, ${gigabytes(bytes)} freed, ${gigabytes(left)} left\n`);
}

/** Name, arguments as shown, least and most arguments, what it does, function. */
const commands: readonly (readonly [string, string, number, number, string, Command])[] = [
  ['ls', '', 0, 0, 'list the images of the local store', listImages],
  ['build', 'NAME', 1, 1, 'make an image from its recipe', buildImage],
  ['load', 'FILE-OR-LAYOUT [REF]', 1, 2, 'take in an archive or a layout directory', loadImage],
  ['save', 'REF FILE', 2, 2, 'write an OCI archive', saveImage],
  ['push', 'REF ADDRESS', 2, 2, 'publish an image at a registry', pushImage],
  ['pull', 'REF', 1, 1, 'fetch an image into the local store', pullImage],
  ['rm', 'REF…', 1, 1000, 'take names out of the local store', removeImages],
  ['prune', '[GB] [now]', 0, 2, 'free space; now: what was just used, too', pruneImages],
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

/** Steps shorter than this are not mentioned. */
const quietMilliseconds = 300;

/** Adds the `images` command to a command line. */
export function mountImages(cli: CAC): void {
  cli
    .command('images <action> [...args]', 'List, build, load, save, pull and prune images')
    .usage(`images ${commands.map(([name, shape]) => `${name} ${shape}`.trimEnd()).join(' | ')}`)
    .option('--registry-first', 'Ask the registry before a recipe of the same name')
    .option('--docker', 'save: one platform as `docker save` does; push: Docker’s media types')
    .option('--platform <platform>', 'save --docker: which; default: this machine’s')
    .action(async (action: unknown, args: unknown, options: Record<string, unknown>) => {
      const write = (text: string): void => void process.stderr.write(text);
      const colours = coloursFor(process.stderr, process.env);
      // The same configuration as everywhere: overrides, mirrors, the lock.
      await using engine = await connect({
        ...(options.registryFirst === true ? { registries: 'first' } : {}),
        ...(options.platform === undefined ? {} : { platform: String(options.platform) }),
        onProgress: progressLines({ write, quietMilliseconds, colours }),
      });
      return imagesCommand([String(action), ...(args as unknown[]).map(String)], {
        images: engine.images,
        platform: parsePlatform(await engine.defaultPlatform()),
        docker: options.docker === true,
        stdout: (text) => void process.stdout.write(text),
        stderr: write,
      });
    });
}
