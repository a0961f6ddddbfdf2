/** What every entry point exports besides its own `connect`. */

export { EngineError, type ErrorCode } from '../engine/error.ts';
export { ExecError } from '../engine/exec_error.ts';
export type { Stat } from '../engine/inspect.ts';
export type { ProgressEvent, ProgressListener } from '../engine/progress.ts';
export type { EngineCall, ExecAnswer, ExecMatcher, ExecSubject } from '../engine/stubs.ts';
export type { Fault } from '../image/registry/faults.ts';
export type { Machine, Platform, Terminal } from '../machine/machine.ts';
export { createStubMachine, type StubAnswer, type StubOptions } from '../machine/stub.ts';
export { MemoryStore } from '../store/memory.ts';
export type { ContentStore, Hasher } from '../store/store.ts';
export { Changeset } from './changeset.ts';
export {
  type Configuration,
  defineConfig,
  type GitSource,
  type HttpSource,
  type ImageSource,
  type RootfsSource,
} from './configuration.ts';
export type { Connect, ConnectOptions } from './connect.ts';
export { Container, type NameValue } from './container.ts';
export { Directory } from './directory.ts';
export { Engine, Engine as Client } from './engine.ts';
export { File } from './file.ts';
export { GitRef, GitRepository } from './git.ts';
export { Host, type HostVariable } from './host.ts';
export * from './options.ts';
export { InProcessRegistry, type RegistryBehaviour, registryHost } from './registry.ts';
export { CacheVolume, Secret } from './secret.ts';
export { version } from './version.ts';
