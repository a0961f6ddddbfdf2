/** `Service` in the current schema. */

import type { TypeModule } from '../type_module.ts';

export const service: TypeModule = {
  sdl: `
type Service implements Node & Syncer {
  endpoint(port: Int, scheme: String = ""): String!
  hostname: String!
  id: ID!
  ports: [Port!]!
  start: ID! @expectedType(name: "Service")
  stop(kill: Boolean = false): ID! @expectedType(name: "Service")
  sync: ID! @expectedType(name: "Service")
  terminal(cmd: [String!] = []): Service!
  up(ports: [PortForward!] = [], random: Boolean = false): Void
  withHostname(hostname: String!): Service!
}
`,
};
