/** Reads manifests, indexes and configurations from bytes that may hold anything. */

import { EngineError } from '../engine/error.ts';
import { isDigest } from '../store/hash.ts';
import { documentBytesMax, indexEntriesMax, layersMax } from './limits.ts';
import { isConfigType, isIndexType, layerCompression } from './media_types.ts';
import type { BlobSource, Descriptor, ImageConfig, Index, Manifest } from './types.ts';

type Json = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** An image whose documents break the specification. */
export function invalidImage(what: string, why: string, cause?: unknown): EngineError {
  return new EngineError('IMAGE_INVALID', `${what}: ${why}`, {
    remedy: 'the image breaks the OCI image specification: build or fetch it anew',
    cause,
  });
}

function parseObject(bytes: Uint8Array, what: string): Json {
  if (bytes.length > documentBytesMax) {
    throw invalidImage(what, `longer than documentBytesMax (${documentBytesMax})`);
  }
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw invalidImage(what, 'it is no JSON', cause);
  }
  if (!isObject(value)) throw invalidImage(what, 'it is no JSON object');
  return value;
}

function checkStrings(value: unknown, what: string): void {
  if (value === undefined) return;
  if (!isObject(value) || Object.values(value).some((item) => typeof item !== 'string')) {
    throw invalidImage(what, 'it has something else than strings where names are mapped to texts');
  }
}

function checkDescriptor(value: unknown, what: string): asserts value is Descriptor {
  if (!isObject(value)) throw invalidImage(what, 'a descriptor is no object');
  const { mediaType, digest, size, platform, annotations } = value;
  if (typeof mediaType !== 'string') throw invalidImage(what, 'a descriptor has no mediaType');
  if (typeof digest !== 'string' || !isDigest(digest)) {
    throw invalidImage(what, `a descriptor has no sha256 digest but ${JSON.stringify(digest)}`);
  }
  if (typeof size !== 'number' || !Number.isSafeInteger(size) || size < 0) {
    throw invalidImage(what, `the descriptor of ${digest} has no size`);
  }
  checkStrings(annotations, what);
  if (platform === undefined) return;
  if (!isObject(platform)) throw invalidImage(what, 'a platform is no object');
  const { os, architecture, variant } = platform;
  const version = platform['os.version'];
  const texts = [os, architecture, variant ?? '', version ?? ''];
  if (texts.some((text) => typeof text !== 'string')) {
    throw invalidImage(what, `the platform of ${digest} has a field that is no text`);
  }
}

function checkVersion(value: Json, what: string): void {
  if (value.schemaVersion !== 2) {
    throw invalidImage(what, `its schemaVersion is ${JSON.stringify(value.schemaVersion)}, not 2`);
  }
}

/** Parses and checks a manifest. Throws IMAGE_INVALID. */
export function parseManifest(bytes: Uint8Array, what: string): Manifest {
  const value = parseObject(bytes, what);
  checkVersion(value, what);
  checkDescriptor(value.config, what);
  if (!Array.isArray(value.layers)) throw invalidImage(what, 'it has no layers');
  if (value.layers.length > layersMax) {
    throw invalidImage(what, `it has more than layersMax (${layersMax}) layers`);
  }
  for (const layer of value.layers) checkDescriptor(layer, what);
  if (value.subject !== undefined) checkDescriptor(value.subject, what);
  checkStrings(value.annotations, what);
  return value as unknown as Manifest;
}

/** Parses and checks an index. Throws IMAGE_INVALID. */
export function parseIndex(bytes: Uint8Array, what: string): Index {
  const value = parseObject(bytes, what);
  checkVersion(value, what);
  if (!Array.isArray(value.manifests)) throw invalidImage(what, 'it has no manifests');
  if (value.manifests.length > indexEntriesMax) {
    throw invalidImage(what, `it has more than indexEntriesMax (${indexEntriesMax}) entries`);
  }
  for (const entry of value.manifests) checkDescriptor(entry, what);
  if (value.subject !== undefined) checkDescriptor(value.subject, what);
  checkStrings(value.annotations, what);
  return value as unknown as Index;
}

