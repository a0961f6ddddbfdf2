/** Which files a command's name may mean: execvp(3)'s rules. */

/** PATH where the environment has none (as Docker and BuildKit set it). */
export const defaultPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** Paths to try in order. A name with a slash is itself; an empty PATH entry is the cwd. */
export function commandCandidates(name: string, env: readonly string[]): readonly string[] {
  if (name.includes('/')) return [name];
  const setting = env.findLast((item) => item.startsWith('PATH='));
  const path = setting?.slice('PATH='.length) ?? defaultPath;
  return path.split(':').map((directory) => `${directory === '' ? '.' : directory}/${name}`);
}
