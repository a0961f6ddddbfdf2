/** `Port` in the current schema. */

import type { TypeModule } from '../type_module.ts';

export const port: TypeModule = {
  sdl: `
type Port implements Node {
  description: String
  experimentalSkipHealthcheck: Boolean!
  id: ID!
  port: Int!
  protocol: NetworkProtocol!
}
`,
};
