import type { Writable } from 'node:stream';
import { printable } from './table';

/** Where a command writes, and what may be written there. */
export interface Terminal {
  /** To standard output. */
  write(text: string): void;
  /** A sentence to standard error. */
  complain(sentence: string): void;
  /** How far something has come, from 0 to 1; shown where a person watches, and wiped out by `progressDone`. */
  progress(what: string, share: number): void;
  progressDone(): void;
  readonly style: Style;
}

/** Marks text up where colour is wanted; elsewhere leaves it as it is. */
export type Style = Readonly<Record<'strong' | 'faint' | 'warning' | 'error', (text: string) => string>>;

const codes = { strong: [1, 22], faint: [2, 22], warning: [33, 39], error: [31, 39] } as const;

/** Milliseconds before progress is shown: what is done sooner needs none. */
const patience = 300;

export function openTerminal(): Terminal {
  // Whoever reads may have read enough (`normoscope … | head`): that is no failure.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit();
  });
  const watched = process.stderr.isTTY;
  const began = performance.now();
  let shown = '';
  const show = (line: string) => {
    if (!watched || line === shown) return;
    shown = line;
    process.stderr.write(`\r\u001b[K${line}`);
  };
  return {
    write: (text) => void process.stdout.write(text),
    complain(sentence) {
      show('');
      process.stderr.write(`normoscope: ${printable(sentence)}\n`);
    },
    progress(what, share) {
      if (performance.now() - began >= patience) show(`${printable(what)} ${Math.floor(share * 100)} %`);
    },
    progressDone: () => show(''),
    style: styleFor(process.stdout),
  };
}

function styleFor(stream: Writable & { readonly isTTY?: boolean }): Style {
  const coloured = stream.isTTY === true && !process.env['NO_COLOR'] && process.env['TERM'] !== 'dumb';
  const mark =
    ([on, off]: readonly [number, number]) =>
    (text: string) =>
      coloured ? `\u001b[${on}m${text}\u001b[${off}m` : text;
  return { strong: mark(codes.strong), faint: mark(codes.faint), warning: mark(codes.warning), error: mark(codes.error) };
}
