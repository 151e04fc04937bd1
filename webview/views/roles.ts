import type { Role } from '../../src/core/tensor/layout';

/** Letters of the layout and what they stand for, in the order in which they are offered. */
export const roleNames: Readonly<Record<Role, string>> = {
  N: 'batch',
  C: 'channel or feature',
  T: 'time or token',
  D: 'depth',
  H: 'height',
  W: 'width',
};

/**
 * The layout after one axis was given another letter. Only N may stand twice: an axis that had the letter takes the one
 * that became free, so every choice leads to a layout that is valid.
 */
export function withRole(roles: string, axis: number, role: Role): string {
  const letters = [...roles];
  const former = letters[axis] ?? 'N';
  if (role !== 'N') {
    const other = letters.indexOf(role);
    if (other >= 0) letters[other] = former;
  }
  letters[axis] = role;
  return letters.join('');
}
