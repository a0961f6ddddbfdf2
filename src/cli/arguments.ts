/**
 * Command lines of `run`: options end at the image, everything behind it is the guest's. The
 * argument library knows only `--` for that, so one is put there; and because it turns values that
 * look like numbers into numbers (`--user 007`), values are collected here.
 */

/** Options of `run` that take a value, with their short forms. */
const valueOptions: Readonly<Record<string, string>> = {
  '--platform': 'platform',
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
