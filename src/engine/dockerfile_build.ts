/**
 * Dockerfile builds. A build is no work of its own: each instruction becomes operations that the
 * API has too, so that equal steps of two files, or of a file and a pipeline, run once.
 */

import { formatPlatform, parsePlatform } from '../image/platform.ts';
import type { Platform } from '../machine/machine.ts';
import { mergeConfigs } from './container.ts';
import { type Call, type Definition, define } from './definition.ts';
import { ignorePatterns, textIn } from './dockerfile_copy.ts';
import {
  type Dockerfile,
  dockerfileError,
  type Instruction,
  parseDockerfile,
} from './dockerfile_parse.ts';
import { StageBuilder, type StageContext } from './dockerfile_stage.ts';
import { expandWord, splitWords } from './dockerfile_words.ts';
import { EngineError } from './error.ts';
import { type Operation, operation } from './operation.ts';
import type { ContainerState } from './state.ts';

/** A part of a file that starts with FROM. */
interface Stage {
  readonly name: string | undefined;
  readonly from: Instruction;
  readonly body: readonly Instruction[];
}

/** One build of one file. */
class Build {
  readonly #call: Call;
  readonly #file: Dockerfile;
  readonly #stages: readonly Stage[];
  readonly #globals: ReadonlyMap<string, string>;
  readonly #context: Operation;
  readonly #target: Platform;
  readonly #buildArgs: ReadonlyMap<string, string>;
  readonly #secrets: ReadonlyMap<string, Operation>;
  readonly #built: Map<number, Promise<Operation>> = new Map<number, Promise<Operation>>();

  constructor(
    call: Call,
    file: Dockerfile,
    context: Operation,
    secrets: ReadonlyMap<string, Operation>,
    platform: Platform,
  ) {
    this.#call = call;
    this.#file = file;
    this.#context = context;
    this.#secrets = secrets;
    this.#target = platform;
    this.#buildArgs = buildArgsOf(call);
    const first = file.instructions.findIndex(({ keyword }) => keyword === 'FROM');
    if (first < 0) throw dockerfileError(1, 'no build stage in current context');
    this.#globals = this.#globalArgs(file.instructions.slice(0, first));
    this.#stages = stagesOf(file.instructions.slice(first));
  }

  /** The container of the target stage; the last one unless another is named. */
  result(target: string): Promise<Operation> {
    if (target === '') return this.#stage(this.#stages.length - 1);
    const index = this.#find(target, this.#stages.length);
    if (index !== undefined) return this.#stage(index);
    throw new EngineError('DOCKERFILE_INVALID', `target stage "${target}" could not be found`, {
      remedy: `stages: ${this.#stages.map(({ name }, at) => name ?? at).join(', ')}`,
    });
  }

  /** ARG before the first FROM, for FROM lines and for stages that ask for them. */
  #globalArgs(instructions: readonly Instruction[]): Map<string, string> {
    const args = new Map(platformArgs(this.#call.services.platform, this.#target));
    for (const [name, value] of this.#buildArgs) if (args.has(name)) args.set(name, value);
    for (const { keyword, rest, line } of instructions) {
      if (keyword !== 'ARG') throw dockerfileError(line, `${keyword} before the first FROM`);
      for (const word of splitWords(rest, this.#file.escapeMark)) {
        const [name, fallback] = splitArgument(word);
        const value = this.#buildArgs.get(name) ?? (fallback && this.#expand(fallback, args, line));
        if (value !== undefined) args.set(name, value);
      }
    }
    return args;
  }

  #expand(text: string, args: ReadonlyMap<string, string>, line: number): string {
    return expandWord(text, (name) => args.get(name), this.#file.escapeMark, line);
  }

  /** A stage by name or number, among those before `before`. */
  #find(name: string, before: number): number | undefined {
    const wanted = name.toLowerCase();
    const byName = this.#stages.slice(0, before).findLastIndex((stage) => stage.name === wanted);
    if (byName >= 0) return byName;
    const number = /^[0-9]+$/.test(name) ? Number(name) : before;
    return number < before ? number : undefined;
  }

  #stage(index: number): Promise<Operation> {
    let built = this.#built.get(index);
    if (!built) this.#built.set(index, (built = this.#build(index)));
    return built;
  }

  async #build(index: number): Promise<Operation> {
    const stage = this.#stages[index]!;
    const base = await this.#base(stage.from, index);
    const context: StageContext = {
      call: this.#call,
      escapeMark: this.#file.escapeMark,
      context: this.#context,
      globals: this.#globals,
      buildArgs: this.#buildArgs,
      secrets: this.#secrets,
      treeOf: (name) => this.#treeOf(name, index),
    };
    const builder = new StageBuilder(context, base);
    await builder.triggers();
    for (const instruction of stage.body) await builder.add(instruction);
    return builder.container;
  }

