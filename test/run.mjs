// The test command: `npm test`, or `node test/run.mjs [STEP…] [--grep TEXT]` for some of it.
// A step is named by its name or the beginning of it: `unit`, `integration`, `e2e`.
// Ends on the line `N passed, N failed` over all that ran; the exit code is 1 if anything failed or could not run.
import path from 'node:path';
import { parseArgs } from 'node:util';
import { removeAbandoned } from '../scripts/vscode/temporary.mjs';
import { showFailures } from './runner/results.mjs';
import { interruptSteps, steps } from './runner/steps.mjs';

process.chdir(path.dirname(import.meta.dirname));
process.env['NORMOSCOPE_ROOT'] = process.cwd();

const { values, positionals } = parseArgs({ allowPositionals: true, options: { grep: { type: 'string' } } });
const unknown = positionals.filter((word) => !steps.some(({ name }) => name.startsWith(word)));
if (unknown.length > 0) {
  console.error(`There is no step ${unknown.join(', ')}; there are ${steps.map(({ name }) => name).join(', ')}.`);
  process.exit(2);
}
const wanted = steps.filter(({ name }) => positionals.length === 0 || positionals.some((word) => name.startsWith(word)));

for (const [signal, code] of /** @type {const} */ ([['SIGINT', 130], ['SIGTERM', 143]])) {
  process.once(signal, () => {
    interruptSteps();
    process.exit(code);
  });
}

const begun = performance.now();
let passed = 0;
let failed = 0;
removeAbandoned();
for (const step of wanted) {
  const start = performance.now();
  console.log(`${step.name} …`);
  /** @type {import('./runner/results.mjs').Results} */
  let results;
  try {
    results = await step.run(step, { grep: values.grep ?? null });
  } catch (error) {
    results = { passed: 0, failures: [{ title: step.name, error: error instanceof Error ? error.message : String(error) }] };
  }
  showFailures(results);
  // A build that works is not a test; one that fails is a failure.
  if (step.name !== 'build') passed += results.passed;
  failed += results.failures.length;
  const { length } = results.failures;
  console.log(`${step.name}: ${results.passed} passed, ${length} failed in ${seconds(start)} s`);
  if (step.name === 'build' && length > 0) {
    const rest = wanted.slice(wanted.indexOf(step) + 1);
    failed += rest.length;
    for (const { name } of rest) console.log(`${name}: could not run without a build`);
    break;
  }
}
removeAbandoned();
if (values.grep !== undefined && passed + failed === 0) {
  console.error(`No test is named ${values.grep}.`);
  failed = 1;
}
console.log(`${wanted.length} of ${steps.length} steps in ${seconds(begun)} s`);
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;

/** @param {number} start */
function seconds(start) {
  return ((performance.now() - start) / 1000).toFixed(1);
}
