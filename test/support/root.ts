import path from 'node:path';

/** The project's folder, wherever the compiled test stands. */
export const projectRoot = process.env['NORMOSCOPE_ROOT'] ?? process.cwd();

export function inProject(...parts: string[]): string {
  return path.join(projectRoot, ...parts);
}
