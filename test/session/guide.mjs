// The multi-platform guide against the published TypeScript SDK; started by typescript.test.ts.
import { connect, ExecError, ReturnType } from '@dagger.io/dagger';

const platforms = ['linux/amd64', 'linux/arm64', 'linux/s390x'];
const results = {};

await connect(async (client) => {
  const base = (platform) => client.container({ platform }).from('busybox');
  results.uname = [];
  for (const platform of platforms) {
    results.uname.push(await base(platform).withExec(['uname', '-m']).stdout());
  }
  const platformVariants = platforms.map((platform) => {
    const script = 'mkdir bin && cp /bin/busybox bin/ && uname -m > built-on';
    const output = base(platform)
      .withWorkdir('/output')
      .withExec(['sh', '-c', script])
      .directory('/output');
    return client
      .container({ platform })
      .withRootfs(output)
      .withEntrypoint(['/bin/busybox', 'cat', '/built-on']);
  });
  const address = 'registry.test/guide:latest';
  results.reference = await client.container().publish(address, { platformVariants });
  results.again = await Promise.all(
    platforms.map((platform) =>
      client
        .container({ platform })
        .from(results.reference)
        .withExec([], { useEntrypoint: true })
        .stdout(),
    ),
  );
  const container = await base('linux/amd64').withEnvVariable('A', '1').sync();
  const variables = await container.envVariables();
  results.variables = await Promise.all(
    variables.map(async (variable) => [await variable.name(), await variable.value()]),
  );
  const any = { expect: ReturnType.Any };
  results.exitCode = await container.withExec(['sh', '-c', 'exit 4'], any).exitCode();
  results.cached = await container
    .withMountedCache('/c', client.cacheVolume('key'))
    .withExec(['sh', '-c', 'echo x >> /c/f; cat /c/f'])
    .stdout();
  results.secret = await container
    .withSecretVariable('S', client.setSecret('s', 'top-secret'))
    .withExec(['sh', '-c', 'echo $S'])
    .stdout();
  const tree = client.directory().withNewFile('a/b', 'c');
  results.entries = [await tree.entries(), await tree.glob('**'), await tree.file('a/b').size()];
  try {
    await container.withExec(['sh', '-c', 'echo o; echo e >&2; exit 3']).sync();
  } catch (error) {
    const { exitCode, cmd, stdout, stderr, message } = error;
    const known = error instanceof ExecError;
    results.error = { known, exitCode, cmd, stdout, stderr, message };
  }
  try {
    await container.from('Not A Reference').id();
  } catch (error) {
    results.refused = error.constructor.name;
  }
});
process.stdout.write(JSON.stringify(results));
