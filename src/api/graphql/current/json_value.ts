/** `JSONValue` in the current schema. */

import type { TypeModule } from '../type_module.ts';

export const jsonValue: TypeModule = {
  sdl: `
type JSONValue implements Node {
  asArray: [JSONValue!]!
  asBoolean: Boolean!
  asInteger: Int!
  asString: String!
  contents(pretty: Boolean = false, indent: String = "  "): JSON!
  field(path: [String!]!): JSONValue!
  fields: [String!]!
  id: ID!
  newBoolean(value: Boolean!): JSONValue!
  newInteger(value: Int!): JSONValue!
  newString(value: String!): JSONValue!
  withContents(contents: JSON!): JSONValue!
  withField(path: [String!]!, value: ID! @expectedType(name: "JSONValue")): JSONValue!
}
`,
};
