/** Limits of the GraphQL endpoint; an error that a limit causes names it. */

/** Bytes of one request's body. Ids of long chains and file contents are part of it. */
export const bodyBytesMax: number = 64 * 1024 * 1024;
/** Nesting of braces, brackets and parentheses in one document: a chain of n steps needs n. */
export const graphqlDepthMax: number = 2500;
/** Fields, arguments and punctuation in one document. */
export const graphqlTokensMax: number = 1_000_000;
