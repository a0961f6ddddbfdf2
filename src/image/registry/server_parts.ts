/** What the routes of the registry share. */

import type { BlobWriter, Digest } from '../../store/store.ts';
import type { RegistryOptions } from './server.ts';

/** Largest blob or manifest a registry takes, in bytes. */
export const uploadBytesMax = 0xffff_ffff;
/** Most uploads under way at once; one more ends the one that was not used for longest. */
export const uploadsMax = 1000;

/** An upload that was started. */
export interface Upload {
  readonly repository: string;
  /** Where the bytes go, in stores that take them in pieces. */
  readonly writer: BlobWriter | undefined;
  /** The pieces so far, in others. */
  readonly parts: Uint8Array[];
  length: number;
  /** The request that is adding to it: others wait for its end. */
  adding: Promise<unknown>;
}

/** A registry at work. */
export interface Registry extends RegistryOptions {
  readonly uploads: Map<string, Upload>;
  /** Numbers of uploads; not random, so that runs repeat. */
  readonly counter: { value: number };
}

export interface RouteRequest {
  readonly registry: Registry;
  readonly request: Request;
  readonly url: URL;
  /** What the groups of the pattern matched. */
  readonly parts: readonly string[];
}

/** Method, pattern of the path, handler. */
export type Route = readonly [string, RegExp, (request: RouteRequest) => Promise<Response>];

/** Error codes of the distribution specification, "Error Codes". */
export type FailureCode =
  | 'BLOB_UNKNOWN'
  | 'BLOB_UPLOAD_INVALID'
  | 'BLOB_UPLOAD_UNKNOWN'
  | 'DIGEST_INVALID'
  | 'MANIFEST_BLOB_UNKNOWN'
  | 'MANIFEST_INVALID'
  | 'MANIFEST_UNKNOWN'
  | 'NAME_INVALID'
  | 'NAME_UNKNOWN'
  | 'SIZE_INVALID'
  | 'UNAUTHORIZED'
  | 'DENIED'
  | 'UNSUPPORTED'
  | 'TOOMANYREQUESTS';

/** A JSON answer. */
export function jsonResponse(
  body: unknown,
  headers: Record<string, string> = {},
  status = 200,
): Response {
  return new Response(JSON.stringify(body), {
    status,
    headers: { 'content-type': 'application/json; charset=utf-8', ...headers },
  });
}

/** An error as the specification spells it. */
export function failure(
  status: number,
  code: FailureCode,
  message: string,
  headers: Record<string, string> = {},
): Response {
  return jsonResponse({ errors: [{ code, message, detail: null }] }, headers, status);
}

/** Name in the store under which a repository's blob, manifest or tag is remembered. */
export function recordName(
  repository: string,
  kind: 'blob' | 'manifest' | 'tag' | 'referrer',
  key: Digest | string,
): string {
  return `registry ${repository} ${kind} ${key}`;
}

/** The bytes of a request, undefined where they are too many. */
export async function readBody(request: Request): Promise<Uint8Array | undefined> {
  const bytes = new Uint8Array(await request.arrayBuffer());
  return bytes.length > uploadBytesMax ? undefined : bytes;
}
