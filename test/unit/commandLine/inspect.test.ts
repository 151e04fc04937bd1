import assert from 'node:assert/strict';
import fs from 'node:fs';
import { document, normoscope } from '../../support/commandLine';
import { float32Npy } from '../../support/npyFiles';
import { inProject } from '../../support/root';

const fixture = (name: string) => inProject('test', 'fixtures', 'npy', `${name}.npy`);

interface Tensor {
  readonly name: string;
  readonly status: string;
  readonly reason: string | null;
  readonly statistics: Record<string, unknown> | null;
  readonly first: unknown;
  readonly last: unknown;
}

const inspect = (...args: string[]) => {
  const ran = normoscope(['inspect', ...args, '--json']);
  const { tensors, ...rest } = document(ran) as { tensors: Tensor[] } & Record<string, unknown>;
  return { ran, tensors, rest };
};

describe('normoscope inspect', () => {
  it('writes the document of the contract', () => {
    const { ran, tensors, rest } = inspect(fixture('far_from_zero'));
    assert.deepEqual([ran.exitCode, ran.err], [0, '']);
    assert.deepEqual(rest, { file: fixture('far_from_zero'), format: 'npy', bytes: 128 + 512, metadata: {}, findings: [], warnings: [] });
    const [tensor] = tensors as unknown as [Record<string, unknown>];
    const { statistics, first, last, ...header } = tensor as Record<string, Record<string, unknown>>;
    assert.deepEqual(header, { name: '', dtype: 'float64', storedDtype: '<f8', shape: [16, 4], bytes: 512, status: 'readable', reason: null });
    assert.deepEqual(Object.keys(statistics ?? {}), [
      ...['count', 'nan', 'posInf', 'negInf', 'zeros', 'mean', 'variance', 'varianceUnbiased', 'std'],
      ...['min', 'max', 'absMax', 'skewness', 'excessKurtosis', 'exact', 'quantiles', 'quantilesExact', 'quantilesFrom', 'quantileError', 'subnormal'],
    ]);
    assert.equal(statistics?.['exact'], true);
    assert.equal(statistics?.['count'], 64);
    assert.deepEqual([first?.['length'], last?.['length']], [8, 8]);
  });

  it('writes what JSON has no numbers for as strings', () => {
    const [notFinite] = inspect(fixture('not_finite')).tensors;
    assert.deepEqual((notFinite?.last as unknown[]).slice(2), ['NaN', 'NaN', 'NaN', 'NaN', 'NaN', 'NaN']);
    assert.deepEqual([(notFinite?.first as unknown[])[1], notFinite?.statistics?.['nan']], ['NaN', 7]);
    assert.deepEqual(inspect(fixture('beyond_double')).tensors[0]?.first, ['9007199254740993', '-9007199254740993', '9223372036854775807', '-9223372036854775808', 3]);
  });

  it('says how good the quantiles of a large tensor are', () => {
    const values = Array.from({ length: 2 ** 20 + 1 }, (_, index) => (index * 7919) % 1000);
    const input = float32Npy(values, [values.length]);
    const { statistics } = (document(normoscope(['inspect', '-', '--json'], { input })) as { tensors: Tensor[] }).tensors[0] ?? {};
    assert.deepEqual([statistics?.['quantilesExact'], statistics?.['quantilesFrom'], statistics?.['quantileError']], [false, 'counters', 2 ** -7]);
    const median = (statistics?.['quantiles'] as Record<string, number>)['0.5'] ?? NaN;
    assert.ok(Math.abs(median - 499.5) < 500 / 128, `${median}`);
    assert.match(normoscope(['inspect', '-'], { input }).out, /quantiles to 0\.78\u202f%/);
    assert.doesNotMatch(normoscope(['inspect', fixture('far_from_zero')]).out, /quantiles to/);
  });

  it('has the exact extremes of integers that no double holds', () => {
    const { min, max, absMax, mean } = inspect(fixture('beyond_double')).tensors[0]?.statistics ?? {};
    assert.deepEqual([min, max, absMax, typeof mean], ['-9223372036854775808', '9223372036854775807', '9223372036854775808', 'number']);
    assert.equal(inspect(fixture('beyond_double_unsigned')).tensors[0]?.statistics?.['max'], '18446744073709551615');
    assert.match(normoscope(['inspect', fixture('beyond_double')]).out, /range +−9\u202f223\u202f372\u202f036\u202f854\u202f775\u202f808 to 9\u202f223/);
    // Others are numbers, as ever.
    assert.equal(typeof inspect(fixture('little_f4')).tensors[0]?.statistics?.['max'], 'number');
  });

  it('has null where there is no statistic', () => {
    for (const name of ['empty', 'all_nan']) {
      const { count, mean, variance, std, min, max, absMax } = inspect(fixture(name)).tensors[0]?.statistics ?? {};
      assert.deepEqual([count, mean, variance, std, min, max, absMax], [0, null, null, null, null, null, null]);
    }
  });

  it('has the statistics of both parts of a complex tensor', () => {
    const [tensor] = inspect(fixture('little_c8')).tensors as unknown as [Record<string, unknown>];
    assert.equal(tensor['dtype'], 'complex64');
    assert.deepEqual(Object.keys(tensor['statisticsImaginary'] as object), Object.keys(tensor['statistics'] as object));
  });

  it('lists the fields of records, and says of each that is no number why', () => {
    const { ran, tensors } = inspect(fixture('record'));
    assert.equal(ran.exitCode, 0);
    assert.deepEqual(tensors.map(({ name, status }) => `${name} ${status}`), [
      ...['x readable', 'n readable', 'ok readable', 'z readable', 'text unsupported', 'day unsupported'],
    ]);
    assert.match(tensors[4]?.reason ?? '', /text/);
    assert.equal(tensors[4]?.statistics, null);
  });

  it('shows the one tensor that is named', () => {
    assert.deepEqual(inspect(fixture('record_nested'), '--tensor', 's.c').tensors.map(({ name }) => name), ['s.c']);
    const ran = normoscope(['inspect', fixture('record_nested'), '--tensor', 'nope', '--json']);
    assert.equal(ran.exitCode, 2);
    assert.match((document(ran)['error'] as { message: string }).message, /no tensor "nope"; there is "a", "r\.b"/);
  });

  it('accepts --exact', () => assert.equal(normoscope(['inspect', fixture('scalar'), '--exact']).exitCode, 0));

  it('lists a truncated array, and fails', () => {
    const { ran, tensors, rest } = inspect(fixture('truncated'));
    assert.equal(ran.exitCode, 3);
    assert.equal(tensors[0]?.status, 'refused');
    const { code, message, offset } = rest['error'] as Record<string, unknown>;
    assert.deepEqual([code, offset], ['truncated', 228]);
    assert.match(String(message), /takes 160 bytes from byte 128 on, but only 100 are there/);
  });

  it('refuses pickled objects', () => {
    const { ran, tensors, rest } = inspect(fixture('objects'));
    assert.equal(ran.exitCode, 3);
    assert.equal(tensors[0]?.status, 'refused');
    assert.equal((rest['error'] as { code: string }).code, 'refused');
  });

  it('warns of bytes after the array', () => {
    const { ran, rest } = inspect(fixture('saved_twice'));
    assert.equal(ran.exitCode, 0);
    assert.deepEqual((rest['warnings'] as { code: string }[]).map(({ code }) => code), ['trailing-bytes']);
  });

  it('reads standard input', () => {
    const ran = normoscope(['inspect', '-', '--json'], { input: fs.readFileSync(fixture('one_axis')) });
    assert.equal(ran.exitCode, 0);
    assert.equal(document(ran)['file'], '-');
    assert.equal((document(ran)['tensors'] as Tensor[])[0]?.statistics?.['count'], 37);
  });

  it('computes the same on either engine', () => {
    const texts = ['wasm', 'reference'].map((backend) => normoscope(['inspect', fixture('little_i2'), '--json'], { env: { NORMOSCOPE_BACKEND: backend } }).out);
    const [wasm, reference] = texts.map((text) => (JSON.parse(text) as { tensors: Tensor[] }).tensors[0]);
    assert.deepEqual(wasm?.first, reference?.first);
    assert.ok(Math.abs(Number(wasm?.statistics?.['mean']) - Number(reference?.statistics?.['mean'])) < 1e-9);
  });

  it('shows people a tensor in aligned lines, without colour in a pipe', () => {
    const { exitCode, out, err } = normoscope(['inspect', fixture('far_from_zero')]);
    assert.deepEqual([exitCode, err], [0, '']);
    assert.match(out, /^\S.*far_from_zero\.npy {2}NumPy array, 640\u202fB$/m);
    assert.match(out, /^ {2}shape {6}\(16, 4\), 512\u202fB$/m);
    assert.match(out, /^ {2}elements {3}64 finite \(0 zeros\), 0 NaN, 0 \+Inf, 0 −Inf$/m);
    assert.doesNotMatch(out, /\u001b/);
  });

  it('shows people the fields of records as a table', () => {
    const lines = normoscope(['inspect', fixture('record')]).out.split('\n');
    const head = lines.find((line) => line.startsWith('  name')) ?? '';
    const row = lines.find((line) => line.startsWith('  x ')) ?? '';
    for (const title of ['type', 'shape']) assert.notEqual(row[head.indexOf(title)], ' ');
    for (const title of ['mean', 'max']) assert.match(row[head.indexOf(title) + title.length - 1] ?? '', /\d/);
    assert.ok(lines.some((line) => /text .*The elements are text \(<U3\)\./.test(line)));
  });

  it('tells people what is refused, on standard error', () => {
    const { exitCode, out, err } = normoscope(['inspect', fixture('objects')]);
    assert.equal(exitCode, 3);
    assert.match(out, /refused .*pickle/);
    assert.match(err, /^normoscope: [A-Z].*pickle.*\.\n$/);
  });

  it('finds a pickle that would run a program, in whatever file', () => {
    for (const file of ['hostile.pt', 'hostile_legacy.bin', 'hostile_plain_0.pt', 'hostile_plain_4.pt']) {
      const { ran, rest } = inspect(inProject('test', 'fixtures', 'pytorch', file));
      const [finding] = rest['findings'] as Record<string, unknown>[];
      assert.deepEqual([ran.exitCode, finding?.['rule'], finding?.['severity']], [0, 'unsafe-pickle', 'error'], file);
      assert.match(JSON.stringify(finding?.['evidence']), /"calls":"posix\.system/);
    }
    assert.match(normoscope(['inspect', inProject('test', 'fixtures', 'pytorch', 'hostile_plain_4.pt')]).out, /No tensor\.\n\n.*error.*posix\.system.*\[unsafe-pickle\]/);
    assert.doesNotMatch(normoscope(['inspect', inProject('test', 'fixtures', 'pytorch', 'hostile.pt')]).out, /warning/);
  });
});
