/** Environment lists: `NAME=value` in order, as image configurations have them. */

/** The search path of a container whose configuration has none; Dagger's and Docker's default. */
export const pathDefault: string = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** The value of a variable, or undefined. */
export function getVariable(env: readonly string[], name: string): string | undefined {
  const entry = env.find((item) => item.startsWith(`${name}=`));
  return entry?.slice(name.length + 1);
}

/** Replaces a variable in its place, or adds it at the end. */
export function setVariable(env: readonly string[], name: string, value: string): string[] {
  const entry = `${name}=${value}`;
  if (getVariable(env, name) === undefined) return [...env, entry];
  return env.map((item) => (item.startsWith(`${name}=`) ? entry : item));
}

/** Removes a variable; an absent one is no error. */
export function removeVariable(env: readonly string[], name: string): string[] {
  return env.filter((item) => !item.startsWith(`${name}=`));
}

/** `over`'s variables on top of `env`'s: replaced in place, new ones at the end. */
export function mergeVariables(env: readonly string[], over: readonly string[]): string[] {
  let merged = [...env];
  for (const entry of over) {
    const equals = entry.indexOf('=');
    if (equals < 1) continue;
    merged = setVariable(merged, entry.slice(0, equals), entry.slice(equals + 1));
  }
  return merged;
}

/**
 * Replaces `$NAME` and `${NAME}`; an unset variable is empty. Go's `os.Expand`.
 *
 * @param check called with every name; may throw
 */
export function expandVariables(
  text: string,
  env: readonly string[],
  check: (name: string) => void = () => {},
): string {
  return text.replace(
    /\$(?:\{([^}]*)\}|([A-Za-z_][A-Za-z0-9_]*))/g,
    (_, braced: string | undefined, plain: string | undefined) => {
      const name = braced ?? plain ?? '';
      check(name);
      return getVariable(env, name) ?? '';
    },
  );
}
