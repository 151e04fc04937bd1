import type { Evidence } from '../analysis/evidence';
import type { MomentTable } from '../engine/moments';
import { counted, formatCount, listed } from '../text/numbers';
import { channelsText } from './channels';

/** Numbers of groups in an evidence list: enough to find them, few enough to read. */
const inEvidence = 64;

/** The normalizations whose groups rules look at: those that the page compares. */
const compared = ['batch', 'layer'] as const;

/** Groups that have too much of something. */
export interface WorstGroups {
  readonly method: (typeof compared)[number];
  readonly table: MomentTable;
  readonly groups: readonly number[];
  readonly greatest: number;
  readonly greatestGroup: number;
}

/**
 * The groups of BatchNorm, or of LayerNorm if the greatest is among them, of which `measure` is above `limit`; null without.
 * One normalization only, so that a tensor is not spoken of twice.
 * @param measure NaN for a group that it does not apply to
 */
export function worstGroups(evidence: Evidence, measure: (table: MomentTable, group: number) => number, limit: number): WorstGroups | null {
  let worst: WorstGroups | null = null;
  for (const method of compared) {
    const table = evidence.methods.get(method)?.table;
    if (table === undefined) continue;
    const groups: number[] = [];
    let greatest = limit;
    let greatestGroup = -1;
    for (let group = 0; group < table.size; group++) {
      const value = measure(table, group);
      if (!(value > limit)) continue;
      groups.push(group);
      if (value > greatest) [greatest, greatestGroup] = [value, group];
    }
    if (groups.length > 0 && greatest > (worst?.greatest ?? limit)) worst = { method, table, groups, greatest, greatestGroup };
  }
  return worst;
}

/** Variance of a group with two different elements; NaN of others, and where it is too small for float64. */
export function spread(table: MomentTable, group: number): number {
  const variance = (table.m2[group] ?? 0) / (table.count[group] ?? 0);
  return (table.min[group] ?? 0) < (table.max[group] ?? 0) && variance > 0 ? variance : NaN;
}

/** `Channels 3 and 7 (of 24)`, `12 groups of LayerNorm (of 768)`. */
export function groupsText({ method, groups, table }: WorstGroups): string {
  if (method === 'batch') return channelsText(groups, table.size);
  const which = groups.length <= 5 ? ` ${listed(groups)}` : '';
  return which === ''
    ? `${counted(groups.length, 'group')} of LayerNorm (of ${formatCount(table.size)})`
    : `LayerNorm's ${groups.length === 1 ? 'group' : 'groups'}${which} (of ${formatCount(table.size)})`;
}

/** ` (channel 3)` where several were named before, so that it is clear whose number stands there. */
export function whichText({ method, groups, greatestGroup }: WorstGroups): string {
  if (groups.length === 1) return '';
  return ` (${method === 'batch' ? 'channel' : 'group'} ${greatestGroup})`;
}

export function groupsEvidence({ method, groups, greatestGroup }: WorstGroups) {
  return { method, groups: groups.slice(0, inEvidence), groupCount: groups.length, worstGroup: greatestGroup };
}

/** What the numbers of `groupsEvidence` are, for a rule's page. */
export const groupsEvidenceText = {
  method: 'the normalization whose groups these are: `batch` or `layer`, the one that has the worst',
  groups: 'the groups (for BatchNorm the channels), counted from 0; the first 64 of them',
  groupCount: 'how many groups there are of this kind in all',
  worstGroup: 'the worst of them; the numbers below are its',
};
