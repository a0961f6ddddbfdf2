/** Errors a user can cause and mend; our own bugs are thrown as plain `Error`s by assertions. */

/** Stable codes of user-visible errors; never renamed, only added to. */
export type ErrorCode =
  | 'PLATFORM_UNKNOWN'
  | 'PLATFORM_NOT_IN_IMAGE'
  | 'PLATFORM_NOT_EXECUTABLE'
  | 'PLATFORM_MISMATCH'
  | 'REFERENCE_INVALID'
  | 'IMAGE_NOT_FOUND'
  | 'IMAGE_INVALID'
  | 'DIGEST_MISMATCH'
  | 'LAYER_CORRUPT'
  | 'REGISTRY_UNREACHABLE'
  | 'REGISTRY_REFUSED'
  | 'RECIPE_FAILED'
  | 'EXEC_FAILED'
  | 'PATH_NOT_FOUND'
  | 'PATH_INVALID'
  | 'VARIANTS_DUPLICATE'
  | 'LIMIT_EXCEEDED'
  | 'CANCELLED'
  | 'DEADLOCK'
  | 'RAISED'
  | 'SECRET_UNKNOWN'
  | 'DOCKERFILE_INVALID'
  | 'DOWNLOAD_FAILED'
  | 'ARGUMENT_INVALID';

/**
 * A failure that explains itself.
 *
 * @example
 * throw new EngineError('PLATFORM_UNKNOWN', '"windows98" is not a platform', {
 *   remedy: 'write OS/ARCHITECTURE[/VARIANT], for example linux/arm64',
 * });
 */
export class EngineError extends Error {
  override readonly name: string = 'EngineError';
  readonly code: ErrorCode;
  /** What the user can do about it; also the second line of `message`. */
  readonly remedy: string | undefined;

  constructor(
    code: ErrorCode,
    message: string,
    options: { remedy?: string; cause?: unknown } = {},
  ) {
    super(options.remedy ? `${message}\n${options.remedy}` : message, { cause: options.cause });
    this.code = code;
    this.remedy = options.remedy;
  }
}
