/** Why something could not be done: one word for programs, see `NormoscopeError.message` for people. */
export type ErrorCode =
  | 'cancelled'
  | 'changed'
  | 'internal'
  | 'io'
  | 'malformed'
  | 'not-found'
  | 'not-recognized'
  | 'refused'
  | 'too-large'
  | 'truncated'
  | 'unsupported'
  | 'usage'
  | 'worker-lost';

/**
 * A failure with one clear sentence: what was found, what was expected, where.
 * `offset` is the byte offset in the file, where there is one.
 */
export class NormoscopeError extends Error {
  override readonly name = 'NormoscopeError';

  constructor(
    readonly code: ErrorCode,
    message: string,
    readonly offset?: number,
  ) {
    super(message);
  }
}

/** An error as plain data, for messages between threads and pages and for the command line's JSON. */
export interface ErrorData {
  code: ErrorCode;
  message: string;
  offset?: number;
}

/** Any thrown value as plain data. What is not a `NormoscopeError` is our own fault and says so by its code. */
export function toErrorData(error: unknown): ErrorData {
  if (error instanceof NormoscopeError) {
    return error.offset === undefined
      ? { code: error.code, message: error.message }
      : { code: error.code, message: error.message, offset: error.offset };
  }
  if (error instanceof Error && error.name === 'AbortError') return { code: 'cancelled', message: 'Cancelled.' };
  return { code: 'internal', message: error instanceof Error ? error.message : String(error) };
}

export function fromErrorData(data: ErrorData): NormoscopeError {
  return new NormoscopeError(data.code, data.message, data.offset);
}

/** Throws `cancelled` once the signal is aborted. Call it between chunks. */
export function throwIfCancelled(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new NormoscopeError('cancelled', 'Cancelled.');
}
