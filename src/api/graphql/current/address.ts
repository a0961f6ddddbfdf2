/** `Address` in the current schema. */

import type { TypeModule } from '../type_module.ts';

export const address: TypeModule = {
  sdl: `
type Address implements Node {
  container: Container!
  directory(
    exclude: [String!] = []
    include: [String!] = []
    gitignore: Boolean = false
    noCache: Boolean = false
  ): Directory!
  file(
    exclude: [String!] = []
    include: [String!] = []
    gitignore: Boolean = false
    noCache: Boolean = false
  ): File!
  gitRef: GitRef!
  gitRepository: GitRepository!
  id: ID!
  secret: Secret!
  service: Service!
  socket: Socket!
  value: String!
  volume: Volume!
}
`,
};
