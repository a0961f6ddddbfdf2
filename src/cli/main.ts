/** The `stiletto` command. */

import cac, { type CAC } from 'cac';
import { version } from '../api/version.ts';
import { type Prepared, prepare } from './arguments.ts';
import { coloursFor, reportError, UsageError } from './errors.ts';
import { mountImages } from './images.ts';
import { mountQuery } from './query.ts';
import { mountRegistry } from './registry.ts';
import { runImage } from './run.ts';
import { mountServe } from './serve.ts';
import { mountSession } from './session.ts';
import { mountSyscalls } from './syscalls.ts';
import { mountWith } from './with.ts';

/** An action of a command; resolves to the exit code. */
export type Action = (...args: never[]) => Promise<number>;

const examples = [
  'stiletto run busybox uname -m',
  'stiletto run --platform linux/s390x busybox sh',
  'echo hello | stiletto run --env NAME=you busybox cat',
];

function defineCommands({ values }: Prepared): CAC {
  const cli = cac('stiletto');
  cli
    .command('run <image>', 'Run a command in a container of an image')
    .usage('run [OPTIONS] IMAGE [COMMAND…]')
    .option('--platform <platform>', 'Platform, for example linux/arm64 (default: this machine’s)')
    .option('-e, --env <variable>', 'NAME=VALUE, or NAME to pass this process’s; repeatable')
    .option('-w, --workdir <directory>', 'Working directory; made when missing')
    .option('-u, --user <user>', 'User and group: NAME, UID, NAME:GROUP or UID:GID')
    .option('--entrypoint <program>', 'Replace the entrypoint of the image; empty: none')
    .option('--cpu <model>', 'Processor of linux/amd64: x86-64, x86-64-v2 (default), x86-64-v3')
    .option('--strace', 'Write the guest’s system calls to standard error')
    .example(examples[0]!)
    .example(examples[1]!)
    .action((image: unknown, options: Record<string, unknown>) =>
      runImage(String(image), ((options['--'] as unknown[]) ?? []).map(String), {
        platform: values.get('platform')?.at(-1),
        env: values.get('env') ?? [],
        workdir: values.get('workdir')?.at(-1),
        user: values.get('user')?.at(-1),
        entrypoint: values.get('entrypoint')?.at(-1),
        cpu: values.get('cpu')?.at(-1),
        strace: options.strace === true,
      }),
    );
  mountImages(cli);
  mountRegistry(cli);
  mountServe(cli);
  mountSession(cli);
  mountWith(cli);
  mountSyscalls(cli);
  mountQuery(cli, values);
  for (const example of examples) cli.example(example);
  cli.help();
  cli.version(version);
  return cli;
}

/** Runs a command line; gives the exit code. */
export async function main(args: readonly string[]): Promise<number> {
  const colours = coloursFor(process.stderr, process.env);
  const write = (line: string) => void process.stderr.write(line);
  try {
    const prepared = prepare(args);
    const cli = defineCommands(prepared);
    cli.parse(['node', 'stiletto', ...prepared.args], { run: false });
    if (cli.options.help || cli.options.version) return 0;
    if (!cli.matchedCommand) {
      if (args.length > 0) throw new UsageError(`unknown command "${args[0]}"`);
      cli.outputHelp();
      return 0;
    }
    const code: unknown = await cli.runMatchedCommand();
    return typeof code === 'number' ? code : 0;
  } catch (error) {
    return reportError(error, write, colours);
  }
}

// No `await` here: so the command can be one script, which V8 caches compiled.
void main(process.argv.slice(2)).then((code) => {
  // Standard input may still be open; what was written is flushed before the end.
  process.stdout.write('', () => process.stderr.write('', () => process.exit(code)));
});
