/** One stage of a Dockerfile: instruction by instruction to operations. */

import type { ContainerConfig } from '../image/types.ts';
import { resolveLexically } from '../rootfs/path.ts';
import type { Call } from './definition.ts';
import { dockerfileError, type Instruction, parseSingle } from './dockerfile_parse.ts';
import { mountOperation, parseMount, type RunMount } from './dockerfile_run.ts';
import { expandWord, parsePairs, splitWords } from './dockerfile_words.ts';
import { getVariable } from './environment.ts';
import { type Argument, type Operation, operation } from './operation.ts';

/** What a stage needs of its build. */
export interface StageContext {
  readonly call: Call;
  readonly escapeMark: string;
  /** The directory that is built, without what is ignored. */
  readonly context: Operation;
  readonly globals: ReadonlyMap<string, string>;
  readonly buildArgs: ReadonlyMap<string, string>;
  /** By name. */
  readonly secrets: ReadonlyMap<string, Operation>;
  /** The files of another stage or of an image. */
  readonly treeOf: (name: string) => Promise<Operation>;
}

const shellDefault: readonly string[] = ['/bin/sh', '-c'];

type Args = { readonly [name: string]: Argument | undefined };

/** Adds instructions to a container. */
export class StageBuilder {
  readonly #context: StageContext;
  #container: Operation;
  readonly #args: Map<string, string> = new Map<string, string>();
  /** Whether CMD stands in this stage: ENTRYPOINT then keeps it. */
  #hasCommand = false;
  #documents = 0;

  constructor(context: StageContext, base: Operation) {
    this.#context = context;
    this.#container = base;
  }

  /** What the stage has become so far. */
  get container(): Operation {
    return this.#container;
  }

  /** Runs what the base image has for those who build on it, and forgets it. */
  async triggers(): Promise<void> {
    const { OnBuild } = await this.#config();
    if (!OnBuild || OnBuild.length === 0) return;
    this.#step('dockerConfig', { config: { OnBuild: null } });
    for (const text of OnBuild) await this.add(parseSingle(text, 0));
  }

  async add(instruction: Instruction): Promise<void> {
    const { keyword, line } = instruction;
    const method = this.#methods[keyword];
    if (!method) throw dockerfileError(line, `${keyword} cannot stand here`);
    await method(instruction);
  }

