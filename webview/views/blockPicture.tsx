import type { MethodReport } from '../../src/core/analysis/report';
import { blockPicture, blockSize } from '../charts/blocks';

interface BlockPictureProps {
  readonly shape: readonly number[];
  readonly roles: string;
  /** Null: the block alone, nothing shared. */
  readonly method: MethodReport | null;
}

/** The tensor as a block with one set of elements that share a mean and a variance. The sentence beside it says the same. */
export function BlockPicture({ shape, roles, method }: BlockPictureProps) {
  if (shape.length === 0) return null;
  const { faces, labels } = blockPicture(shape, roles, method);
  return (
    <svg class="blocks" viewBox={`0 0 ${blockSize.width} ${blockSize.height}`} aria-hidden="true">
      {faces.map(({ points, side, shared }) => <polygon key={points} points={points} class={`${side} ${shared ? 'shared' : ''}`} />)}
      {labels.map(({ x, y, text, anchor }) => <text key={text} x={x} y={y} text-anchor={anchor}>{text}</text>)}
    </svg>
  );
}
