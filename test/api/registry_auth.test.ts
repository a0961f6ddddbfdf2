/** Logging in to registries. */

import { hasher, InProcessRegistry } from 'stiletto';
import { expect, test } from 'vitest';
import { stubEngine } from './fixture.ts';

/** A registry that lets `user` in with `pass`. */
function privateRegistry(): InProcessRegistry {
  return new InProcessRegistry(hasher, { users: { user: 'pass' } });
}

test('publishing is refused without, and accepted with credentials of the pipeline', async () => {
  await using engine = await stubEngine(undefined, { registry: privateRegistry() });
  const base = engine.container().from('base');
  await expect(base.publish('registry.test/app')).rejects.toMatchObject({
    code: 'REGISTRY_REFUSED',
  });
  const wrong = engine.setSecret('wrong', 'other');
  await expect(
    base.withRegistryAuth('registry.test', 'user', wrong).publish('registry.test/app'),
  ).rejects.toMatchObject({ code: 'REGISTRY_REFUSED' });
  const secret = engine.setSecret('password', 'pass');
  const allowed = base.withRegistryAuth('registry.test/app:latest', 'user', secret);
  const reference = await allowed.publish('registry.test/app');
  const pulled = engine.container().withRegistryAuth('registry.test', 'user', secret);
  expect(await pulled.from(reference).label('kind')).toBe('base');
  await expect(
    allowed.withoutRegistryAuth('registry.test').publish('registry.test/other'),
  ).rejects.toMatchObject({ code: 'REGISTRY_REFUSED' });
});

test('an option gives credentials for a whole engine', async () => {
  const asked: string[] = [];
  const credentials = async (registry: string) => {
    asked.push(registry);
    return { username: 'user', password: 'pass' };
  };
  await using engine = await stubEngine(undefined, { registry: privateRegistry(), credentials });
  await engine.container().from('base').publish('registry.test/app');
  expect(new Set(asked)).toEqual(new Set(['registry.test']));
});
