import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import { document, normoscope } from '../../support/commandLine';
import { inProject } from '../../support/root';

const file = inProject('test', 'fixtures', 'npy', 'far_from_zero.npy');

describe('the command line', () => {
  const wrong: readonly [args: readonly string[], message: RegExp][] = [
    [[], /No command is given; there are "inspect", "compare", "normalize" and "backward"/],
    [['audit', file], /There is no command "audit"; there are "inspect", "compare", "normalize" and "backward"/],
    [['inspect'], /No FILE is given: normoscope inspect FILE/],
    [['inspect', file, file], /takes one FILE/],
    [['inspect', file, '--layout', 'NC'], /Unknown option '--layout'; "normoscope inspect --help" lists the options/],
    [['inspect', file, '--tensor'], /argument missing/],
    [['compare', file, '--layout', 'NXC'], /the letter "X"/],
    [['compare', file, '--layout', 'NTC'], /names 3 axes, but the shape \(16, 4\) has 2/],
    [['compare', file, '--eps', 'small'], /--eps is "small", which is not a number/],
    [['compare', file, '--eps=-1'], /eps is -1; it must be a finite number, zero or more/],
    [['compare', file, '--momentum', '2'], /The momentum is 2; it is the weight of the new batch/],
    [['compare', file, '--batch', '0'], /The batch size is 0; it must be a whole number/],
    [['compare', file, '--groups', '3'], /3, which does not divide the 4 channels/],
    [['compare', file, '--groups', '1.5'], /1\.5/],
    [['compare', file, '--normalized-dims', '3'], /3; the tensor has 2 axes/],
    [['compare', file, '--normalized-axes', 'CH'], /"CH" has the letter "H"; of the layout NC there can be C/],
  ];
  for (const [args, message] of wrong) {
    it(`is told of wrong usage in one sentence: ${args.map((arg) => (arg === file ? 'FILE' : arg)).join(' ') || 'nothing'}`, () => {
      const people = normoscope(args);
      assert.deepEqual([people.exitCode, people.out], [2, '']);
      assert.match(people.err, message);
      assert.equal(people.err.trimEnd().split('\n').length, 1);
      const program = normoscope([...args.filter((arg) => arg !== '--tensor'), '--json', ...args.filter((arg) => arg === '--tensor')]);
      assert.deepEqual([program.exitCode, program.err], [2, '']);
      assert.equal((document(program)['error'] as { code: string }).code, 'usage');
    });
  }

  it('says which backends there are', () => {
    const { exitCode, err } = normoscope(['inspect', file], { env: { NORMOSCOPE_BACKEND: 'gpu' } });
    assert.equal(exitCode, 2);
    assert.match(err, /NORMOSCOPE_BACKEND is "gpu"; it may be "wasm" or "reference"/);
  });

  it('names what a file is that is no tensor, and one that is not there', () => {
    const manifest = normoscope(['inspect', inProject('package.json'), '--json']);
    assert.equal(manifest.exitCode, 3);
    assert.equal((document(manifest)['error'] as { code: string }).code, 'not-recognized');
    const missing = normoscope(['compare', inProject('none.npy')]);
    assert.deepEqual([missing.exitCode, missing.out, missing.err], [3, '', 'normoscope: There is no file none.npy.\n']);
    assert.equal(normoscope(['inspect', inProject('src')]).exitCode, 3);
    assert.match(normoscope(['inspect', '-'], { input: new Uint8Array(0) }).err, /standard input is empty/);
  });

  it('explains itself', () => {
    const { exitCode, out } = normoscope(['--help']);
    assert.equal(exitCode, 0);
    assert.match(out, /normoscope inspect FILE[^]*normoscope compare FILE[^]*normoscope normalize FILE[^]*Exit codes/);
    assert.doesNotMatch(out, /audit/);
    assert.match(normoscope(['compare', '--help']).out, /--normalized-dims K {2,}LayerNorm and RMSNorm/);
    const { version } = JSON.parse(fs.readFileSync(inProject('package.json'), 'utf8')) as { version: string };
    assert.equal(normoscope(['--version']).out, `${version}\n`);
  });

  it('ends quietly when nobody reads on', (done) => {
    const child = spawn(process.execPath, [inProject('dist', 'cli.js'), 'compare', file, '--full', '--json']);
    let errors = '';
    child.stderr.on('data', (text) => (errors += String(text)));
    child.stdout.destroy();
    child.on('close', (exitCode) => {
      assert.deepEqual([exitCode, errors], [0, '']);
      done();
    });
  });
});
