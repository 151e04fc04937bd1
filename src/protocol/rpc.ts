import { createBirpc, type BirpcReturn } from 'birpc';
import { fromErrorData, NormoscopeError, toErrorData, type ErrorData } from '../core/errors';
import { decodeMessage, encodeBuffered, encodeMessage, isBuffered } from './codec';

/** One end of a two-way line: a page, a notebook's renderers or a worker. */
export interface Line {
  post(message: unknown): void;
  /** Calls `listener` with every message that arrives, until `off`. */
  on(listener: (message: unknown) => void): void;
  off?(listener: (message: unknown) => void): void;
}

export interface RpcOptions {
  /** Hears of everything that went wrong in an incoming call or message. Nothing is thrown into the void. */
  onError(error: Error, functionName?: string): void;
  /** What the line keeps of a message that is posted. All but clones are understood, whichever is posted. */
  readonly form: Form;
}

/**
 * Structured clones; JSON text, for lines that keep no typed arrays; or text with a buffer beside it, for those that keep
 * `ArrayBuffer`s alone (VS Code's to webviews).
 */
export type Form = 'clones' | 'text' | 'buffered';

/** Typed calls over a line. `Theirs` is what the other end offers, `Ours` what this one does. */
export type Rpc<Theirs extends object, Ours extends object> = BirpcReturn<Theirs, Ours>;

/** There is no time limit on a call: a large tensor takes as long as it takes, and can be cancelled. */
const noTimeout = -1;

export function connect<Theirs extends object, Ours extends object>(
  line: Line,
  functions: Ours,
  { onError, form }: RpcOptions,
): Rpc<Theirs, Ours> {
  return createBirpc<Theirs, Ours>(functions, {
    post: (message) => line.post(message),
    on: (listener) => line.on(listener),
    ...(line.off && { off: line.off.bind(line) }),
    serialize: (message: unknown) => (form === 'clones' ? message : posted(withPlainError(message), form)),
    deserialize: (message: unknown) => {
      try {
        return envelope(form === 'clones' ? message : withRevivedError(arrived(message)));
      } catch (error) {
        onError(error as Error);
        return replyToNobody;
      }
    },
    timeout: noTimeout,
    resolver: (name) => {
      // Own functions only: a call of `constructor` or `toString` is a call of nothing.
      const called = Object.hasOwn(functions, name) ? functions[name as keyof Ours] : undefined;
      if (typeof called !== 'function') {
        onError(new NormoscopeError('usage', `There is no function ${JSON.stringify(name)} to call.`), name);
        return undefined;
      }
      return async (...args: unknown[]) => {
        try {
          return (await called.apply(functions, args)) as unknown;
        } catch (error) {
          // Reported here, since the library keeps the failures of calls that want no answer to itself.
          onError(error instanceof Error ? error : new Error(String(error)), name);
          throw error;
        }
      };
    },
    onGeneralError: (error, functionName) => {
      // Without a name it is the failure of our own call, which belongs to whoever made it.
      if (functionName === undefined) return false;
      onError(error, functionName);
      return true;
    },
  });
}

function posted(message: unknown, form: Form): unknown {
  return form === 'text' ? encodeMessage(message) : encodeBuffered(message);
}

function arrived(message: unknown): unknown {
  return isBuffered(message) ? decodeMessage(message.text, message.bytes) : decodeMessage(String(message));
}

/** An error as JSON keeps nothing of itself. */
function withPlainError(message: unknown): unknown {
  const failure = (message as { e?: unknown }).e;
  return failure instanceof Error ? { ...(message as object), e: toErrorData(failure) } : message;
}

function withRevivedError(message: unknown): unknown {
  const failure = (message as { e?: ErrorData } | null)?.e;
  return failure === undefined ? message : { ...(message as object), e: fromErrorData(failure) };
}

/** What a message that means nothing is taken for. */
const replyToNobody = { t: 's', i: '' };

/** @throws NormoscopeError `malformed` for what is neither a call nor a reply */
function envelope(message: unknown): unknown {
  const { t: type, m: name, a: args, i: id } = (message ?? {}) as Record<string, unknown>;
  const isCall = type === 'q' && typeof name === 'string' && Array.isArray(args);
  const isReply = type === 's' && typeof id === 'string';
  if (isCall || isReply) return message;
  throw new NormoscopeError('malformed', 'A message is neither a call nor a reply.');
}