const isTexts = (value: unknown): boolean =>
  Array.isArray(value) && value.every((item) => typeof item === 'string');

function checkContainerConfig(config: unknown, what: string): void {
  if (config === undefined || config === null) return;
  if (!isObject(config)) throw invalidImage(what, 'its config is no object');
  for (const key of ['Env', 'Entrypoint', 'Cmd'] as const) {
    const value = config[key];
    if (value !== undefined && value !== null && !isTexts(value)) {
      throw invalidImage(what, `${key} is no list of texts`);
    }
  }
  for (const key of ['User', 'WorkingDir', 'StopSignal'] as const) {
    const value = config[key];
    if (value !== undefined && value !== null && typeof value !== 'string') {
      throw invalidImage(what, `${key} is no text`);
    }
  }
  if (config.Labels !== null) checkStrings(config.Labels, what);
}

/** Parses and checks an image configuration. Throws IMAGE_INVALID. */
export function parseConfig(bytes: Uint8Array, what: string): ImageConfig {
  const value = parseObject(bytes, what);
  if (typeof value.os !== 'string' || typeof value.architecture !== 'string') {
    throw invalidImage(what, 'it does not say its os and architecture');
  }
  for (const key of ['variant', 'os.version'] as const) {
    if (value[key] !== undefined && typeof value[key] !== 'string') {
      throw invalidImage(what, `its ${key} is no text`);
    }
  }
  const { rootfs } = value;
  if (!isObject(rootfs) || !Array.isArray(rootfs.diff_ids ?? [])) {
    throw invalidImage(what, 'it has no rootfs');
  }
  const diffIds = (rootfs.diff_ids ?? []) as unknown[];
  if (!diffIds.every((id) => typeof id === 'string' && isDigest(id))) {
    throw invalidImage(what, 'a diff_id is no sha256 digest');
  }
  checkContainerConfig(value.config, what);
  return { ...value, rootfs: { type: 'layers', diff_ids: diffIds } } as unknown as ImageConfig;
}

/** Reads a manifest and its configuration, and checks that they fit together. */
export async function readImageDocuments(
  source: BlobSource,
  descriptor: Descriptor,
): Promise<{ manifest: Manifest; config: ImageConfig }> {
  const what = `manifest ${descriptor.digest}`;
  const manifest = parseManifest(await source.read(descriptor), what);
  if (!isConfigType(manifest.config.mediaType)) {
    throw invalidImage(what, `it describes no image but ${manifest.config.mediaType}`);
  }
  for (const layer of manifest.layers) {
    if (layerCompression(layer.mediaType) === undefined) {
      throw invalidImage(what, `layer ${layer.digest} has the unknown type ${layer.mediaType}`);
    }
  }
  const config = parseConfig(
    await source.read(manifest.config),
    `image configuration ${manifest.config.digest}`,
  );
  if (config.rootfs.diff_ids.length !== manifest.layers.length) {
    const { length } = manifest.layers;
    throw invalidImage(what, `${length} layers, but ${config.rootfs.diff_ids.length} diff_ids`);
  }
  return { manifest, config };
}

/** Reads an index. */
export async function readIndex(source: BlobSource, descriptor: Descriptor): Promise<Index> {
  if (!isIndexType(descriptor.mediaType)) throw new Error(`no index: ${descriptor.mediaType}`);
  return parseIndex(await source.read(descriptor), `index ${descriptor.digest}`);
}

const encoder = new TextEncoder();

/** The bytes of a document. Keys keep the order in which the object has them. */
export function encodeDocument(document: Manifest | Index | ImageConfig): Uint8Array {
  return encoder.encode(JSON.stringify(document));
}
