import type { ErrorData } from '../../src/core/errors';
import type { Phase } from '../../src/protocol/messages';
import { formatCount, formatPercent } from '../../src/core/text/numbers';

interface StatusProps {
  readonly phase: Phase;
  /** In 0…1; null when not known. */
  readonly progress: number | null;
  readonly error: ErrorData | null;
  readonly stale: boolean;
  retry(): void;
  cancel(): void;
}

/** Where the work stands: a hairline while it goes on, one sentence and a way on when it does not. */
export function Status({ phase, progress, error, stale, retry, cancel }: StatusProps) {
  const working = phase === 'opening' || phase === 'computing';
  return (
    <div class="status" aria-live="polite">
      {working && (
        <div class="working">
          <progress aria-label="Progress" {...(progress === null ? {} : { value: progress, max: 1 })} />
          <span>{phase === 'opening' ? 'Reading the header' : progress === null ? 'Computing' : `Computing, ${formatPercent(progress)}`}</span>
          <button class="link" onClick={cancel}>Cancel</button>
        </div>
      )}
      {phase === 'cancelled' && <Sentence text="Cancelled: what is shown is what was known by then." action="Compute" act={retry} />}
      {phase === 'failed' && error !== null && (
        <Sentence
          kind="error"
          text={placed(error)}
          action="Retry"
          act={retry}
        />
      )}
      {stale && !working && <Sentence kind="warning" text="The file has changed on disk since these numbers were computed." action="Read it again" act={retry} />}
    </div>
  );
}

interface SentenceProps {
  readonly kind?: 'error' | 'warning';
  readonly text: string;
  readonly action: string;
  act(): void;
}

function Sentence({ kind, text, action, act }: SentenceProps) {
  return (
    <p class={`sentence ${kind ?? ''}`} role={kind === 'error' ? 'alert' : undefined}>
      <span>{text}</span> <button class="link" onClick={act}>{action}</button>
    </p>
  );
}

/** With the byte where it is, unless the sentence says that, or it is the first. */
function placed({ message, offset = 0 }: ErrorData): string {
  return offset === 0 || /\bbytes? \d/.test(message) ? message : `${message} (at byte ${formatCount(offset)})`;
}
