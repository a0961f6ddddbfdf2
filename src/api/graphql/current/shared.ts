/** Scalars, enums, inputs and interfaces of the current schema. */

export const sharedSdl: string = `
directive @expectedType(name: String!) on ARGUMENT_DEFINITION | FIELD_DEFINITION

scalar JSON
scalar Platform
scalar Void
scalar AddressID
scalar BindingID
scalar CacheVolumeID
scalar ChangesetID
scalar CheckID
scalar CheckGroupID
scalar ClientFilesyncMirrorID
scalar CloudID
scalar ContainerID
scalar CurrentModuleID
scalar DiffStatID
scalar DirectoryID
scalar EngineCacheEntryID
scalar EngineCacheEntrySetID
scalar EngineCacheID
scalar EngineID
scalar EnumTypeDefID
scalar EnumValueTypeDefID
scalar EnvFileID
scalar EnvID
scalar EnvVariableID
scalar ErrorID
scalar ErrorValueID
scalar FieldTypeDefID
scalar FileID
scalar FunctionArgID
scalar FunctionCallArgValueID
scalar FunctionCallID
scalar FunctionID
scalar GeneratedCodeID
scalar GeneratorID
scalar GeneratorGroupID
scalar GitRefID
scalar GitRepositoryID
scalar HTTPStateID
scalar HealthcheckConfigID
scalar HostID
scalar InputTypeDefID
scalar InterfaceTypeDefID
scalar JSONValueID
scalar LLMID
scalar LLMTokenUsageID
scalar LabelID
scalar ListTypeDefID
scalar ModuleConfigClientID
scalar ModuleID
scalar ModuleSourceID
scalar ObjectTypeDefID
scalar PortID
scalar RemoteGitMirrorID
scalar SDKConfigID
scalar ScalarTypeDefID
scalar SearchResultID
scalar SearchSubmatchID
scalar SecretID
scalar ServiceID
scalar SocketID
scalar SourceMapID
scalar StatID
scalar TerminalID
scalar TypeDefID
scalar UpID
scalar UpGroupID
scalar VolumeID
scalar WorkspaceID

interface Node {
  id: ID!
}

interface Syncer implements Node {
  id: ID!
  sync: ID!
}

interface Exportable implements Node {
  id: ID!
  export(path: String!): String!
}

enum CacheSharingMode {
  LOCKED
  PRIVATE
  SHARED
}

enum ChangesetMergeConflict {
  FAIL
  FAIL_EARLY
  LEAVE_CONFLICT_MARKERS
  PREFER_OURS
  PREFER_THEIRS
}

enum ChangesetsMergeConflict {
  FAIL
  FAIL_EARLY
}

enum DiffStatKind {
  ADDED
  MODIFIED
  REMOVED
  RENAMED
}

enum ExistsType {
  DIRECTORY_TYPE
  REGULAR_TYPE
  SYMLINK_TYPE
}

enum FileType {
  DIRECTORY
  DIRECTORY_TYPE
  REGULAR
  REGULAR_TYPE
  SYMLINK
  SYMLINK_TYPE
  UNKNOWN
}

enum ImageLayerCompression {
  EStarGZ
  ESTARGZ
  Gzip
  GZIP
  Uncompressed
  UNCOMPRESSED
  Zstd
  ZSTD
}

enum ImageMediaTypes {
  DockerMediaTypes
  DOCKER
  OCIMediaTypes
  OCI
}

enum NetworkProtocol {
  TCP
  UDP
}

enum ReturnType {
  ANY
  FAILURE
  SUCCESS
}

input BuildArg {
  name: String!
  value: String!
}

input PipelineLabel {
  name: String!
  value: String!
}

input PortForward {
  backend: Int!
  frontend: Int
  protocol: NetworkProtocol
}
`;
