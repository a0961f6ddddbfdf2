/** `stiletto serve`: an endpoint for any number of clients, on loopback. */

import type { CAC } from 'cac';
import { UsageError } from './errors.ts';
import { interrupted, openSession, sessionOptions, withSessionOptions } from './session.ts';

/** Port unless another is asked for; the preview's command line had the same. */
const portDefault = 8080;

/** Adds the `serve` command. */
export function mountServe(cli: CAC): void {
  withSessionOptions(cli.command('serve', 'Serve the API on 127.0.0.1 until interrupted'))
    .option('--port <port>', `Port; 0: any free one (default: ${portDefault})`)
    .option('--token <token>', 'What clients must give (default: a new one)')
    .option('--no-token', 'Let everybody on this machine ask; for SDKs before 0.4.3')
    .action(async (options: Record<string, unknown>): Promise<number> => {
      const port = Number(options.port ?? portDefault);
      if (!Number.isInteger(port) || port < 0 || port > 65_535) {
        throw new UsageError('serve: --port wants a number from 0 to 65535');
      }
      const { token } = options;
      const given = token === false ? '' : typeof token === 'boolean' ? undefined : token;
      const open = await openSession(sessionOptions(options), {
        port,
        ...(given === undefined ? {} : { token: String(given) }),
      });
      const ends = interrupted();
      const line = `DAGGER_SESSION_PORT=${open.port} DAGGER_SESSION_TOKEN=${open.token}`;
      const old = `DAGGER_HOST=http://127.0.0.1:${open.port}`;
      process.stdout.write(`${open.token === '' ? old : line}\n`);
      await ends;
      await open.close();
      return 0;
    });
}
