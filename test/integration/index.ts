import path from 'node:path';
import { createRequire } from 'node:module';
import type MochaRunner from 'mocha';
import { filesUnder } from '../support/sources';
import { inProject } from '../support/root';

/**
 * What VS Code's extension host runs: every test of `dist/test/integration`. The results go to the file that
 * `NORMOSCOPE_RESULTS` names, since what is printed here gets lost.
 */
export async function run(): Promise<void> {
  const fromProject = createRequire(inProject('package.json'));
  const Mocha = fromProject('mocha') as typeof MochaRunner;
  const mocha = new Mocha({
    ui: 'bdd',
    timeout: 60_000,
    reporter: fromProject(inProject('test', 'runner', 'reporter.cjs')) as MochaRunner.ReporterConstructor,
    reporterOptions: { file: process.env['NORMOSCOPE_RESULTS'] ?? inProject('test-results', 'integration.jsonl') },
    ...(process.env['NORMOSCOPE_GREP'] === undefined ? {} : { grep: process.env['NORMOSCOPE_GREP'] }),
  });
  for (const file of filesUnder(path.join('dist', 'test', 'integration'), ['.test.js'])) mocha.addFile(inProject(file));
  const failures = await new Promise<number>((resolve) => mocha.run(resolve));
  if (failures > 0) throw new Error(`${failures} failed`);
}
