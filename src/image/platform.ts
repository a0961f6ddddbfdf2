/**
 * Platform strings and matching, after containerd's `platforms` package: what Dagger's engines
 * parse
 * and print.
 */

import { EngineError } from '../engine/error.ts';
import type { Platform } from '../machine/machine.ts';
import type { PlatformDocument } from './types.ts';

/** What a string that names only half a platform is completed with. Fixed, so runs agree. */
export const platformDefault: Platform = { os: 'linux', architecture: 'amd64' };

/** Longest platform string looked at, in characters. */
export const platformCharactersMax = 255;

/** Operating systems the Go toolchain has (`internal/syslist`), as containerd's `isKnownOS`. */
const knownOperatingSystems: ReadonlySet<string> = new Set(
  (
    'aix android darwin dragonfly freebsd hurd illumos ios js linux nacl netbsd openbsd plan9 ' +
    'solaris wasi wasip1 windows zos'
  ).split(' '),
);

/** Architectures the Go toolchain has, as containerd's `isKnownArch`. */
const knownArchitectures: ReadonlySet<string> = new Set(
  (
    '386 amd64 amd64p32 arm armbe arm64 arm64be loong64 mips mipsle mips64 mips64le mips64p32 ' +
    'mips64p32le ppc ppc64 ppc64le riscv riscv64 s390 s390x sparc sparc64 wasm'
  ).split(' '),
);

const component = /^[A-Za-z0-9_.-]+$/;
/** `OS` or `OS(VERSION)`, containerd 2's notation of a Windows version. */
const systemComponent = /^([A-Za-z0-9_-]+)(?:\(([A-Za-z0-9_.-]*)\))?$/;

/** What containerd says of a part that does not match; Go's `%q` doubles backslashes. */
const mustMatch = (what: string, pattern: RegExp): string =>
  `${what} specifier component must match ${JSON.stringify(pattern.source)}`;

function unknown(message: string): EngineError {
  return new EngineError('PLATFORM_UNKNOWN', `${message}: invalid argument`, {
    remedy: 'write OS/ARCHITECTURE[/VARIANT], for example linux/arm64 or linux/arm/v7',
  });
}

function normalizeSystem(os: string): string {
  const lower = os.toLowerCase();
  return lower === 'macos' ? 'darwin' : lower;
}

/** containerd `normalizeArch`: aliases, and variants that say nothing dropped. */
function normalizeArchitecture(name: string, variantName: string): [string, string] {
  const architecture = name.toLowerCase();
  const variant = variantName.toLowerCase();
  switch (architecture) {
    case 'i386':
      return ['386', ''];
    case 'x86_64':
    case 'x86-64':
    case 'amd64':
      return ['amd64', variant === 'v1' ? '' : variant];
    case 'aarch64':
    case 'arm64':
      if (variant === '8' || variant === 'v8' || variant === 'v8.0') return ['arm64', ''];
      return ['arm64', variant === '9' || variant === 'v9.0' ? 'v9' : variant];
    case 'armhf':
      return ['arm', 'v7'];
    case 'armel':
      return ['arm', 'v6'];
    case 'arm':
      if (variant === '') return ['arm', 'v7'];
      return ['arm', /^[5-8]$/.test(variant) ? `v${variant}` : variant];
    default:
      return [architecture, variant];
  }
}

function make(os: string, architecture: string, variant: string, osVersion: string): Platform {
  return {
    os,
    architecture,
    ...(variant === '' ? {} : { variant }),
    ...(osVersion === '' ? {} : { osVersion }),
  };
}

/** `arm` is printed without the variant it has by default, unless that was written out. */
function withoutImpliedVariant(architecture: string, variant: string): string {
  return architecture === 'arm' && variant === 'v7' ? '' : variant;
}

/**
 * Parses a platform string as containerd does: `linux`, `arm64`, `linux/arm64`, `linux/arm/v7`,
 * `windows(10.0.17763)/amd64`. Two or more parts are not compared with a list of known names.
 *
 * @throws EngineError PLATFORM_UNKNOWN
 */