  // biome-ignore format: a table
  readonly #methods: Readonly<Record<string, (instruction: Instruction) => Promise<void> | void>> = {
    ADD: (instruction) => this.#copy(instruction, true),
    ARG: (instruction) => this.#arg(instruction),
    CMD: async (instruction) => {
      this.#hasCommand = true;
      this.#step('withDefaultArgs', { args: await this.#command(instruction) });
    },
    COPY: (instruction) => this.#copy(instruction, false),
    ENTRYPOINT: async (instruction) => this.#step('withEntrypoint', {
      args: await this.#command(instruction),
      keepDefaultArgs: this.#hasCommand,
    }),
    ENV: async (instruction) => {
      for (const [name, value] of await this.#pairs(instruction)) {
        this.#step('withEnvVariable', { name, value });
      }
    },
    EXPOSE: (instruction) => this.#expose(instruction),
    HEALTHCHECK: (instruction) => this.#healthcheck(instruction),
    LABEL: async (instruction) => {
      for (const [name, value] of await this.#pairs(instruction)) {
        this.#step('withLabel', { name, value });
      }
    },
    MAINTAINER: ({ rest }) => this.#step('withLabel', { name: 'maintainer', value: rest }),
    ONBUILD: async ({ rest, line }) => {
      const { keyword } = parseSingle(rest, line);
      if (keyword === 'ONBUILD' || keyword === 'FROM') {
        throw dockerfileError(line, `${keyword} isn't allowed as an ONBUILD trigger`);
      }
      const { OnBuild } = await this.#config();
      this.#step('dockerConfig', { config: { OnBuild: [...(OnBuild ?? []), rest] } });
    },
    RUN: (instruction) => this.#run(instruction),
    SHELL: ({ json, line }) => {
      if (!json || json.length === 0) throw dockerfileError(line, 'SHELL requires the JSON form');
      this.#step('dockerConfig', { config: { Shell: json } });
    },
    STOPSIGNAL: async ({ rest, line }) => {
      this.#step('dockerConfig', { config: { StopSignal: await this.#expand(rest, line) } });
    },
    USER: async ({ rest, line }) => {
      this.#step('withUser', { name: await this.#expand(rest, line) });
    },
    VOLUME: async ({ rest, json, line }) => {
      const paths = json ?? (await this.#words(rest, line));
      const { Volumes } = await this.#config();
      const added = Object.fromEntries(paths.map((path) => [path, {}]));
      this.#step('dockerConfig', { config: { Volumes: { ...Volumes, ...added } } });
    },
    WORKDIR: async ({ rest, line }) => {
      const path = await this.#expand(rest, line);
      const empty = operation('Query.directory', {});
      this.#step('withDirectory', { path, source: empty });
      this.#step('withWorkdir', { path });
    },
  };

  #step(method: string, args: Args): void {
    this.#container = operation(`Container.${method}`, { self: this.#container, ...args });
  }

  async #config(): Promise<ContainerConfig> {
    return (await this.#context.call.evaluate('Container', this.#container)).config;
  }

  /** ENV goes before ARG. */
  async #variables(): Promise<(name: string) => string | undefined> {
    const { Env } = await this.#config();
    return (name) => getVariable(Env ?? [], name) ?? this.#args.get(name);
  }

  async #expand(text: string, line: number): Promise<string> {
    return expandWord(text, await this.#variables(), this.#context.escapeMark, line);
  }

  async #words(text: string, line: number): Promise<string[]> {
    const variables = await this.#variables();
    const { escapeMark } = this.#context;
    return splitWords(text, escapeMark).map((word) =>
      expandWord(word, variables, escapeMark, line),
    );
  }

  async #pairs({ rest, line }: Instruction): Promise<[string, string][]> {
    const variables = await this.#variables();
    const { escapeMark } = this.#context;
    const expand = (word: string): string => expandWord(word, variables, escapeMark, line);
    return parsePairs(rest, expand, escapeMark, line);
  }

  async #arg({ rest, line }: Instruction): Promise<void> {
    const { buildArgs, globals, escapeMark } = this.#context;
    for (const word of splitWords(rest, escapeMark)) {
      const equals = word.indexOf('=');
      const name = equals < 0 ? word : word.slice(0, equals);
      const fallback = equals < 0 ? undefined : await this.#expand(word.slice(equals + 1), line);
      const value = buildArgs.get(name) ?? fallback ?? globals.get(name);
      if (value !== undefined) this.#args.set(name, value);
    }
  }

  /** JSON as it is; a text for the shell. */
  async #command({ json, rest }: Instruction): Promise<readonly string[]> {
    if (json) return json;
    const { Shell } = await this.#config();
    return [...(Shell ?? shellDefault), rest];
  }

  async #expose({ rest, line }: Instruction): Promise<void> {
    for (const word of await this.#words(rest, line)) {
      const match = /^([0-9]+)(?:-([0-9]+))?(?:\/(tcp|udp))?$/i.exec(word);
      if (!match) throw dockerfileError(line, `invalid containerPort: ${word}`);
      const protocol = (match[3] ?? 'tcp').toUpperCase();
      const [first, last] = [Number(match[1]), Number(match[2] ?? match[1])];
      if (last > 65_535) throw dockerfileError(line, `invalid containerPort: ${word}`);
      for (let port = first; port <= last; port++) {
        this.#step('withExposedPort', { port, protocol });
      }
    }
  }

  async #healthcheck(instruction: Instruction): Promise<void> {
    const { rest, flags, line } = instruction;
    const [, kind = '', text = ''] = /^(\S+)\s*([\s\S]*)$/.exec(rest) ?? [];
    if (kind.toUpperCase() === 'NONE') {
      this.#step('dockerConfig', { config: { Healthcheck: { Test: ['NONE'] } } });
      return;
    }
    if (kind.toUpperCase() !== 'CMD') {
      throw dockerfileError(line, `unknown type "${kind}" in HEALTHCHECK (try CMD)`);
    }
    const { json } = parseSingle(rest, line);
    const check: { [name: string]: Argument } = {
      Test: json ? ['CMD', ...json] : ['CMD-SHELL', text],
    };
    for (const [name, value] of flags) {
      const field = healthcheckFlags[name];
      if (!field) throw dockerfileError(line, `unknown flag: ${name}`);
      check[field] = name === 'retries' ? Number(value) : nanosecondsOf(value, line);
    }
    this.#step('dockerConfig', { config: { Healthcheck: check } });
  }

  async #copy(instruction: Instruction, isAdd: boolean): Promise<void> {
    const { json, rest, flags, line, keyword } = instruction;
    const words = json ?? (await this.#words(rest, line));
    const destination = words.at(-1);
    if (words.length < 2 || destination === undefined) {
      throw dockerfileError(line, `${keyword} requires at least two arguments`);
    }
    const options = await this.#copyFlags(instruction);
    const from = flags.find(([name]) => name === 'from')?.[1];
    const tree =
      from === undefined || from === ''
        ? this.#context.context
        : await this.#context.treeOf(await this.#expand(from, line));
    const many = words.length > 2;
    if (many && !/(?:^|\/)\.?$/.test(destination)) {
      const message = `When using ${keyword} with more than one source file, `;
      throw dockerfileError(line, `${message}the destination must be a directory and end with a /`);
    }
    const copy = (source: Operation, sources: string[], unpack: boolean): void =>
      this.#step('dockerCopy', { source, sources, path: destination, ...options, unpack });
    for (const word of words.slice(0, -1)) {
      const document = /^<<-?["']?([^"']+)["']?$/.exec(word)?.[1];
      const found = instruction.documents.find(({ name }) => name === document);
      if (found) {
        const contents = found.expand
          ? await this.#expandDocument(found.content, line)
          : found.content;
        const isInto = destination.endsWith('/');
        const name = isInto ? found.name : (destination.split('/').at(-1) ?? found.name);
        const file = operation('Query.file', { name, contents });
        copy(operation('Query.dockerFile', { file }), [name], false);
      } else if (isAdd && /^https?:\/\//.test(word)) {
        const file = operation('Query.http', { url: word });
        copy(operation('Query.dockerFile', { file }), ['*'], false);
      } else copy(tree, [word], isAdd && from === undefined);
    }
  }

  async #copyFlags({ flags, line, keyword }: Instruction): Promise<Args> {
    const options: { [name: string]: Argument } = {};
    const exclude: string[] = [];
    for (const [name, given] of flags) {
      const value = await this.#expand(given, line);
      if (name === 'chown') options.owner = value;
      else if (name === 'chmod') {
        if (!/^[0-7]{1,4}$/.test(value)) {
          throw dockerfileError(line, `invalid chmod parameter: '${value}'. it should be octal`);
        }
        options.permissions = Number.parseInt(value, 8);
      } else if (name === 'exclude') exclude.push(value);
      else if (name === 'parents') options.parents = value !== 'false';
      else if (!['from', 'link', 'checksum', 'keep-git-dir'].includes(name)) {
        throw dockerfileError(line, `unknown flag: --${name} of ${keyword}`);
      }
    }
    return exclude.length > 0 ? { ...options, exclude } : options;
  }

  /** In a here-document quotes are ordinary characters. */
  async #expandDocument(text: string, line: number): Promise<string> {
    const { escapeMark } = this.#context;
    const quoted = text.replace(/["']/g, (quote) => `${escapeMark}${quote}`);
    return expandWord(quoted, await this.#variables(), escapeMark, line);
  }

  /** RUN: build arguments are variables of this command only, mounts are there only for it. */
  async #run(instruction: Instruction): Promise<void> {
    const { flags, line } = instruction;
    const { Env } = await this.#config();
    const added = [...this.#args].filter(([name]) => getVariable(Env ?? [], name) === undefined);
    for (const [name, value] of added) this.#step('withEnvVariable', { name, value });
    const mounts: RunMount[] = [];
    for (const [name, value] of flags) {
      if (name === 'mount') {
        const mount = parseMount(await this.#expand(value, line), line);
        const { WorkingDir } = await this.#config();
        const target = resolveLexically(WorkingDir || '/', mount.target);
        const made = await mountOperation(
          this.#context,
          this.#container,
          { ...mount, target },
          line,
        );
        if (made) mounts.push({ ...mount, target });
        this.#container = made ?? this.#container;
      } else if (name !== 'network' && name !== 'security') {
        throw dockerfileError(line, `unknown flag: --${name} of RUN`);
      }
    }
    const script = await this.#script(instruction);
    this.#step('withExec', { args: script.args });
    if (script.file) this.#step('withoutMount', { path: script.file });
    for (const mount of mounts.reverse()) {
      if (mount.env === undefined) this.#step('withoutMount', { path: mount.target });
      else this.#step('withoutSecretVariable', { name: mount.env });
    }
    for (const [name] of added) this.#step('withoutEnvVariable', { name });
  }

  /** A here-document alone is a script; a shell reads it, or the program it names after `#!`. */
  async #script(instruction: Instruction): Promise<{ args: readonly string[]; file?: string }> {
    const { rest, documents } = instruction;
    const [document] = documents;
    if (!document) return { args: await this.#command(instruction) };
    const { Shell } = await this.#config();
    const shell = Shell ?? shellDefault;
    if (!/^<<-?\S+$/.test(rest)) {
      const texts = documents.map(({ name, content }) => `${content}${name}\n`);
      return { args: [...shell, `${rest}\n${texts.join('')}`] };
    }
    if (!document.content.startsWith('#!')) return { args: [...shell, document.content] };
    const file = `/tmp/.dockerfile-${this.#documents++}`;
    const source = operation('Query.file', {
      name: 'script',
      contents: document.content,
      permissions: 0o755,
    });
    this.#step('withMountedFile', { path: file, source });
    return { args: [file], file };
  }
}

const healthcheckFlags: Readonly<Record<string, string>> = {
  interval: 'Interval',
  timeout: 'Timeout',
  'start-period': 'StartPeriod',
  'start-interval': 'StartInterval',
  retries: 'Retries',
};

const durationUnits: Readonly<Record<string, number>> = {
  ns: 1,
  us: 1e3,
  ms: 1e6,
  s: 1e9,
  m: 60e9,
  h: 3600e9,
};

/** Go's durations: `1m30s`, in nanoseconds. */
function nanosecondsOf(text: string, line: number): number {
  const parts = [...text.matchAll(/([0-9.]+)(ns|us|ms|s|m|h)/g)];
  if (parts.map(([part]) => part).join('') !== text || text === '') {
    throw dockerfileError(line, `invalid duration "${text}"`);
  }
  return parts.reduce((sum, [, number, unit]) => sum + Number(number) * durationUnits[unit!]!, 0);
}
