/** Containers: where they come from, their trees, and reading files out of them. */

import { formatPlatform, parsePlatform } from '../image/platform.ts';
import type { ContainerConfig, Image } from '../image/types.ts';
import { type Call, type Definition, define } from './definition.ts';
import { mergeVariables } from './environment.ts';
import { containerPath, placeOf, subfile, subtree } from './place.ts';
import type { ContainerState, Tree } from './state.ts';
import { deriveKey, emptyTree } from './state.ts';

/** A container with nothing in it. */
function scratch(call: Call): ContainerState {
  const explicit = call.has('platform');
  return {
    platform: explicit ? parsePlatform(call.text('platform')) : call.services.platform,
    platformExplicit: explicit,
    rootfs: emptyTree,
    config: {},
    annotations: {},
    mounts: [],
    secretVariables: [],
    volatileVariables: [],
    portDetails: {},
  };
}

/**
 * Replaces the root by an image's. Environment, labels and ports are merged with the container's,
 * the image winning; the rest of the configuration is the image's. Mounts stay. A reference to one
 * image is taken as it is, with its platform, unless the container asked for one.
 */
async function from(call: Call): Promise<ContainerState> {
  const self = await call.self('Container');
  const address = call.text('address');
  const { images, progress } = call.services;
  const wanted = formatPlatform(self.platform);
  return progress.during(`${wanted} from ${address}`, async () => {
    const found = await images.resolve(address);
    const image = await images.select(found, self.platform, !self.platformExplicit);
    const platform = formatPlatform(image.platform);
    call.services.stubs.record({ kind: 'pull', reference: address, platform });
    return {
      ...imageState(call, self, image),
      imageReference: `${referenceText(found.reference)}@${found.descriptor.digest}`,
    };
  });
}

/** A container with an image's root and configuration; its tree is unpacked when first read. */
export function imageState(call: Call, self: ContainerState, image: Image): ContainerState {
  const key = deriveKey('image', image.descriptor.digest);
  const { images, trees } = call.services;
  const rootfs: Tree = {
    key,
    base: image,
    root: (signal) => trees.get(key, signal, () => images.rootfs(image)),
  };
  const { execution: _, imageReference: __, ...rest } = self;
  return {
    ...rest,
    platform: image.platform,
    rootfs,
    config: mergeConfigs(self.config, image.config.config ?? {}),
  };
}

function referenceText(reference: { registry: string; repository: string; tag?: string }): string {
  const tag = reference.tag ? `:${reference.tag}` : '';
  return `${reference.registry}/${reference.repository}${tag}`;
}

/** Environment, labels and ports of both, the second winning; the rest is the second's. */
export function mergeConfigs(own: ContainerConfig, config: ContainerConfig): ContainerConfig {
  const env = mergeVariables(own.Env ?? [], config.Env ?? []);
  const labels = { ...own.Labels, ...config.Labels };
  const ports = { ...own.ExposedPorts, ...config.ExposedPorts };
  return {
    ...config,
    ...(env.length > 0 ? { Env: env } : {}),
    ...(Object.keys(labels).length > 0 ? { Labels: labels } : {}),
    ...(Object.keys(ports).length > 0 ? { ExposedPorts: ports } : {}),
  };
}

export const containerOperations: readonly Definition[] = [
  define('Container', 'Query.container', scratch),
  define('Container', 'Container.from', from),
  define('Directory', 'Container.rootfs', async (call) => (await call.self('Container')).rootfs),
  define('Container', 'Container.withRootfs', async (call) => {
    const { imageReference: _, ...rest } = await call.self('Container');
    return { ...rest, rootfs: await call.object('directory', 'Directory') };
  }),
  define('Directory', 'Container.directory', async (call) => {
    const self = await call.self('Container');
    const place = placeOf(self, containerPath(call, self));
    return subtree(call, place.tree, place.path);
  }),
  define('File', 'Container.file', async (call) => {
    const self = await call.self('Container');
    const place = placeOf(self, containerPath(call, self));
    return subfile(call, place.tree, place.path);
  }),
];
