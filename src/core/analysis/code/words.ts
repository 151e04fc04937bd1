import type { CodeRequest } from './code';
import { tuple } from './python';

/** `# x: (32, 197, 768), axes N T C`. */
export function shapeComment({ shape, roles }: CodeRequest): string {
  return `# x: ${tuple(shape)}, axes ${[...roles].join(' ')}`;
}
