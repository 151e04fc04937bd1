import type { Evidence } from '../analysis/evidence';
import { formatCount, listed } from '../text/numbers';

/** Numbers of groups in an evidence list: enough to find them, few enough to read. */
const inEvidence = 64;

/** Moments of every channel, where BatchNorm's grouping applies. */
export function channelTable({ methods }: Evidence) {
  return methods.get('batch')?.table ?? null;
}

/** `Channel 3`, `Channels 3 and 7`, `Channels 0, 1, 2, 3, 4 and 19 more`; with `of 24` behind it. */
export function channelsText(channels: readonly number[], of: number): string {
  return `${channels.length === 1 ? 'Channel' : 'Channels'} ${listed(channels)} (of ${formatCount(of)})`;
}

/** The channels for a finding's evidence: the first 64, and how many there are. */
export function channelsEvidence(channels: readonly number[]) {
  return { channels: channels.slice(0, inEvidence), channelCount: channels.length };
}

/** What the numbers of `channelsEvidence` are, for a rule's page. */
export const channelsEvidenceText = {
  channels: 'the channels, counted from 0; the first 64 of them',
  channelCount: 'how many channels there are of this kind in all',
};

/** Where element `index` (row-major) lies: `[0, 3, 1, 2]`. */
export function positionText(index: number, shape: readonly number[]): string {
  const coordinates: number[] = [];
  let rest = index;
  for (const size of [...shape].reverse()) {
    coordinates.unshift(rest % size);
    rest = Math.floor(rest / size);
  }
  return `[${coordinates.join(', ')}]`;
}
