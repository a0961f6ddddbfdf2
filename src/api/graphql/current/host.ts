/** `Host` in the current schema. */

import type { TypeModule } from '../type_module.ts';

export const host: TypeModule = {
  sdl: `
type Host implements Node {
  containerImage(name: String!): Container!
  directory(
    path: String!
    exclude: [String!] = []
    include: [String!] = []
    noCache: Boolean = false
    gitignore: Boolean = false
  ): Directory!
  file(path: String!, noCache: Boolean = false): File!
  findUp(name: String!, noCache: Boolean = false): String
  id: ID!
  service(ports: [PortForward!]!, host: String = "localhost"): Service!
  tunnel(
    service: ID! @expectedType(name: "Service")
    native: Boolean = false
    ports: [PortForward!] = []
  ): Service!
  unixSocket(path: String!): Socket!
}
`,
};
