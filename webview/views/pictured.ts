import { useRef } from 'preact/hooks';
import type { Report } from '../../src/core/analysis/report';
import type { EditorState } from '../../src/protocol/messages';

interface Pictured {
  /** Whose pictures are shown. */
  readonly report: Report;
  /** Whether they are of other options than those that are being computed. */
  readonly waiting: boolean;
}

/** What says how a report's pictures were made, beside eps, which they follow. */
function sharingOf({ options: { layout, normalizedDims, normalizedAxes, numGroups, mask, maskInverted }, attachments }: EditorState): string {
  return JSON.stringify([layout, normalizedDims, normalizedAxes, numGroups, mask, maskInverted, attachments]);
}

/** The last whole report of the shown tensor, until the next one is whole: its pictures stay while others are computed. Null where none is. */
export function usePictured(state: EditorState | null): Pictured | null {
  const last = useRef<{ readonly report: Report; readonly sharing: string } | null>(null);
  if (state === null) return null;
  const { report, tensor, phase } = state;
  const sharing = sharingOf(state);
  const before = last.current;
  if (before !== null && (report === null || before.report.tensor.index !== tensor || before.report.tensor.shape.join() !== report.tensor.shape.join())) last.current = null;
  if (report !== null && report.progress === 1 && report.views.length > 0 && phase === 'done') last.current = { report, sharing };
  if (report === null || report.methods.length === 0) return null;
  const { current } = last;
  return current === null ? { report, waiting: false } : { report: current.report, waiting: phase === 'computing' && current.sharing !== sharing };
}
