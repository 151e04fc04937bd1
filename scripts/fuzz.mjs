// Mutates the fixtures of every format 20 000 times, or as often as said, and reads them: `npm run fuzz [-- TIMES]`.
import { spawnSync } from 'node:child_process';

const times = process.argv[2] ?? '20000';
const { status } = spawnSync(process.execPath, ['test/run.mjs', 'build', 'unit', '--grep', 'files (with faults|that are made)'], {
  stdio: 'inherit',
  env: { ...process.env, NORMOSCOPE_FUZZ: times },
});
process.exitCode = status ?? 1;
