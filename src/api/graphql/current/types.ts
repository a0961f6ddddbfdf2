/** The current schema (0.21): all its types, joined. A new type is one more line here. */

import type { TypeModule } from '../type_module.ts';
import { address } from './address.ts';
import { cacheVolume } from './cache_volume.ts';
import { changeset } from './changeset.ts';
import { container } from './container.ts';
import { diffStat } from './diff_stat.ts';
import { directory } from './directory.ts';
import { engine } from './engine.ts';
import { envFile } from './env_file.ts';
import { envVariable } from './env_variable.ts';
import { error } from './error.ts';
import { errorValue } from './error_value.ts';
import { file } from './file.ts';
import { gitRef } from './git_ref.ts';
import { gitRepository } from './git_repository.ts';
import { healthcheckConfig } from './healthcheck_config.ts';
import { host } from './host.ts';
import { jsonValue } from './json_value.ts';
import { label } from './label.ts';
import { modulesSdl } from './modules.ts';
import { port } from './port.ts';
import { query } from './query.ts';
import { searchResult } from './search_result.ts';
import { searchSubmatch } from './search_submatch.ts';
import { secret } from './secret.ts';
import { service } from './service.ts';
import { sharedSdl } from './shared.ts';
import { socket } from './socket.ts';
import { stat } from './stat.ts';
import { terminal } from './terminal.ts';

export const currentTypes: { readonly [type: string]: TypeModule } = {
  Address: address,
  CacheVolume: cacheVolume,
  Changeset: changeset,
  Container: container,
  DiffStat: diffStat,
  Directory: directory,
  Engine: engine,
  EnvFile: envFile,
  EnvVariable: envVariable,
  Error: error,
  ErrorValue: errorValue,
  File: file,
  GitRef: gitRef,
  GitRepository: gitRepository,
  HealthcheckConfig: healthcheckConfig,
  Host: host,
  JSONValue: jsonValue,
  Label: label,
  Port: port,
  Query: query,
  SearchResult: searchResult,
  SearchSubmatch: searchSubmatch,
  Secret: secret,
  Service: service,
  Socket: socket,
  Stat: stat,
  Terminal: terminal,
};

/** Definitions without resolvers of their own. */
export const currentShared: readonly string[] = [sharedSdl, modulesSdl];
