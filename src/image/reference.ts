/** Image references: the grammar of distribution/reference and Docker's normalisation. */

import { EngineError } from '../engine/error.ts';
import { isDigest } from '../store/hash.ts';
import type { Digest } from '../store/store.ts';

/** Longest path in a registry, in characters (distribution `RepositoryNameTotalLengthMax`). */
export const repositoryCharactersMax = 255;
/** Longest reference looked at: a repository, a tag of 128 and a digest of 71 characters. */
export const referenceCharactersMax = 512;

/** A normalised reference: always a registry, and a tag where there is no digest. */
export interface Reference {
  /** Host and perhaps port: `docker.io`, `127.0.0.1:5000`. */
  readonly registry: string;
  /** Path in the registry: `library/busybox`. */
  readonly repository: string;
  readonly tag?: string;
  readonly digest?: Digest;
}

const alphanumeric = '[a-z0-9]+';
const separator = '(?:[._]|__|[-]+)';
const pathComponent = `${alphanumeric}(?:${separator}${alphanumeric})*`;
const domainComponent = '(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])';
const domainName = `${domainComponent}(?:\\.${domainComponent})*`;
const ipv6 = '\\[(?:[a-fA-F0-9:]+)\\]';
const domain = `(?:${domainName}|${ipv6})(?::[0-9]+)?`;
const remoteName = `${pathComponent}(?:/${pathComponent})*`;
const tag = '\\w[\\w.-]{0,127}';
const digest = '[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}';
const grammar: RegExp = new RegExp(
  `^((?:(${domain})/)?(${remoteName}))(?::(${tag}))?(?:@(${digest}))?$`,
);

const dockerHub = 'docker.io';
/** The name Docker Hub had before. */
const dockerHubLegacy = 'index.docker.io';

function invalid(text: string, why: string): EngineError {
  const shown = JSON.stringify(text.slice(0, referenceCharactersMax));
  return new EngineError('REFERENCE_INVALID', `${shown} is not an image reference: ${why}`, {
    remedy: 'write [REGISTRY/]NAME[:TAG][@sha256:DIGEST], for example busybox:latest',
  });
}

/**
 * Puts the default registry in front of a familiar name (`splitDockerDomain` of distribution): the
 * first part is a registry only if it has a dot, a colon, an upper-case letter, or is `localhost`.
 */
function withRegistry(text: string): string {
  const slash = text.indexOf('/');
  const first = slash < 0 ? '' : text.slice(0, slash);
  const isRegistry =
    slash >= 0 && (/[.:]/.test(first) || first === 'localhost' || first.toLowerCase() !== first);
  let registry = isRegistry ? first : dockerHub;
  let rest = isRegistry ? text.slice(slash + 1) : text;
  if (registry === dockerHubLegacy) registry = dockerHub;
  const name = rest.split(/[:@]/)[0] ?? '';
  if (registry === dockerHub && !name.includes('/')) rest = `library/${rest}`;
  return `${registry}/${rest}`;
}

/** Why the grammar refused a text, in the words of distribution where it has some. */
function reasonOf(text: string, normalised: string): string {
  if (text === '') return 'invalid reference format: it is empty';
  const name = normalised.slice(normalised.indexOf('/') + 1).split(/[:@]/)[0] ?? '';
  if (name !== name.toLowerCase()) {
    return `invalid reference format: repository name (${name}) must be lowercase`;
  }
  return 'invalid reference format';
}

/** Only sha256 is served; distribution's words where it refuses a digest too. */
function whyNotDigest(digestText: string): string {
  if (digestText.startsWith('sha256:')) {
    const isShort = digestText.length !== 'sha256:'.length + 64;
    return isShort ? 'invalid checksum digest length' : 'invalid checksum digest format';
  }
  return 'unsupported digest algorithm: it is not sha256';
}

/**
 * Parses and normalises: `busybox` → `docker.io/library/busybox:latest`.
 *
 * @throws EngineError REFERENCE_INVALID
 */
export function parseReference(text: string): Reference {
  if (text.length > referenceCharactersMax) {
    throw invalid(text, `longer than referenceCharactersMax (${referenceCharactersMax})`);
  }
  if (/^[0-9a-f]{64}$/.test(text)) {
    throw invalid(
      text,
      `invalid repository name (${text}), cannot specify 64-byte hexadecimal strings`,
    );
  }
  const normalised = withRegistry(text);
  const match = text === '' ? null : grammar.exec(normalised);
  if (!match?.[2] || !match[3]) throw invalid(text, reasonOf(text, normalised));
  const [, , registry, repository, tagName, digestText] = match;
  if (repository.length > repositoryCharactersMax) {
    throw invalid(
      text,
      `repository name must not be more than ${repositoryCharactersMax} characters`,
    );
  }
  if (digestText !== undefined && !isDigest(digestText)) {
    throw invalid(text, whyNotDigest(digestText));
  }
  return {
    registry,
    repository,
    ...(tagName === undefined ? {} : { tag: tagName }),
    ...(digestText === undefined ? {} : { digest: digestText }),
    ...(tagName === undefined && digestText === undefined ? { tag: 'latest' } : {}),
  };
}

/** The full form: `docker.io/library/busybox:latest@sha256:…`. */
export function formatReference(reference: Reference): string {
  const { registry, repository, tag: tagName, digest: digestText } = reference;
  const tagged = tagName === undefined ? '' : `:${tagName}`;
  const pinned = digestText === undefined ? '' : `@${digestText}`;
  return `${registry}/${repository}${tagged}${pinned}`;
}
