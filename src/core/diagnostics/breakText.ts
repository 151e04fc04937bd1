import type { FirstBreak } from '../analysis/precision';
import { positionText } from './channels';

const kinds: Readonly<Record<FirstBreak['kind'], string>> = {
  'cast-overflow': 'overflows',
  'square-overflow': 'has a square that overflows',
  'sum-overflow': 'makes a sum overflow',
  'variance-not-positive': 'has no positive variance left',
  'not-finite': 'is not finite',
};

/** `element [3, 5] has a square that overflows`, `group 12 [0, 12] has no positive variance left`. */
export function breakText({ kind, element, group, coordinates }: FirstBreak, shape: readonly number[]): string {
  const where = `group ${group}${coordinates.length > 1 ? ` [${coordinates.join(', ')}]` : ''}`;
  return element === null ? `${where} ${kinds[kind]}` : `element ${positionText(element, shape)} ${kinds[kind]}`;
}
