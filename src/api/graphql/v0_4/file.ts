/** `File` as in 0.3.5 to 0.4.2. */

import { File } from '../../file.ts';
import { applyPlatformRule } from '../platform_rule.ts';
import type { TypeModule } from '../type_module.ts';

export const file: TypeModule = {
  sdl: `
type File {
  contents: String!
  export(path: String!): Boolean!
  id: FileID!
  secret: Secret!
  size: Int!
  withTimestamps(timestamp: Int!): File!
}
`,
  resolvers: {
    async export(source, { path }, request) {
      if (!source.operation) throw new Error('a file is an operation');
      await applyPlatformRule(source.operation, request);
      await new File(request.session, source.operation).export(String(path));
      return true;
    },
  },
};