export function parsePlatform(text: string, defaults: Platform = platformDefault): Platform {
  const shown = JSON.stringify(text.slice(0, platformCharactersMax));
  if (text.length > platformCharactersMax) {
    throw unknown(`${shown}…: longer than platformCharactersMax (${platformCharactersMax})`);
  }
  if (text.includes('*')) throw unknown(`${shown}: wildcards not yet supported`);
  const parts = text.split('/');
  if (parts.length > 3) throw unknown(`${shown}: cannot parse platform specifier`);
  const first = systemComponent.exec(parts[0] ?? '');
  if (!first) {
    const rule = mustMatch('OSAndVersion', systemComponent);
    throw unknown(`${JSON.stringify(parts[0])} is an invalid OS component of ${shown}: ${rule}`);
  }
  for (const part of parts.slice(1)) {
    if (!component.test(part)) {
      const rule = mustMatch('platform', component);
      throw unknown(`${JSON.stringify(part)} is an invalid component of ${shown}: ${rule}`);
    }
  }
  const os = normalizeSystem(first[1] ?? '');
  const osVersion = first[2] ?? '';
  if (parts.length === 1) {
    if (knownOperatingSystems.has(os)) {
      return make(os, defaults.architecture, defaults.variant ?? '', osVersion);
    }
    const [architecture, variant] = normalizeArchitecture(parts[0] ?? '', '');
    if (knownArchitectures.has(architecture)) {
      return make(defaults.os, architecture, withoutImpliedVariant(architecture, variant), '');
    }
    throw unknown(`${shown}: unknown operating system or architecture`);
  }
  const [architecture, variant] = normalizeArchitecture(parts[1] ?? '', parts[2] ?? '');
  if (parts.length === 2) {
    return make(os, architecture, withoutImpliedVariant(architecture, variant), osVersion);
  }
  // containerd spells the variant of arm64 out where one was written.
  const spelled = architecture === 'arm64' && variant === '' ? 'v8' : variant;
  return make(os, architecture, spelled, osVersion);
}

/** `os/architecture[/variant]`, as Dagger's Platform scalar prints it. */
export function formatPlatform(platform: Platform): string {
  const { os, architecture, variant } = platform;
  return variant ? `${os}/${architecture}/${variant}` : `${os}/${architecture}`;
}

/** `formatPlatform` with the version of the operating system, for telling variants apart. */
export function formatPlatformFully(platform: Platform): string {
  const version = platform.osVersion ? `(${platform.osVersion})` : '';
  return formatPlatform({ ...platform, os: platform.os + version });
}

/** The form in which two names of one platform are equal: containerd's `Normalize`. */
export function normalizePlatform(platform: Platform): Platform {
  const [architecture, variant] = normalizeArchitecture(
    platform.architecture,
    platform.variant ?? '',
  );
  return make(normalizeSystem(platform.os), architecture, variant, platform.osVersion ?? '');
}

/** The platform a descriptor or an image configuration declares. */
export function platformOf(document: PlatformDocument): Platform {
  return make(
    document.os,
    document.architecture,
    document.variant ?? '',
    document['os.version'] ?? '',
  );
}

/** The fields of a descriptor or a configuration for a platform. */
export function platformDocument(platform: Platform): PlatformDocument {
  return {
    architecture: platform.architecture,
    os: platform.os,
    ...(platform.osVersion ? { 'os.version': platform.osVersion } : {}),
    ...(platform.variant ? { variant: platform.variant } : {}),
  };
}

/** `v7` → v7, v6, v5: an older ARM program runs on a newer core. */
function armVariants(variant: string): string[] {
  const number = /^v([5-8])$/.exec(variant);
  if (!number) return [variant];
  const variants: string[] = [];
  for (let n = Number(number[1]); n >= 5; n--) variants.push(`v${n}`);
  return variants;
}

/**
 * What may stand in for a platform, best first: containerd's `platformVector`, which `amd64` ends
 * with 386, and `arm64` with 32-bit ARM.
 */
export function acceptablePlatforms(platform: Platform): Platform[] {
  const wanted = normalizePlatform(platform);
  const { os, osVersion = '' } = wanted;
  const variant = wanted.variant ?? '';
  const of = (architecture: string, variants: readonly string[]): Platform[] =>
    variants.map((name) => make(os, architecture, name, osVersion));
  switch (wanted.architecture) {
    case 'amd64': {
      const number = /^v([2-9])$/.exec(variant);
      const variants = number || variant === '' ? [] : [variant];
      for (let n = Number(number?.[1] ?? 1); n >= 2; n--) variants.push(`v${n}`);
      return [...of('amd64', [...variants, '']), ...of('386', [''])];
    }
    case 'arm':
      return of('arm', armVariants(variant));
    case 'arm64': {
      const variants = variant === '' ? [''] : [variant, ''];
      return [...of('arm64', variants), ...of('arm', armVariants('v8'))];
    }
    default:
      return [wanted];
  }
}

/** Windows images run on the build they were made for: the first three numbers agree. */
function versionAccepts(wanted: string | undefined, have: string | undefined): boolean {
  if (!wanted || !have) return true;
  const build = (version: string): string => version.split('.').slice(0, 3).join('.');
  return build(wanted) === build(have);
}

/**
 * The candidate that serves a platform best, or undefined. Equal candidates: the first one wins, as
 * in containerd.
 */
export function choosePlatform<T>(
  wanted: Platform,
  candidates: readonly T[],
  of: (candidate: T) => Platform | undefined,
): T | undefined {
  for (const acceptable of acceptablePlatforms(wanted)) {
    for (const candidate of candidates) {
      const declared = of(candidate);
      if (!declared) continue;
      const have = normalizePlatform(declared);
      if (have.os !== acceptable.os || have.architecture !== acceptable.architecture) continue;
      if ((have.variant ?? '') !== (acceptable.variant ?? '')) continue;
      if (versionAccepts(acceptable.osVersion, have.osVersion)) return candidate;
    }
  }
  return undefined;
}
