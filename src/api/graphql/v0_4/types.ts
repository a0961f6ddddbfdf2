/** The schema of 0.3.5 to 0.4.2: all its types, joined. */

import type { TypeModule } from '../type_module.ts';
import { container } from './container.ts';
import { directory, project } from './directory.ts';
import { file } from './file.ts';
import { host, hostVariable } from './host.ts';
import { query } from './query.ts';
import {
  cacheVolume,
  envVariable,
  gitRef,
  gitRepository,
  label,
  port,
  secret,
  sharedSdl,
  socket,
} from './values.ts';

export const types04: { readonly [type: string]: TypeModule } = {
  CacheVolume: cacheVolume,
  Container: container,
  Directory: directory,
  EnvVariable: envVariable,
  File: file,
  GitRef: gitRef,
  GitRepository: gitRepository,
  Host: host,
  HostVariable: hostVariable,
  Label: label,
  Port: port,
  Project: project,
  Query: query,
  Secret: secret,
  Socket: socket,
};

export const shared04: readonly string[] = [sharedSdl];
