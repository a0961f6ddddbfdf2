/** The configuration of containers: environment, user, working directory, entrypoint, labels… */

import type { ContainerConfig } from '../image/types.ts';
import { resolveLexically } from '../rootfs/path.ts';
import { type Call, type Definition, define } from './definition.ts';
import { expandVariables, getVariable, removeVariable, setVariable } from './environment.ts';
import { EngineError } from './error.ts';
import type { ContainerState } from './state.ts';

type Change = (config: ContainerConfig, call: Call) => ContainerConfig;

/** An operation that only changes the configuration. */
function configures(name: string, change: Change): Definition {
  return define('Container', `Container.${name}`, async (call) => {
    const { imageReference: _, ...rest } = await call.self('Container');
    return { ...rest, config: change(rest.config, call) };
  });
}

/** Leaves out keys; an image configuration has no explicit undefined. */
function without(config: ContainerConfig, ...names: (keyof ContainerConfig)[]): ContainerConfig {
  const entries = Object.entries(config).filter(
    ([name]) => !names.includes(name as keyof ContainerConfig),
  );
  return Object.fromEntries(entries);
}

function withVariable(config: ContainerConfig, call: Call): ContainerConfig {
  const name = call.text('name');
  if (name === '' || name.includes('=') || name.includes('\0')) {
    throw new EngineError('ARGUMENT_INVALID', `"${name}" cannot name an environment variable`, {
      remedy: 'use a name without "="',
    });
  }
  const env = config.Env ?? [];
  const given = call.text('value');
  const value = call.flag('expand') ? expandVariables(given, env) : given;
  return { ...config, Env: setVariable(env, name, value) };
}

function withEntrypoint(config: ContainerConfig, call: Call): ContainerConfig {
  const kept = call.flag('keepDefaultArgs') ? config : without(config, 'Cmd');
  return { ...kept, Entrypoint: call.texts('args') };
}

function withWorkdir(config: ContainerConfig, call: Call): ContainerConfig {
  const given = call.text('path');
  const path = call.flag('expand') ? expandVariables(given, config.Env ?? []) : given;
  return { ...config, WorkingDir: resolveLexically(config.WorkingDir || '/', path) };
}

function portKey(call: Call): string {
  const port = call.integer('port');
  if (port === undefined || port < 1 || port > 65_535) {
    throw new EngineError('ARGUMENT_INVALID', `${port} is not a port`, {
      remedy: 'use a number from 1 to 65535',
    });
  }
  return `${port}/${call.text('protocol', 'TCP').toLowerCase()}`;
}

/** A record without one key. */
function omit<T>(record: Readonly<Record<string, T>> | undefined, key: string): Record<string, T> {
  return Object.fromEntries(Object.entries(record ?? {}).filter(([name]) => name !== key));
}

export const configOperations: readonly Definition[] = [
  configures('withEnvVariable', withVariable),
  configures('withoutEnvVariable', (config, call) => ({
    ...config,
    Env: removeVariable(config.Env ?? [], call.text('name')),
  })),
  configures('withWorkdir', withWorkdir),
  configures('withoutWorkdir', (config) => without(config, 'WorkingDir')),
  configures('withUser', (config, call) => ({ ...config, User: call.text('name') })),
  configures('withoutUser', (config) => without(config, 'User')),
  configures('withEntrypoint', withEntrypoint),
  configures('withoutEntrypoint', (config, call) =>
    call.flag('keepDefaultArgs')
      ? without(config, 'Entrypoint')
      : without(config, 'Entrypoint', 'Cmd'),
  ),
  configures('withDefaultArgs', (config, call) => ({ ...config, Cmd: call.texts('args') })),
  configures('withoutDefaultArgs', (config) => without(config, 'Cmd')),
  configures('withLabel', (config, call) => ({
    ...config,
    Labels: { ...config.Labels, [call.text('name')]: call.text('value') },
  })),
  configures('withoutLabel', (config, call) => ({
    ...config,
    Labels: omit(config.Labels, call.text('name')),
  })),
  configures('withExposedPort', (config, call) => ({
    ...config,
    ExposedPorts: { ...config.ExposedPorts, [portKey(call)]: {} },
  })),
  configures('withoutExposedPort', (config, call) => ({
    ...config,
    ExposedPorts: omit(config.ExposedPorts, portKey(call)),
  })),
  define('Container', 'Container.withAnnotation', async (call) => {
    const self = await call.self('Container');
    const annotation = { [call.text('name')]: call.text('value') };
    return { ...self, annotations: { ...self.annotations, ...annotation } };
  }),
  define('Container', 'Container.withoutAnnotation', async (call) => {
    const self = await call.self('Container');
    return { ...self, annotations: omit(self.annotations, call.text('name')) };
  }),
];

/** A variable as users of the API see it. */
export interface Variable {
  readonly name: string;
  readonly value: string;
}

/** The environment of a container, in order. */
export function variablesOf(state: ContainerState): Variable[] {
  return (state.config.Env ?? []).map((entry) => {
    const equals = entry.indexOf('=');
    return { name: entry.slice(0, equals), value: entry.slice(equals + 1) };
  });
}

/** One variable, or undefined. */
export function variableOf(state: ContainerState, name: string): string | undefined {
  return getVariable(state.config.Env ?? [], name);
}
