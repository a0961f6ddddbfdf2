/** The `stiletto` command. */

import cac, { type CAC } from 'cac';
import { version } from '../api/version.ts';
import { separateGuestArguments, text, texts } from './arguments.ts';
import { coloursFor, reportError, UsageError } from './errors.ts';
import { mountImages } from './images.ts';
import { runImage } from './run.ts';

/** An action of a command; resolves to the exit code. */
export type Action = (...args: never[]) => Promise<number>;

const examples = [
  'stiletto run busybox uname -m',
  'stiletto run --platform linux/s390x busybox sh',
  'echo hello | stiletto run --env NAME=you busybox cat',
];

function defineCommands(): CAC {
  const cli = cac('stiletto');
  cli
    .command('run <image>', 'Run a command in a container of an image')
    .usage('run [OPTIONS] IMAGE [COMMAND…]')
    .option('--platform <platform>', 'Platform, for example linux/arm64 (default: this machine’s)')
    .option('-e, --env <variable>', 'NAME=VALUE, or NAME to pass this process’s; repeatable')
    .option('-w, --workdir <directory>', 'Working directory; made when missing')
    .option('-u, --user <user>', 'User and group: NAME, UID, NAME:GROUP or UID:GID')
    .option('--entrypoint <program>', 'Replace the entrypoint of the image; empty: none')
    .option('--strace', 'Write the guest’s system calls to standard error')
    .example(examples[0]!)
    .example(examples[1]!)
    .action((image: unknown, options: Record<string, unknown>) =>
      runImage(String(image), texts(options['--']), {
        platform: text(options.platform),
        env: texts(options.env),
        workdir: text(options.workdir),
        user: text(options.user),
        entrypoint: text(options.entrypoint),
        strace: options.strace === true,
      }),
    );
  mountImages(cli);
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
    const cli = defineCommands();
    cli.parse(['node', 'stiletto', ...separateGuestArguments(args)], { run: false });
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

const code = await main(process.argv.slice(2));
// Standard input may still be open; what was written is flushed before the end.
process.stdout.write('', () => process.stderr.write('', () => process.exit(code)));
