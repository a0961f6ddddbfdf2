/**
 * Command lines of `run`: options end at the image, everything behind it is the guest's. The
 * argument library knows only `--` for that, so one is put there.
 */

/** Options of `run` that take a value. */
const valueOptions: ReadonlySet<string> = new Set([
  '--platform',
  '--env',
  '-e',
  '--workdir',
  '-w',
  '--user',
  '-u',
  '--entrypoint',
]);

/** Inserts `--` behind the image of `run [OPTIONS] IMAGE [COMMAND…]`; other lines stay. */
export function separateGuestArguments(args: readonly string[]): string[] {
  if (args[0] !== 'run') return [...args];
  for (let at = 1; at < args.length; at++) {
    const arg = args[at] ?? '';
    if (arg === '--') return [...args];
    if (valueOptions.has(arg)) at += 1;
    else if (!arg.startsWith('-')) {
      const rest = args.slice(at + 1);
      if (rest[0] === '--') rest.shift();
      return [...args.slice(0, at + 1), '--', ...rest];
    }
  }
  return [...args];
}

/** An option that may be given several times, as a list of texts. */
export function texts(value: unknown): string[] {
  if (value === undefined) return [];
  return (Array.isArray(value) ? value : [value]).map(String);
}

/** An option that counts once; the last one wins. */
export function text(value: unknown): string | undefined {
  return texts(value).at(-1);
}
