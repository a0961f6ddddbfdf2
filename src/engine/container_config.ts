/** The configuration of containers: environment, user, working directory, entrypoint, labels… */

import type { ContainerConfig } from '../image/types.ts';
import { resolveLexically } from '../rootfs/path.ts';
import { type Call, type Definition, define } from './definition.ts';
import { getVariable, removeVariable, setVariable } from './environment.ts';
import { EngineError } from './error.ts';
import { expanded } from './place.ts';
import type { ContainerState, PortDetails } from './state.ts';

type Change = (config: ContainerConfig, call: Call, state: ContainerState) => ContainerConfig;

/** An operation that only changes the configuration. */
function configures(name: string, change: Change): Definition {
  return define('Container', `Container.${name}`, async (call) => {
    const { imageReference: _, ...rest } = await call.self('Container');
    return { ...rest, config: change(rest.config, call, rest) };
  });
}

/** Leaves out keys; an image configuration has no explicit undefined. */
function without(config: ContainerConfig, ...names: (keyof ContainerConfig)[]): ContainerConfig {
  const entries = Object.entries(config).filter(
    ([name]) => !names.includes(name as keyof ContainerConfig),
  );
  return Object.fromEntries(entries);
}

/** The name of a variable, checked. */
export function variableName(call: Call): string {
  const name = call.text('name');
  if (name !== '' && !name.includes('=') && !name.includes('\0')) return name;
  throw new EngineError('ARGUMENT_INVALID', `"${name}" cannot name an environment variable`, {
    remedy: 'use a name without "="',
  });
}

function withVariable(config: ContainerConfig, call: Call, state: ContainerState): ContainerConfig {
  const value = expanded(call, state, call.text('value'));
  return { ...config, Env: setVariable(config.Env ?? [], variableName(call), value) };
}

function withEntrypoint(config: ContainerConfig, call: Call): ContainerConfig {
  const kept = call.flag('keepDefaultArgs') ? config : without(config, 'Cmd');
  return { ...kept, Entrypoint: call.texts('args') };
}

function withWorkdir(config: ContainerConfig, call: Call, state: ContainerState): ContainerConfig {
  const path = expanded(call, state, call.text('path'));
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
  define('Container', 'Container.withExposedPort', async (call) => {
    const { imageReference: _, ...rest } = await call.self('Container');
    const key = portKey(call);
    const details: PortDetails = {
      ...(call.has('description') ? { description: call.text('description') } : {}),
      ...(call.flag('experimentalSkipHealthcheck') ? { skipHealthcheck: true } : {}),
    };
    const config = { ...rest.config, ExposedPorts: { ...rest.config.ExposedPorts, [key]: {} } };
    return { ...rest, config, portDetails: { ...rest.portDetails, [key]: details } };
  }),
  define('Container', 'Container.withVolatileVariable', async (call) => {
    const self = await call.self('Container');
    const env = setVariable(self.volatileVariables, variableName(call), call.text('value'));
    return { ...self, volatileVariables: env };
  }),
  define('Container', 'Container.withoutVolatileVariable', async (call) => {
    const self = await call.self('Container');
    return {
      ...self,
      volatileVariables: removeVariable(self.volatileVariables, call.text('name')),
    };
  }),
  define('Container', 'Container.withSecretVariable', async (call) => {
    const self = await call.self('Container');
    const name = variableName(call);
    const secret = await call.object('secret', 'Secret');
    const others = self.secretVariables.filter((variable) => variable.name !== name);
    return { ...self, secretVariables: [...others, { name, secret }] };
  }),
  define('Container', 'Container.withoutSecretVariable', async (call) => {
    const self = await call.self('Container');
    const name = call.text('name');
    const others = self.secretVariables.filter((variable) => variable.name !== name);
    return { ...self, secretVariables: others };
  }),
  define('Container', 'Container.withError', async (call) => {
    const message = call.text('err');
    if (message !== '') throw new EngineError('RAISED', message);
    return call.self('Container');
  }),
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

/** An exposed port as users of the API see it. */
export interface ExposedPort extends PortDetails {
  readonly port: number;
  readonly protocol: 'TCP' | 'UDP';
}

/** The exposed ports, by number. */
export function portsOf(state: ContainerState): ExposedPort[] {
  return Object.keys(state.config.ExposedPorts ?? {})
    .map((key): ExposedPort => {
      const [port, protocol] = key.split('/');
      const name = protocol === 'udp' ? 'UDP' : 'TCP';
      return { port: Number(port), protocol: name, ...state.portDetails[key] };
    })
    .sort((a, b) => a.port - b.port || (a.protocol < b.protocol ? -1 : 1));
}
