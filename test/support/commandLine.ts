import { spawnSync } from 'node:child_process';
import { inProject } from './root';

export interface Ran {
  readonly exitCode: number | null;
  readonly out: string;
  readonly err: string;
}

export interface RunOptions {
  readonly input?: Uint8Array;
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs the built command line as a person's shell would. */
export function normoscope(args: readonly string[], { input, env }: RunOptions = {}): Ran {
  const { status, stdout, stderr } = spawnSync(process.execPath, [inProject('dist', 'cli.js'), ...args], {
    encoding: 'utf8',
    env: { ...process.env, ...env },
    ...(input === undefined ? { stdio: ['ignore', 'pipe', 'pipe'] } : { input }),
  });
  return { exitCode: status, out: stdout, err: stderr };
}

/** The one JSON document on standard output. */
export function document(ran: Ran): Record<string, unknown> {
  return JSON.parse(ran.out) as Record<string, unknown>;
}
