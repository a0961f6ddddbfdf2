/** `HealthcheckConfig` in the current schema. */

import type { TypeModule } from '../type_module.ts';

export const healthcheckConfig: TypeModule = {
  sdl: `
type HealthcheckConfig implements Node {
  args: [String!]!
  id: ID!
  interval: String!
  retries: Int!
  shell: Boolean!
  startInterval: String!
  startPeriod: String!
  timeout: String!
}
`,
};
