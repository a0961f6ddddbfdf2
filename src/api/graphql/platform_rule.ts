/**
 * The platform rule of the first guide: what goes into a container is of the container's platform,
 * or of none. Its own tests mount foreign file systems as data, so a mismatch is a warning unless
 * the rule is strict. A tree of plain files has no platform; an image's tree has the image's.
 */

import { EngineError } from '../../engine/error.ts';
import { inputsOf, Operation } from '../../engine/operation.ts';
import type { ObjectType } from '../../engine/state.ts';
import { formatPlatform, normalizePlatform } from '../../image/platform.ts';
import type { Requested } from './requested.ts';

export type PlatformRule = 'warn' | 'strict';

/** Steps that put one tree into a container, and the argument that is the tree. */
const combining: { readonly [kind: string]: string } = {
  'Container.withRootfs': 'directory',
  'Container.withDirectory': 'source',
  'Container.withMountedDirectory': 'source',
};

/** Digests of steps a warning was given for, by graph. */
const warned = new WeakMap<object, Set<string>>();

/**
 * Looks at all steps of an operation; runs none of them.
 *
 * @throws EngineError PLATFORM_MISMATCH under the strict rule
 */
export async function applyPlatformRule(root: Operation, request: Requested): Promise<void> {
  for (const step of inputsOf(root)) {
    const name = combining[step.kind];
    if (name !== undefined) await checkStep(step, name, request);
  }
}

async function checkStep(step: Operation, name: string, request: Requested): Promise<void> {
  const { graph, platformRule } = request;
  const { self, [name]: input } = step.args;
  if (!(self instanceof Operation) || !(input instanceof Operation)) return;
  const evaluate = <T extends ObjectType>(type: T, of: Operation) => graph.evaluate(type, of);
  const container = await evaluate('Container', self);
  const { base } = await evaluate('Directory', input);
  if (!base) return;
  const target = formatPlatform(normalizePlatform(container.platform));
  const actual = formatPlatform(normalizePlatform(base.platform));
  if (target === actual) return;
  const message = `${step.kind}: a file system of ${actual} in a container of ${target}`;
  if (platformRule === 'strict') {
    throw new EngineError('PLATFORM_MISMATCH', message, {
      remedy: 'use an image of the same platform, or platformRule "warn"',
    });
  }
  const done = warned.get(graph) ?? new Set<string>();
  warned.set(graph, done);
  if (done.has(step.digest)) return;
  done.add(step.digest);
  const line = graph.services.progress.begin(`warning: ${message}`);
  line.note(message);
  line.finish();
}
