/** Option objects of the methods; names and shapes are those of the TypeScript Dagger SDK 0.21. */

import type { Container } from './container.ts';
import type { Directory } from './directory.ts';
import type { Secret } from './secret.ts';

/** Exit codes an exec may end with. */
export const ReturnType = { Success: 'SUCCESS', Failure: 'FAILURE', Any: 'ANY' } as const;
export type ReturnType = (typeof ReturnType)[keyof typeof ReturnType];

/** Protocols of a port. */
export const NetworkProtocol = { Tcp: 'TCP', Udp: 'UDP' } as const;
export type NetworkProtocol = (typeof NetworkProtocol)[keyof typeof NetworkProtocol];

export interface ClientContainerOpts {
  /** `os/arch[/variant]`; default: the engine's platform. */
  readonly platform?: string;
}

export interface ContainerWithExecOpts {
  /** Put the entrypoint in front of the arguments. */
  readonly useEntrypoint?: boolean;
  /** Text for standard input; end of file at once without it. */
  readonly stdin?: string;
  /** Path of a file in the container to read standard input from. */
  readonly redirectStdin?: string;
  /** Path in the container to write standard output to. */
  readonly redirectStdout?: string;
  readonly redirectStderr?: string;
  /** Which exit codes are no error; default SUCCESS. */
  readonly expect?: ReturnType;
  /** Replace `$NAME` in arguments and paths by the container's variables. */
  readonly expand?: boolean;
}

export interface PathOpts {
  /** Replace `$NAME` in the path by the container's variables. */
  readonly expand?: boolean;
}

export interface ContainerWithEnvVariableOpts {
  /** Replace `$NAME` in the value by the container's variables. */
  readonly expand?: boolean;
}

export interface WithFileOpts {
  /** Permission bits; default: the source's. */
  readonly permissions?: number;
  /** `user[:group]`, names looked up in the container. */
  readonly owner?: string;
}

export interface ContainerWithFileOpts extends WithFileOpts, PathOpts {}

export interface WithNewFileOpts {
  /** Permission bits; default 0644. */
  readonly permissions?: number;
}

export interface ContainerWithNewFileOpts extends WithNewFileOpts, PathOpts {
  readonly owner?: string;
}

export interface FilterOpts {
  /** Only what matches one of these; default everything. */
  readonly include?: readonly string[];
  /** Not what matches one of these. */
  readonly exclude?: readonly string[];
}

export interface WithDirectoryOpts extends FilterOpts, WithFileOpts {}

export interface ContainerWithDirectoryOpts extends WithDirectoryOpts, PathOpts {}

/** How concurrent commands use one cache volume. */
export const CacheSharingMode = {
  Shared: 'SHARED',
  Private: 'PRIVATE',
  Locked: 'LOCKED',
} as const;
export type CacheSharingMode = (typeof CacheSharingMode)[keyof typeof CacheSharingMode];

export interface CacheVolumeOpts {
  /** Content of a new volume. */
  readonly source?: Directory;
  /** Default of the mounts. */
  readonly sharing?: CacheSharingMode;
  readonly owner?: string;
}

export interface ContainerWithMountedCacheOpts extends PathOpts {
  /** Content of a new volume. */
  readonly source?: Directory;
  /** Default SHARED. */
  readonly sharing?: CacheSharingMode;
  readonly owner?: string;
}

export interface ContainerWithMountedFileOpts extends PathOpts {
  readonly owner?: string;
}

export interface ContainerWithMountedTempOpts extends PathOpts {
  /** Bytes at most. */
  readonly size?: number;
}

export interface ContainerWithMountedSecretOpts extends PathOpts {
  /** Default root. */
  readonly owner?: string;
  /** Permission bits; default 0400. */
  readonly mode?: number;
}

export interface ContainerWithMountedDirectoryOpts extends PathOpts {
  readonly owner?: string;
  readonly readOnly?: boolean;
}

export interface KeepDefaultArgsOpts {
  readonly keepDefaultArgs?: boolean;
}

export interface PortOpts {
  readonly protocol?: NetworkProtocol;
}

export interface ContainerWithExposedPortOpts extends PortOpts {
  readonly description?: string;
  /** Do not wait for the port when the container runs as a service. */
  readonly experimentalSkipHealthcheck?: boolean;
}

/** Whose media types an image has; the longer names are those of older SDKs. */
export const ImageMediaTypes = {
  Docker: 'DOCKER',
  Dockermediatypes: 'DOCKER',
  Oci: 'OCI',
  Ocimediatypes: 'OCI',
} as const;
export type ImageMediaTypes = (typeof ImageMediaTypes)[keyof typeof ImageMediaTypes];

/** How layers are packed; the SDKs know others, which cannot be written here. */
export const ImageLayerCompression = { Gzip: 'GZIP', Uncompressed: 'UNCOMPRESSED' } as const;
export type ImageLayerCompression =
  (typeof ImageLayerCompression)[keyof typeof ImageLayerCompression];

/** Of `publish`, `export` and `asTarball`. */
export interface ImageOpts {
  /** Containers of other platforms that go into the same image. */
  readonly platformVariants?: readonly Container[];
  /** Default OCI. */
  readonly mediaTypes?: ImageMediaTypes;
  /** Packs all layers alike; default: new ones with gzip, the others as they are. */
  readonly forcedCompression?: ImageLayerCompression;
}

export interface ClientHttpOpts {
  /** Default: the last part of the address. */
  readonly name?: string;
  /** Permission bits; default 0600. */
  readonly permissions?: number;
  /** `sha256:…` that the content must have. */
  readonly checksum?: string;
  /** Value of the `Authorization` header. */
  readonly authHeader?: Secret;
}

/** One argument of a Dockerfile. */
export interface BuildArg {
  readonly name: string;
  readonly value: string;
}

export interface DirectoryDockerBuildOpts {
  /** Path from the root of the directory; default `Dockerfile`. */
  readonly dockerfile?: string;
  /** Platform to build for; default: the engine's. */
  readonly platform?: string;
  readonly buildArgs?: readonly BuildArg[];
  /** Name of the stage to build; default: the last one. */
  readonly target?: string;
  /** For `RUN --mount=type=secret`, by their names. */
  readonly secrets?: readonly Secret[];
}

export interface ContainerImportOpts {
  /** Which image of an archive with several. */
  readonly tag?: string;
}

export interface FileContentsOpts {
  /** First line, counted from 0. */
  readonly offsetLines?: number;
  readonly limitLines?: number;
}

export interface DirectoryExportOpts {
  /** Remove what else is in the host's directory. */
  readonly wipe?: boolean;
}

export interface StatOpts {
  readonly doNotFollowSymlinks?: boolean;
}

/** Kinds of nodes that `exists` can ask for. */
export const ExistsType = {
  RegularType: 'REGULAR_TYPE',
  DirectoryType: 'DIRECTORY_TYPE',
  SymlinkType: 'SYMLINK_TYPE',
} as const;
export type ExistsType = (typeof ExistsType)[keyof typeof ExistsType];

export interface ExistsOpts extends StatOpts {
  readonly expectedType?: ExistsType;
}

export interface FileWithReplacedOpts {
  /** Every occurrence instead of the first. */
  readonly all?: boolean;
  /** Line to begin at, counted from 1. */
  readonly firstFrom?: number;
}

export interface ClientGitOpts {
  /** Taken for the SDK's sake: git's own files are never in a tree here. */
  readonly keepGitDir?: boolean;
}

export interface GitRefTreeOpts {
  /** Taken for the SDK's sake: git's own files are never in a tree here. */
  readonly discardGitDir?: boolean;
}
