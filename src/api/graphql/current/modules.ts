/**
 * Types of modules, workspaces and language models: introspecting clients look for them. Nothing
 * here is served; a field answers with the error of `unserved` (resolve.ts).
 */

// biome-ignore format: a table
export const modulesSdl: string = `
type Binding implements Node {
  asAddress: Address!
  asCacheVolume: CacheVolume!
  asChangeset: Changeset!
  asCheck: Check!
  asCheckGroup: CheckGroup!
  asCloud: Cloud!
  asContainer: Container!
  asDiffStat: DiffStat!
  asDirectory: Directory!
  asEnv: Env!
  asEnvFile: EnvFile!
  asFile: File!
  asGenerator: Generator!
  asGeneratorGroup: GeneratorGroup!
  asGitRef: GitRef!
  asGitRepository: GitRepository!
  asHTTPState: HTTPState!
  asJSONValue: JSONValue!
  asModule: Module!
  asModuleConfigClient: ModuleConfigClient!
  asModuleSource: ModuleSource!
  asSearchResult: SearchResult!
  asSearchSubmatch: SearchSubmatch!
  asSecret: Secret!
  asService: Service!
  asSocket: Socket!
  asStat: Stat!
  asString: String
  asUp: Up!
  asUpGroup: UpGroup!
  asVolume: Volume!
  asWorkspace: Workspace!
  digest: String!
  id: ID!
  isNull: Boolean!
  name: String!
  typeName: String!
}

type Check implements Node {
  checkType: String!
  completed: Boolean!
  description: String!
  error: Error!
  id: ID!
  name: String!
  originalModule: Module!
  passed: Boolean!
  path: [String!]!
  resultEmoji: String!
  run: Check!
}

type CheckGroup implements Node {
  id: ID!
  list: [Check!]!
  report: File!
  run(failFast: Boolean): CheckGroup!
}

type ClientFilesyncMirror implements Node {
  id: ID!
}

type Cloud implements Node {
  id: ID!
  traceURL: String!
}

type CurrentModule implements Node {
  dependencies: [Module!]!
  generatedContextDirectory: Directory!
  generators(include: [String!]): GeneratorGroup!
  id: ID!
  name: String!
  source: Directory!
  workdir(
    path: String!
    exclude: [String!] = []
    include: [String!] = []
    gitignore: Boolean = false
  ): Directory!
  workdirFile(path: String!): File!
}

type EngineCache implements Node {
  entrySet(key: String = ""): EngineCacheEntrySet!
  id: ID!
  maxUsedSpace: Int!
  minFreeSpace: Int!
  prune(
    useDefaultPolicy: Boolean = false
    maxUsedSpace: String = ""
    reservedSpace: String = ""
    minFreeSpace: String = ""
    targetSpace: String = ""
  ): Void
  reservedSpace: Int!
  targetSpace: Int!
}

type EngineCacheEntry implements Node {
  activelyUsed: Boolean!
  createdTimeUnixNano: Int!
  dagqlCall: String!
  description: String!
  diskSpaceBytes: Int!
  id: ID!
  mostRecentUseTimeUnixNano: Int!
  recordType: String!
  recordTypes: [String!]!
}

type EngineCacheEntrySet implements Node {
  diskSpaceBytes: Int!
  entries: [EngineCacheEntry!]!
  entryCount: Int!
  id: ID!
}

type EnumTypeDef implements Node {
  description: String!
  id: ID!
  members: [EnumValueTypeDef!]!
  name: String!
  sourceMap: SourceMap!
  sourceModuleName: String!
  values: [EnumValueTypeDef!]!
}

type EnumValueTypeDef implements Node {
  deprecated: String
  description: String!
  id: ID!
  name: String!
  sourceMap: SourceMap!
  value: String!
}

type Env implements Node {
  check(name: String!): Check!
  checks(include: [String!], noGenerate: Boolean): CheckGroup!
  id: ID!
  input(name: String!): Binding!
  inputs: [Binding!]!
  output(name: String!): Binding!
  outputs: [Binding!]!
  services(include: [String!]): UpGroup!
  withAddressInput(
    name: String!
    value: ID! @expectedType(name: "Address")
    description: String!
  ): Env!
  withAddressOutput(name: String!, description: String!): Env!
  withCacheVolumeInput(
    name: String!
    value: ID! @expectedType(name: "CacheVolume")
    description: String!
  ): Env!
  withCacheVolumeOutput(name: String!, description: String!): Env!
  withChangesetInput(
    name: String!
    value: ID! @expectedType(name: "Changeset")
    description: String!
  ): Env!
  withChangesetOutput(name: String!, description: String!): Env!
  withCheckGroupInput(
    name: String!
    value: ID! @expectedType(name: "CheckGroup")
    description: String!
  ): Env!
  withCheckGroupOutput(name: String!, description: String!): Env!
  withCheckInput(
    name: String!
    value: ID! @expectedType(name: "Check")
    description: String!
  ): Env!
  withCheckOutput(name: String!, description: String!): Env!
  withCloudInput(
    name: String!
    value: ID! @expectedType(name: "Cloud")
    description: String!
  ): Env!
  withCloudOutput(name: String!, description: String!): Env!
  withContainerInput(
    name: String!
    value: ID! @expectedType(name: "Container")
    description: String!
  ): Env!
  withContainerOutput(name: String!, description: String!): Env!
  withCurrentModule: Env!
  withDiffStatInput(
    name: String!
    value: ID! @expectedType(name: "DiffStat")
    description: String!
  ): Env!
  withDiffStatOutput(name: String!, description: String!): Env!
  withDirectoryInput(
    name: String!
    value: ID! @expectedType(name: "Directory")
    description: String!
  ): Env!
  withDirectoryOutput(name: String!, description: String!): Env!
  withEnvFileInput(
    name: String!
    value: ID! @expectedType(name: "EnvFile")
    description: String!
  ): Env!
  withEnvFileOutput(name: String!, description: String!): Env!
  withEnvInput(
    name: String!
    value: ID! @expectedType(name: "Env")
    description: String!
  ): Env!
  withEnvOutput(name: String!, description: String!): Env!
  withFileInput(
    name: String!
    value: ID! @expectedType(name: "File")
    description: String!
  ): Env!
  withFileOutput(name: String!, description: String!): Env!
  withGeneratorGroupInput(
    name: String!
    value: ID! @expectedType(name: "GeneratorGroup")
    description: String!
  ): Env!
  withGeneratorGroupOutput(name: String!, description: String!): Env!
  withGeneratorInput(
    name: String!
    value: ID! @expectedType(name: "Generator")
    description: String!
  ): Env!
  withGeneratorOutput(name: String!, description: String!): Env!
  withGitRefInput(
    name: String!
    value: ID! @expectedType(name: "GitRef")
    description: String!
  ): Env!
  withGitRefOutput(name: String!, description: String!): Env!
  withGitRepositoryInput(
    name: String!
    value: ID! @expectedType(name: "GitRepository")
    description: String!
  ): Env!
  withGitRepositoryOutput(name: String!, description: String!): Env!
  withHTTPStateInput(
    name: String!
    value: ID! @expectedType(name: "HTTPState")
    description: String!
  ): Env!
  withHTTPStateOutput(name: String!, description: String!): Env!
  withJSONValueInput(
    name: String!
    value: ID! @expectedType(name: "JSONValue")
    description: String!
  ): Env!
  withJSONValueOutput(name: String!, description: String!): Env!
  withMainModule(module: ID! @expectedType(name: "Module")): Env!
  withModule(module: ID! @expectedType(name: "Module")): Env!
  withModuleConfigClientInput(
    name: String!
    value: ID! @expectedType(name: "ModuleConfigClient")
    description: String!
  ): Env!
  withModuleConfigClientOutput(name: String!, description: String!): Env!
  withModuleInput(
    name: String!
    value: ID! @expectedType(name: "Module")
    description: String!
  ): Env!
  withModuleOutput(name: String!, description: String!): Env!
  withModuleSourceInput(
    name: String!
    value: ID! @expectedType(name: "ModuleSource")
    description: String!
  ): Env!
  withModuleSourceOutput(name: String!, description: String!): Env!
  withSearchResultInput(
    name: String!
    value: ID! @expectedType(name: "SearchResult")
    description: String!
  ): Env!
  withSearchResultOutput(name: String!, description: String!): Env!
  withSearchSubmatchInput(
    name: String!
    value: ID! @expectedType(name: "SearchSubmatch")
    description: String!
  ): Env!
  withSearchSubmatchOutput(name: String!, description: String!): Env!
  withSecretInput(
    name: String!
    value: ID! @expectedType(name: "Secret")
    description: String!
  ): Env!
  withSecretOutput(name: String!, description: String!): Env!
  withServiceInput(
    name: String!
    value: ID! @expectedType(name: "Service")
    description: String!
  ): Env!
  withServiceOutput(name: String!, description: String!): Env!
  withSocketInput(
    name: String!
    value: ID! @expectedType(name: "Socket")
    description: String!
  ): Env!
  withSocketOutput(name: String!, description: String!): Env!
  withStatInput(
    name: String!
    value: ID! @expectedType(name: "Stat")
    description: String!
  ): Env!
  withStatOutput(name: String!, description: String!): Env!
  withStringInput(name: String!, value: String!, description: String!): Env!
  withStringOutput(name: String!, description: String!): Env!
  withUpGroupInput(
    name: String!
    value: ID! @expectedType(name: "UpGroup")
    description: String!
  ): Env!
  withUpGroupOutput(name: String!, description: String!): Env!
  withUpInput(name: String!, value: ID! @expectedType(name: "Up"), description: String!): Env!
  withUpOutput(name: String!, description: String!): Env!
  withVolumeInput(
    name: String!
    value: ID! @expectedType(name: "Volume")
    description: String!
  ): Env!
  withVolumeOutput(name: String!, description: String!): Env!
  withWorkspace(workspace: ID! @expectedType(name: "Directory")): Env!
  withWorkspaceInput(
    name: String!
    value: ID! @expectedType(name: "Workspace")
    description: String!
  ): Env!
  withWorkspaceOutput(name: String!, description: String!): Env!
  withoutOutputs: Env!
  workspace: Directory!
}

type FieldTypeDef implements Node {
  deprecated: String
  description: String!
  id: ID!
  name: String!
  sourceMap: SourceMap!
  typeDef: TypeDef!
}

type Function implements Node {
  args: [FunctionArg!]!
  deprecated: String
  description: String!
  id: ID!
  name: String!
  returnType: TypeDef!
  sourceMap: SourceMap!
  sourceModuleName: String!
  withArg(
    name: String!
    typeDef: ID! @expectedType(name: "TypeDef")
    description: String = ""
    defaultValue: JSON
    defaultPath: String = ""
    ignore: [String!] = []
    sourceMap: ID @expectedType(name: "SourceMap")
    deprecated: String
    defaultAddress: String = ""
  ): Function!
  withCachePolicy(policy: FunctionCachePolicy!, timeToLive: String): Function!
  withCheck: Function!
  withDeprecated(reason: String): Function!
  withDescription(description: String!): Function!
  withGenerator: Function!
  withSourceMap(sourceMap: ID! @expectedType(name: "SourceMap")): Function!
  withUp: Function!
}

type FunctionArg implements Node {
  defaultAddress: String!
  defaultPath: String!
  defaultValue: JSON!
  deprecated: String
  description: String!
  id: ID!
  ignore: [String!]!
  name: String!
  sourceMap: SourceMap!
  typeDef: TypeDef!
}

type FunctionCall implements Node {
  id: ID!
  inputArgs: [FunctionCallArgValue!]!
  name: String!
  parent: JSON!
  parentName: String!
  returnError(error: ID! @expectedType(name: "Error")): Void
  returnValue(value: JSON!): Void
}

type FunctionCallArgValue implements Node {
  id: ID!
  name: String!
  value: JSON!
}

type GeneratedCode implements Node {
  code: Directory!
  id: ID!
  vcsGeneratedPaths: [String!]!
  vcsIgnoredPaths: [String!]!
  withVCSGeneratedPaths(paths: [String!]!): GeneratedCode!
  withVCSIgnoredPaths(paths: [String!]!): GeneratedCode!
}

type Generator implements Node {
  changes: Changeset!
  completed: Boolean!
  description: String!
  id: ID!
  isEmpty: Boolean!
  name: String!
  originalModule: Module!
  path: [String!]!
  run: Generator!
}

type GeneratorGroup implements Node {
  changes(onConflict: ChangesetsMergeConflict = FAIL_EARLY): Changeset!
  id: ID!
  isEmpty: Boolean!
  list: [Generator!]!
  run: GeneratorGroup!
}

type HTTPState implements Node {
  id: ID!
}

type InputTypeDef implements Node {
  fields: [FieldTypeDef!]!
  id: ID!
  name: String!
}

type InterfaceTypeDef implements Node {
  description: String!
  functions: [Function!]!
  id: ID!
  name: String!
  sourceMap: SourceMap!
  sourceModuleName: String!
}

type LLM implements Node & Syncer {
  attempt(number: Int!): LLM!
  bindResult(name: String!): Binding!
  env: Env!
  hasPrompt: Boolean!
  history: [String!]!
  historyJSON: JSON!
  id: ID!
  lastReply: String!
  loop: LLM!
  model: String!
  provider: String!
  step: ID! @expectedType(name: "LLM")
  sync: ID! @expectedType(name: "LLM")
  tokenUsage: LLMTokenUsage!
  tools: String!
  withBlockedFunction(typeName: String!, function: String!): LLM!
  withEnv(env: ID! @expectedType(name: "Env")): LLM!
  withMCPServer(name: String!, service: ID! @expectedType(name: "Service")): LLM!
  withModel(model: String!): LLM!
  withPrompt(prompt: String!): LLM!
  withPromptFile(file: ID! @expectedType(name: "File")): LLM!
  withStaticTools: LLM!
  withSystemPrompt(prompt: String!): LLM!
  withoutDefaultSystemPrompt: LLM!
  withoutMessageHistory: LLM!
  withoutSystemPrompts: LLM!
}

type LLMTokenUsage implements Node {
  cachedTokenReads: Int!
  cachedTokenWrites: Int!
  id: ID!
  inputTokens: Int!
  outputTokens: Int!
  totalTokens: Int!
}

type ListTypeDef implements Node {
  elementTypeDef: TypeDef!
  id: ID!
}

type Module implements Node & Syncer {
  check(name: String!): Check!
  checks(include: [String!], noGenerate: Boolean): CheckGroup!
  dependencies: [Module!]!
  description: String!
  enums: [TypeDef!]!
  generatedContextDirectory: Directory!
  generator(name: String!): Generator!
  generators(include: [String!]): GeneratorGroup!
  id: ID!
  interfaces: [TypeDef!]!
  introspectionSchemaJSON: File!
  name: String!
  objects: [TypeDef!]!
  runtime: Container!
  sdk: SDKConfig!
  serve(includeDependencies: Boolean, entrypoint: Boolean): Void
  services(include: [String!]): UpGroup!
  source: ModuleSource!
  sync: ID! @expectedType(name: "Module")
  userDefaults: EnvFile!
  withDescription(description: String!): Module!
  withEnum(enum: ID! @expectedType(name: "TypeDef")): Module!
  withInterface(iface: ID! @expectedType(name: "TypeDef")): Module!
  withObject(object: ID! @expectedType(name: "TypeDef")): Module!
}

type ModuleConfigClient implements Node {
  directory: String!
  generator: String!
  id: ID!
}

type ModuleSource implements Node & Syncer {
  asModule: Module!
  asString: String!
  blueprint: ModuleSource!
  cloneRef: String!
  commit: String!
  configClients: [ModuleConfigClient!]!
  configExists: Boolean!
  contextDirectory: Directory!
  dependencies: [ModuleSource!]!
  digest: String!
  directory(path: String!): Directory!
  engineVersion: String!
  generatedContextChangeset: Changeset!
  generatedContextDirectory: Directory!
  htmlRepoURL: String!
  htmlURL: String!
  id: ID!
  introspectionSchemaJSON: File!
  kind: ModuleSourceKind!
  localContextDirectoryPath: String!
  moduleName: String!
  moduleOriginalName: String!
  originalSubpath: String!
  pin: String!
  repoRootPath: String!
  sdk: SDKConfig!
  sourceRootSubpath: String!
  sourceSubpath: String!
  sync: ID! @expectedType(name: "ModuleSource")
  toolchains: [ModuleSource!]!
  userDefaults: EnvFile!
  version: String!
  withBlueprint(blueprint: ID! @expectedType(name: "ModuleSource")): ModuleSource!
  withClient(generator: String!, outputDir: String!): ModuleSource!
  withDependencies(dependencies: [ID!]! @expectedType(name: "ModuleSource")): ModuleSource!
  withEngineVersion(version: String!): ModuleSource!
  withExperimentalFeatures(features: [ModuleSourceExperimentalFeature!]!): ModuleSource!
  withIncludes(patterns: [String!]!): ModuleSource!
  withName(name: String!): ModuleSource!
  withSDK(source: String!): ModuleSource!
  withSourceSubpath(path: String!): ModuleSource!
  withToolchains(toolchains: [ID!]! @expectedType(name: "ModuleSource")): ModuleSource!
  withUpdateBlueprint: ModuleSource!
  withUpdateDependencies(dependencies: [String!]!): ModuleSource!
  withUpdateToolchains(toolchains: [String!]!): ModuleSource!
  withUpdatedClients(clients: [String!]!): ModuleSource!
  withoutBlueprint: ModuleSource!
  withoutClient(path: String!): ModuleSource!
  withoutDependencies(dependencies: [String!]!): ModuleSource!
  withoutExperimentalFeatures(features: [ModuleSourceExperimentalFeature!]!): ModuleSource!
  withoutToolchains(toolchains: [String!]!): ModuleSource!
}

type ObjectTypeDef implements Node {
  constructor: Function!
  deprecated: String
  description: String!
  fields: [FieldTypeDef!]!
  functions: [Function!]!
  id: ID!
  name: String!
  sourceMap: SourceMap!
  sourceModuleName: String!
}

type RemoteGitMirror implements Node {
  id: ID!
}

type SDKConfig implements Node {
  debug: Boolean!
  id: ID!
  source: String!
}

type ScalarTypeDef implements Node {
  description: String!
  id: ID!
  name: String!
  sourceModuleName: String!
}

type SourceMap implements Node {
  column: Int!
  filename: String!
  id: ID!
  line: Int!
  module: String!
  url: String!
}

type TypeDef implements Node {
  asEnum: EnumTypeDef!
  asInput: InputTypeDef!
  asInterface: InterfaceTypeDef!
  asList: ListTypeDef!
  asObject: ObjectTypeDef!
  asScalar: ScalarTypeDef!
  id: ID!
  kind: TypeDefKind!
  name: String!
  optional: Boolean!
  withConstructor(function: ID! @expectedType(name: "Function")): TypeDef!
  withEnum(
    name: String!
    description: String = ""
    sourceMap: ID @expectedType(name: "SourceMap")
  ): TypeDef!
  withEnumMember(
    name: String!
    value: String = ""
    description: String = ""
    sourceMap: ID @expectedType(name: "SourceMap")
    deprecated: String
  ): TypeDef!
  withEnumValue(
    value: String!
    description: String = ""
    sourceMap: ID @expectedType(name: "SourceMap")
    deprecated: String
  ): TypeDef!
  withField(
    name: String!
    typeDef: ID! @expectedType(name: "TypeDef")
    description: String = ""
    sourceMap: ID @expectedType(name: "SourceMap")
    deprecated: String
  ): TypeDef!
  withFunction(function: ID! @expectedType(name: "Function")): TypeDef!
  withInterface(
    name: String!
    description: String = ""
    sourceMap: ID @expectedType(name: "SourceMap")
  ): TypeDef!
  withKind(kind: TypeDefKind!): TypeDef!
  withListOf(elementType: ID! @expectedType(name: "TypeDef")): TypeDef!
  withObject(
    name: String!
    description: String = ""
    sourceMap: ID @expectedType(name: "SourceMap")
    deprecated: String
  ): TypeDef!
  withOptional(optional: Boolean!): TypeDef!
  withScalar(name: String!, description: String = ""): TypeDef!
}

type Up implements Node {
  description: String!
  id: ID!
  name: String!
  originalModule: Module!
  path: [String!]!
  run: Up!
}

type UpGroup implements Node {
  id: ID!
  list: [Up!]!
  run: UpGroup!
}

type Volume implements Node {
  id: ID!
}

type Workspace implements Node {
  address: String!
  checks(include: [String!], noGenerate: Boolean, onlyGenerate: Boolean): CheckGroup!
  clientId: String!
  configPath: String!
  directory(
    path: String!
    exclude: [String!] = []
    include: [String!] = []
    gitignore: Boolean = false
  ): Directory!
  file(path: String!): File!
  findUp(name: String!, from: String = "."): String
  generators(include: [String!]): GeneratorGroup!
  hasConfig: Boolean!
  id: ID!
  initialized: Boolean!
  path: String!
  services(include: [String!]): UpGroup!
  update: Changeset!
}

enum FunctionCachePolicy {
  Default
  Never
  PerSession
}

enum ModuleSourceExperimentalFeature {
  SELF_CALLS
}

enum ModuleSourceKind {
  DIR_SOURCE
  DIR
  GIT_SOURCE
  GIT
  LOCAL_SOURCE
  LOCAL
}

enum TypeDefKind {
  BOOLEAN_KIND
  BOOLEAN
  ENUM_KIND
  ENUM
  FLOAT_KIND
  FLOAT
  INPUT_KIND
  INPUT
  INTEGER_KIND
  INTEGER
  INTERFACE_KIND
  INTERFACE
  LIST_KIND
  LIST
  OBJECT_KIND
  OBJECT
  SCALAR_KIND
  SCALAR
  STRING_KIND
  STRING
  VOID_KIND
  VOID
}
`;
