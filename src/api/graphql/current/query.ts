/** `Query` in the current schema. */

import { setSecret } from '../../../engine/secret.ts';
import { formatPlatform } from '../../../image/platform.ts';
import { version } from '../../version.ts';
import { Handle, handleOf } from '../handle.ts';
import type { TypeModule } from '../type_module.ts';

export const query: TypeModule = {
  sdl: `
type Query {
  address(value: String!): Address!
  cacheVolume(
    key: String!
    source: ID @expectedType(name: "Directory")
    sharing: CacheSharingMode = SHARED
    owner: String = ""
  ): CacheVolume!
  changeset: Changeset!
  cloud: Cloud!
  container(platform: Platform): Container!
  currentEnv: Env!
  currentFunctionCall: FunctionCall!
  currentModule: CurrentModule!
  currentTypeDefs(returnAllTypes: Boolean = false, hideCore: Boolean): [TypeDef!]!
  currentWorkspace: Workspace!
  defaultPlatform: Platform!
  directory: Directory!
  engine: Engine!
  env(privileged: Boolean = false, writable: Boolean = false): Env!
  envFile(expand: Boolean): EnvFile!
  error(message: String!): Error!
  file(name: String!, contents: String!, permissions: Int = 420): File!
  function(name: String!, returnType: ID! @expectedType(name: "TypeDef")): Function!
  generatedCode(code: ID! @expectedType(name: "Directory")): GeneratedCode!
  git(
    url: String!
    keepGitDir: Boolean = true
    sshKnownHosts: String = ""
    sshAuthSocket: ID @expectedType(name: "Socket")
    httpAuthUsername: String = ""
    httpAuthToken: ID @expectedType(name: "Secret")
    httpAuthHeader: ID @expectedType(name: "Secret")
    experimentalServiceHost: ID @expectedType(name: "Service")
  ): GitRepository!
  host: Host!
  http(
    url: String!
    name: String
    permissions: Int
    checksum: String
    authHeader: ID @expectedType(name: "Secret")
    experimentalServiceHost: ID @expectedType(name: "Service")
  ): File!
  json: JSONValue!
  llm(model: String, maxAPICalls: Int): LLM!
  loadAddressFromID(id: ID!): Address!
  loadBindingFromID(id: ID!): Binding!
  loadCacheVolumeFromID(id: ID!): CacheVolume!
  loadChangesetFromID(id: ID!): Changeset!
  loadCheckFromID(id: ID!): Check!
  loadCheckGroupFromID(id: ID!): CheckGroup!
  loadClientFilesyncMirrorFromID(id: ID!): ClientFilesyncMirror!
  loadCloudFromID(id: ID!): Cloud!
  loadContainerFromID(id: ID!): Container!
  loadCurrentModuleFromID(id: ID!): CurrentModule!
  loadDiffStatFromID(id: ID!): DiffStat!
  loadDirectoryFromID(id: ID!): Directory!
  loadEngineCacheEntryFromID(id: ID!): EngineCacheEntry!
  loadEngineCacheEntrySetFromID(id: ID!): EngineCacheEntrySet!
  loadEngineCacheFromID(id: ID!): EngineCache!
  loadEngineFromID(id: ID!): Engine!
  loadEnumTypeDefFromID(id: ID!): EnumTypeDef!
  loadEnumValueTypeDefFromID(id: ID!): EnumValueTypeDef!
  loadEnvFileFromID(id: ID!): EnvFile!
  loadEnvFromID(id: ID!): Env!
  loadEnvVariableFromID(id: ID!): EnvVariable!
  loadErrorFromID(id: ID!): Error!
  loadErrorValueFromID(id: ID!): ErrorValue!
  loadExportableFromID(id: ID!): Exportable!
  loadFieldTypeDefFromID(id: ID!): FieldTypeDef!
  loadFileFromID(id: ID!): File!
  loadFunctionArgFromID(id: ID!): FunctionArg!
  loadFunctionCallArgValueFromID(id: ID!): FunctionCallArgValue!
  loadFunctionCallFromID(id: ID!): FunctionCall!
  loadFunctionFromID(id: ID!): Function!
  loadGeneratedCodeFromID(id: ID!): GeneratedCode!
  loadGeneratorFromID(id: ID!): Generator!
  loadGeneratorGroupFromID(id: ID!): GeneratorGroup!
  loadGitRefFromID(id: ID!): GitRef!
  loadGitRepositoryFromID(id: ID!): GitRepository!
  loadHTTPStateFromID(id: ID!): HTTPState!
  loadHealthcheckConfigFromID(id: ID!): HealthcheckConfig!
  loadHostFromID(id: ID!): Host!
  loadInputTypeDefFromID(id: ID!): InputTypeDef!
  loadInterfaceTypeDefFromID(id: ID!): InterfaceTypeDef!
  loadJSONValueFromID(id: ID!): JSONValue!
  loadLLMFromID(id: ID!): LLM!
  loadLLMTokenUsageFromID(id: ID!): LLMTokenUsage!
  loadLabelFromID(id: ID!): Label!
  loadListTypeDefFromID(id: ID!): ListTypeDef!
  loadModuleConfigClientFromID(id: ID!): ModuleConfigClient!
  loadModuleFromID(id: ID!): Module!
  loadModuleSourceFromID(id: ID!): ModuleSource!
  loadObjectTypeDefFromID(id: ID!): ObjectTypeDef!
  loadPortFromID(id: ID!): Port!
  loadRemoteGitMirrorFromID(id: ID!): RemoteGitMirror!
  loadSDKConfigFromID(id: ID!): SDKConfig!
  loadScalarTypeDefFromID(id: ID!): ScalarTypeDef!
  loadSearchResultFromID(id: ID!): SearchResult!
  loadSearchSubmatchFromID(id: ID!): SearchSubmatch!
  loadSecretFromID(id: ID!): Secret!
  loadServiceFromID(id: ID!): Service!
  loadSocketFromID(id: ID!): Socket!
  loadSourceMapFromID(id: ID!): SourceMap!
  loadStatFromID(id: ID!): Stat!
  loadSyncerFromID(id: ID!): Syncer!
  loadTerminalFromID(id: ID!): Terminal!
  loadTypeDefFromID(id: ID!): TypeDef!
  loadUpFromID(id: ID!): Up!
  loadUpGroupFromID(id: ID!): UpGroup!
  loadVolumeFromID(id: ID!): Volume!
  loadWorkspaceFromID(id: ID!): Workspace!
  module: Module!
  moduleSource(
    refString: String!
    refPin: String = ""
    disableFindUp: Boolean = false
    allowNotExists: Boolean = false
    requireKind: ModuleSourceKind
  ): ModuleSource!
  node(id: ID!): Node!
  secret(uri: String!, cacheKey: String): Secret!
  setSecret(name: String!, plaintext: String!): Secret!
  sourceMap(filename: String!, line: Int!, column: Int!): SourceMap!
  sshfsVolume(
    endpoint: String!
    privateKey: ID! @expectedType(name: "Secret")
    knownHosts: ID @expectedType(name: "Secret")
    cacheKey: String
    insecureSkipHostKeyCheck: Boolean = false
    experimentalServiceHost: ID @expectedType(name: "Service")
  ): Volume!
  typeDef: TypeDef!
  version: String!
}
`,
  resolvers: {
    host: () => new Handle('Host'),
    node: (_source, { id }) => handleOf(id),
    // The value must not become an argument: ids are made of arguments.
    setSecret: (_source, { name, plaintext }, { graph }) =>
      new Handle('Secret', setSecret(graph.services, String(name), String(plaintext))),
    version: () => version,
    defaultPlatform: (_source, _args, { platform }) => formatPlatform(platform),
  },
};
