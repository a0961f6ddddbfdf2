/**
 * Command lines of `run`: options end at the image, everything behind it is the guest's. The
 * argument library knows only `--` for that, so one is put there; and because it turns values that
 * look like numbers into numbers (`--user 007`), values are collected here.
 */

/** Options of `run` that take a value, with their short forms. */
const valueOptions: Readonly<Record<string, string>> = {
  '--platform': 'platform',
  '--cpu': 'cpu',
  '--env': 'env',
  '-e': 'env',
  '--workdir': 'workdir',
  '-w': 'workdir',
  '--user': 'user',
  '-u': 'user',
  '--entrypoint': 'entrypoint',
};

/** A command line, prepared. */
export interface Prepared {
  /** For the argument library. */
  readonly args: readonly string[];
  /** Values of `run`'s options by long name, in order. */
  readonly values: ReadonlyMap<string, readonly string[]>;
}

/** Prepares a command line; those of other commands than `run` stay as they are. */
export function prepare(args: readonly string[]): Prepared {
  const values = new Map<string, string[]>();
  if (args[0] === 'session') return { args: ownOptions(args), values };
  if (args[0] === 'with') return { args: withProgram(args), values };
  if (args[0] === 'query') return prepareQuery(args);
  if (args[0] !== 'run') return { args, values };
  for (let at = 1; at < args.length; at++) {
    const arg = args[at] ?? '';
    if (arg === '--') break;
    if (!arg.startsWith('-')) {
      const rest = args.slice(at + 1);
      if (rest[0] === '--') rest.shift();
      return { args: [...args.slice(0, at + 1), '--', ...rest], values };
    }
    const equals = arg.indexOf('=');
    const name = valueOptions[equals < 0 ? arg : arg.slice(0, equals)];
    const value = equals < 0 ? args[at + 1] : arg.slice(equals + 1);
    if (name === undefined || value === undefined) continue;
    values.set(name, [...(values.get(name) ?? []), value]);
    if (equals < 0) at += 1;
  }
  return { args, values };
}

/** Options of commands that open a session, which all take a value. */
const sessionOption = /^--(?:schema|platform-rule|platform|image|registries)(=|$)/;

/** SDKs of all versions add flags to `session`, with and without values; they mean nothing. */
function ownOptions(args: readonly string[]): readonly string[] {
  return args.filter((arg, at) => {
    if (at === 0 || arg === '--help' || sessionOption.test(arg)) return true;
    return sessionOption.exec(args[at - 1] ?? '')?.[1] === '';
  });
}

/** Options of `with` end at the program, which has a `--` put in front of it. */
function withProgram(args: readonly string[]): readonly string[] {
  const valued = (at: number) => sessionOption.exec(args[at] ?? '')?.[1] === '';
  const at = args.findIndex((arg, i) => i > 0 && !arg.startsWith('-') && !valued(i - 1));
  if (at < 0 || args.slice(0, at).includes('--')) return args;
  return [...args.slice(0, at), '--', ...args.slice(at)];
}

/** Takes `-f` and `-v` out of a command line of `query`: `-v` is elsewhere the version. */
function prepareQuery(args: readonly string[]): Prepared {
  const names: Readonly<Record<string, string>> = {
    '-f': 'file',
    '--file': 'file',
    '-v': 'variable',
    '--variable': 'variable',
  };
  const values = new Map<string, string[]>();
  const rest: string[] = [];
  for (let at = 0; at < args.length; at++) {
    const arg = args[at] ?? '';
    const [, long, attached] = /^(--\w+)=(.*)$/s.exec(arg) ?? [];
    const name = names[long ?? arg];
    const value = long === undefined ? args[at + 1] : attached;
    if (name === undefined || value === undefined) {
      rest.push(arg);
      continue;
    }
    values.set(name, [...(values.get(name) ?? []), value]);
    if (long === undefined) at += 1;
  }
  return { args: rest, values };
}
