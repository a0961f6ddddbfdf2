/** All kinds of operations, by name. A new family is added to the list here. */

import { cacheOperations } from './cache.ts';
import { changesetOperations } from './changeset.ts';
import { containerOperations } from './container.ts';
import { configOperations } from './container_config.ts';
import { containerFileOperations } from './container_files.ts';
import { mountOperations } from './container_mounts.ts';
import type { Definition } from './definition.ts';
import { directoryOperations } from './directory.ts';
import { dockerBuildOperations } from './dockerfile_build.ts';
import { dockerfileCopyOperations } from './dockerfile_copy.ts';
import { execOperations } from './exec.ts';
import { fileOperations } from './file.ts';
import { gitOperations } from './git.ts';
import { hostOperations } from './host.ts';
import { httpOperations } from './http.ts';
import { archiveOperations } from './publish.ts';
import { registryAuthOperations } from './registry_auth.ts';
import { secretOperations } from './secret.ts';

const families: readonly (readonly Definition[])[] = [
  containerOperations,
  configOperations,
  containerFileOperations,
  mountOperations,
  execOperations,
  directoryOperations,
  fileOperations,
  hostOperations,
  archiveOperations,
  cacheOperations,
  secretOperations,
  registryAuthOperations,
  changesetOperations,
  httpOperations,
  gitOperations,
  dockerfileCopyOperations,
  dockerBuildOperations,
];

/** Definitions by kind. */
export const definitions: ReadonlyMap<string, Definition> = collect();

function collect(): Map<string, Definition> {
  const byKind = new Map<string, Definition>();
  for (const definition of families.flat()) {
    if (byKind.has(definition.kind)) throw new Error(`${definition.kind} is defined twice`);
    byKind.set(definition.kind, definition);
  }
  return byKind;
}