  /** What FROM names: an earlier stage, nothing, or an image. */
  async #base({ rest, flags, line }: Instruction, index: number): Promise<Operation> {
    const asked = flags.find(([name]) => name === 'platform')?.[1];
    const expanded = asked && this.#expand(asked, this.#globals, line);
    const platform = expanded ? parsePlatform(expanded) : this.#target;
    const [word = ''] = splitWords(rest, this.#file.escapeMark);
    const name = this.#expand(word, this.#globals, line);
    if (name === '') {
      throw dockerfileError(line, `base name (${word}) should not be blank`);
    }
    const earlier = this.#find(name, index);
    if (earlier !== undefined && !/^[0-9]+$/.test(name)) return this.#stage(earlier);
    const empty = operation('Query.container', { platform: formatPlatform(platform) });
    if (name === 'scratch') return empty;
    return operation('Container.from', { self: empty, address: name });
  }

  /** The files that `--from` and `from=` name: of a stage, or of an image. */
  async #treeOf(name: string, index: number): Promise<Operation> {
    const stage = this.#find(name, index);
    if (stage !== undefined) {
      return operation('Container.rootfs', { self: await this.#stage(stage) });
    }
    const platform = formatPlatform(this.#target);
    const empty = operation('Query.container', { platform });
    const image = operation('Container.from', { self: empty, address: name });
    return operation('Container.rootfs', { self: image });
  }
}

function stagesOf(instructions: readonly Instruction[]): Stage[] {
  const stages: { name: string | undefined; from: Instruction; body: Instruction[] }[] = [];
  for (const instruction of instructions) {
    if (instruction.keyword !== 'FROM') {
      stages.at(-1)!.body.push(instruction);
      continue;
    }
    const match = /^\S+(?:\s+as\s+(\S+))?$/i.exec(instruction.rest);
    if (!match) {
      throw dockerfileError(instruction.line, 'FROM requires either one or three arguments');
    }
    stages.push({ name: match[1]?.toLowerCase(), from: instruction, body: [] });
  }
  return stages;
}

/** `NAME` or `NAME=default`. */
export function splitArgument(word: string): [string, string | undefined] {
  const equals = word.indexOf('=');
  return equals < 0 ? [word, undefined] : [word.slice(0, equals), word.slice(equals + 1)];
}

/** The arguments every build has (BuildKit's "automatic platform ARGs"). */
function platformArgs(build: Platform, target: Platform): [string, string][] {
  const of = (prefix: string, platform: Platform): [string, string][] => [
    [`${prefix}PLATFORM`, formatPlatform(platform)],
    [`${prefix}OS`, platform.os],
    [`${prefix}ARCH`, platform.architecture],
    [`${prefix}VARIANT`, platform.variant ?? ''],
  ];
  return [...of('BUILD', build), ...of('TARGET', target)];
}

function buildArgsOf(call: Call): Map<string, string> {
  const given = call.operation.args.buildArgs ?? [];
  const invalid = (): EngineError =>
    new EngineError('ARGUMENT_INVALID', 'buildArgs must be a list of names and values');
  if (!Array.isArray(given)) throw invalid();
  const args = new Map<string, string>();
  for (const item of given) {
    if (typeof item !== 'object' || item === null) throw invalid();
    const { name, value } = item as { name?: unknown; value?: unknown };
    if (typeof name !== 'string' || typeof value !== 'string') throw invalid();
    args.set(name, value);
  }
  return args;
}

/** Builds the file of a context directory. */
async function build(call: Call, context: Operation, platform: Platform): Promise<ContainerState> {
  const path = call.text('dockerfile', 'Dockerfile');
  const root = await (await call.evaluate('Directory', context)).root(call.signal);
  const text = await textIn(root, path);
  if (text === undefined) {
    throw new EngineError(
      'PATH_NOT_FOUND',
      `failed to read dockerfile: open ${path}: no such file or directory`,
      { remedy: 'name the file with the argument "dockerfile", from the root of the context' },
    );
  }
  const ignored =
    (await textIn(root, `${path}.dockerignore`)) ?? (await textIn(root, '.dockerignore'));
  const patterns = ignorePatterns(ignored ?? '');
  const files =
    patterns.length === 0
      ? context
      : operation('Directory.dockerContext', { self: context, patterns });
  const secrets = new Map<string, Operation>();
  for (const secret of call.inputs('secrets')) {
    secrets.set((await call.evaluate('Secret', secret)).name, secret);
  }
  const file = parseDockerfile(text);
  const result = await new Build(call, file, files, secrets, platform).result(
    call.text('target', ''),
  );
  return call.evaluate('Container', result);
}

export const dockerBuildOperations: readonly Definition[] = [
  define('Container', 'Directory.dockerBuild', (call) => {
    const { platform } = call.services;
    const wanted = call.has('platform') ? parsePlatform(call.text('platform')) : platform;
    return build(call, call.input('self')!, wanted);
  }),
  // The old form: the result replaces the root; environment, labels and ports are merged.
  define('Container', 'Container.build', async (call) => {
    const { imageReference: _, execution: __, ...self } = await call.self('Container');
    await call.object('context', 'Directory');
    const built = await build(call, call.input('context')!, self.platform);
    const { rootfs, platform } = built;
    return { ...self, rootfs, platform, config: mergeConfigs(self.config, built.config) };
  }),
];
