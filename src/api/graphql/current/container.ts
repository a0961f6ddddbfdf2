/** `Container` in the current schema. */

import { operation } from '../../../engine/operation.ts';
import { Handle } from '../handle.ts';
import type { TypeModule } from '../type_module.ts';

export const container: TypeModule = {
  sdl: `
type Container implements Node & Syncer & Exportable {
  asService(
    args: [String!] = []
    useEntrypoint: Boolean = false
    experimentalPrivilegedNesting: Boolean = false
    insecureRootCapabilities: Boolean = false
    expand: Boolean = false
    noInit: Boolean = false
  ): Service!
  asTarball(
    platformVariants: [ID!] = [] @expectedType(name: "Container")
    forcedCompression: ImageLayerCompression
    mediaTypes: ImageMediaTypes = OCIMediaTypes
  ): File!
  combinedOutput: String!
  defaultArgs: [String!]!
  directory(path: String!, expand: Boolean = false): Directory!
  dockerHealthcheck: HealthcheckConfig!
  entrypoint: [String!]!
  envVariable(name: String!): String
  envVariables: [EnvVariable!]!
  exists(
    path: String!
    expectedType: ExistsType
    doNotFollowSymlinks: Boolean = false
    expand: Boolean = false
  ): Boolean!
  exitCode: Int!
  experimentalWithAllGPUs: Container!
  experimentalWithGPU(devices: [String!]!): Container!
  export(
    path: String!
    platformVariants: [ID!] = [] @expectedType(name: "Container")
    forcedCompression: ImageLayerCompression
    mediaTypes: ImageMediaTypes = OCIMediaTypes
    expand: Boolean = false
  ): String!
  exportImage(
    name: String!
    platformVariants: [ID!] = [] @expectedType(name: "Container")
    forcedCompression: ImageLayerCompression
    mediaTypes: ImageMediaTypes = OCIMediaTypes
  ): Void
  exposedPorts: [Port!]!
  file(path: String!, expand: Boolean = false): File!
  from(address: String!, registryService: ID @expectedType(name: "Service")): Container!
  id: ID!
  imageRef: String!
  import(source: ID! @expectedType(name: "File"), tag: String = ""): Container!
  label(name: String!): String
  labels: [Label!]!
  mounts: [String!]!
  platform: Platform!
  publish(
    address: String!
    platformVariants: [ID!] = [] @expectedType(name: "Container")
    forcedCompression: ImageLayerCompression
    mediaTypes: ImageMediaTypes = OCIMediaTypes
    registryService: ID @expectedType(name: "Service")
  ): String!
  rootfs: Directory!
  stat(path: String!, doNotFollowSymlinks: Boolean = false): Stat!
  stderr: String!
  stdout: String!
  sync: ID! @expectedType(name: "Container")
  terminal(
    cmd: [String!] = []
    experimentalPrivilegedNesting: Boolean = false
    insecureRootCapabilities: Boolean = false
  ): Container!
  up(
    random: Boolean = false
    ports: [PortForward!] = []
    args: [String!] = []
    useEntrypoint: Boolean = false
    experimentalPrivilegedNesting: Boolean = false
    insecureRootCapabilities: Boolean = false
    expand: Boolean = false
    noInit: Boolean = false
  ): Void
  user: String!
  withAnnotation(name: String!, value: String!): Container!
  withDefaultArgs(args: [String!]!): Container!
  withDefaultTerminalCmd(
    args: [String!]!
    experimentalPrivilegedNesting: Boolean = false
    insecureRootCapabilities: Boolean = false
  ): Container!
  withDirectory(
    path: String!
    source: ID! @expectedType(name: "Directory")
    exclude: [String!] = []
    include: [String!] = []
    gitignore: Boolean = false
    owner: String = ""
    expand: Boolean = false
    permissions: Int
  ): Container!
  withDockerHealthcheck(
    args: [String!]!
    shell: Boolean
    interval: String
    timeout: String
    startPeriod: String
    startInterval: String
    retries: Int
  ): Container!
  withEntrypoint(args: [String!]!, keepDefaultArgs: Boolean = false): Container!
  withEnvFileVariables(source: ID! @expectedType(name: "EnvFile")): Container!
  withEnvVariable(name: String!, value: String!, expand: Boolean = false): Container!
  withError(err: String!): Container!
  withExec(
    args: [String!]!
    useEntrypoint: Boolean = false
    stdin: String = ""
    redirectStdin: String = ""
    redirectStdout: String = ""
    redirectStderr: String = ""
    expect: ReturnType = SUCCESS
    experimentalPrivilegedNesting: Boolean = false
    insecureRootCapabilities: Boolean = false
    expand: Boolean = false
    noInit: Boolean = false
  ): Container!
  withExposedPort(
    port: Int!
    protocol: NetworkProtocol = TCP
    description: String
    experimentalSkipHealthcheck: Boolean = false
  ): Container!
  withFile(
    path: String!
    source: ID! @expectedType(name: "File")
    permissions: Int
    owner: String = ""
    expand: Boolean = false
  ): Container!
  withFiles(
    path: String!
    sources: [ID!]! @expectedType(name: "File")
    permissions: Int
    owner: String = ""
    expand: Boolean = false
  ): Container!
  withLabel(name: String!, value: String!): Container!
  withMountedCache(
    path: String!
    cache: ID! @expectedType(name: "CacheVolume")
    source: ID @expectedType(name: "Directory")
    sharing: CacheSharingMode = SHARED
    owner: String = ""
    expand: Boolean = false
  ): Container!
  withMountedDirectory(
    path: String!
    source: ID! @expectedType(name: "Directory")
    owner: String = ""
    readOnly: Boolean = false
    expand: Boolean = false
  ): Container!
  withMountedFile(
    path: String!
    source: ID! @expectedType(name: "File")
    owner: String = ""
    expand: Boolean = false
  ): Container!
  withMountedSecret(
    path: String!
    source: ID! @expectedType(name: "Secret")
    owner: String = ""
    mode: Int = 256
    expand: Boolean = false
  ): Container!
  withMountedTemp(path: String!, size: Int, expand: Boolean = false): Container!
  withMountedVolume(
    path: String!
    volume: ID! @expectedType(name: "Volume")
    readOnly: Boolean = false
    expand: Boolean = false
  ): Container!
  withNewFile(
    path: String!
    contents: String!
    permissions: Int = 420
    owner: String = ""
    expand: Boolean = false
  ): Container!
  withRegistryAuth(
    address: String!
    username: String!
    secret: ID! @expectedType(name: "Secret")
  ): Container!
  withRootfs(directory: ID! @expectedType(name: "Directory")): Container!
  withSecretVariable(name: String!, secret: ID! @expectedType(name: "Secret")): Container!
  withServiceBinding(alias: String!, service: ID! @expectedType(name: "Service")): Container!
  withSymlink(target: String!, linkName: String!, expand: Boolean = false): Container!
  withUnixSocket(
    path: String!
    source: ID! @expectedType(name: "Socket")
    owner: String = ""
    expand: Boolean = false
  ): Container!
  withUser(name: String!): Container!
  withVolatileVariable(name: String!, value: String!): Container!
  withWorkdir(path: String!, expand: Boolean = false): Container!
  withoutAnnotation(name: String!): Container!
  withoutDefaultArgs: Container!
  withoutDirectory(path: String!, expand: Boolean = false): Container!
  withoutDockerHealthcheck: Container!
  withoutEntrypoint(keepDefaultArgs: Boolean = false): Container!
  withoutEnvVariable(name: String!): Container!
  withoutExposedPort(port: Int!, protocol: NetworkProtocol = TCP): Container!
  withoutFile(path: String!, expand: Boolean = false): Container!
  withoutFiles(paths: [String!]!, expand: Boolean = false): Container!
  withoutLabel(name: String!): Container!
  withoutMount(path: String!, expand: Boolean = false): Container!
  withoutRegistryAuth(address: String!): Container!
  withoutSecretVariable(name: String!): Container!
  withoutUnixSocket(path: String!, expand: Boolean = false): Container!
  withoutUser: Container!
  withoutVolatileVariable(name: String!): Container!
  withoutWorkdir: Container!
  workdir: String!
}
`,
  resolvers: {
    // A reference is looked up at once, so that a wrong one fails here; nothing is unpacked.
    async from(source, { address }, { session }) {
      const step = operation('Container.from', {
        self: source.operation,
        address: String(address),
      });
      await session.run((graph, signal) => graph.evaluate('Container', step, signal));
      return new Handle('Container', step);
    },
  },
};
