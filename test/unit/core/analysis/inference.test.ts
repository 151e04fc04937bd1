import assert from 'node:assert/strict';
import fs from 'node:fs';
import type { AnalysisRequest, Histogram, Report } from '../../../../src/core/analysis/report';
import type { Engine } from '../../../../src/core/engine/engine';
import { openTensorFile, type TensorFile } from '../../../../src/core/normoscope';
import { memorySource } from '../../../../src/core/tensor/memorySource';
import { inProject } from '../../../support/root';
import { engines } from '../../../support/tensors';

interface Truth {
  readonly eps: number;
  readonly batch: Readonly<Record<'train' | 'eval' | 'plain train' | 'plain eval', readonly number[]>>;
  readonly layer: { readonly output: readonly number[] };
}

const folder = inProject('test', 'fixtures', 'attached');
const truth = JSON.parse(fs.readFileSync(`${folder}/truth.json`, 'utf8')) as Truth;
const open = (name: string) => openTensorFile(memorySource(name, fs.readFileSync(`${folder}/${name}`)));

const indexOf = (file: TensorFile, name: string) => file.catalog.tensors.findIndex((tensor) => tensor.name === name);

async function batchReport(engine: Engine, more: Partial<AnalysisRequest> = {}): Promise<Report> {
  const file = await open('bn.npz');
  const values = (name: string) => file.values(engine, indexOf(file, `bn1.${name}`));
  const parameters = { weight: await values('weight'), bias: await values('bias'), runningMean: await values('running_mean'), runningVar: await values('running_var') };
  return file.analyze(engine, { tensor: indexOf(file, 'bn1.input'), eps: truth.eps, views: ['batch', 'layer'], parameters, ...more });
}

/** What of the values is in each bin, counted one by one. */
function assertCounts({ low, high, counts, below, above }: Histogram, values: readonly number[], what: string): void {
  const expected = new Array<number>(counts.length).fill(0);
  const beyond = [0, 0];
  for (const value of values) {
    if (value < low) beyond[0] = (beyond[0] ?? 0) + 1;
    else if (value > high) beyond[1] = (beyond[1] ?? 0) + 1;
    else {
      const bin = Math.min(counts.length - 1, Math.floor(((value - low) / (high - low)) * counts.length));
      expected[bin] = (expected[bin] ?? 0) + 1;
    }
  }
  assert.deepEqual([...counts], expected, what);
  assert.deepEqual([below, above], beyond, what);
}

function channelOf(values: readonly number[], channel: number): number[] {
  return values.filter((_, index) => Math.floor(index / 6) % 4 === channel);
}

function meanAndStd(values: readonly number[]): readonly [number, number] {
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  return [mean, Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length)];
}

function near(actual: number | null | undefined, expected: number, what: string): void {
  assert.ok(Math.abs((actual ?? NaN) - expected) <= 1e-12 * Math.max(1, Math.abs(expected)), `${what} is ${actual}, PyTorch says ${expected}`);
}

for (const engine of engines({ chunkBytes: 100 })) {
  describe(`training against inference, ${engine.backend}`, () => {
    it('moves and scales every channel as BatchNorm2d does in eval mode', async () => {
      const { inference } = await batchReport(engine);
      assert.ok(inference?.shift !== null && inference?.scale !== null && inference !== null);
      assert.equal(inference.from, 'given');
      for (let channel = 0; channel < 4; channel++) {
        const [trainMean, trainStd] = meanAndStd(channelOf(truth.batch['plain train'], channel));
        const [evalMean, evalStd] = meanAndStd(channelOf(truth.batch['plain eval'], channel));
        near(inference.scale[channel], evalStd / trainStd, `scale of channel ${channel}`);
        near(inference.shift[channel], evalMean - (evalStd / trainStd) * trainMean, `shift of channel ${channel}`);
      }
      const [mean, std] = meanAndStd(truth.batch['plain eval']);
      near(inference.output.mean, mean, 'mean');
      near(inference.output.std, std, 'std');
    });

    it('names the channels that move most, and their statistics', async () => {
      const { inference } = await batchReport(engine);
      const shifts = [...(inference?.shift ?? [])].map(Math.abs);
      const order = [0, 1, 2, 3].sort((a, b) => (shifts[b] ?? 0) - (shifts[a] ?? 0));
      assert.deepEqual(inference?.worstShifts.map(({ channel }) => channel), order);
      assert.equal(inference?.worstShifts.find(({ channel }) => channel === 3)?.runningVariance, 9);
      assert.equal(inference?.shifts?.max, Math.max(...shifts));
    });

    it('draws both outputs with γ and β, as PyTorch has them', async () => {
      const { inference, views, affine } = await batchReport(engine);
      assert.deepEqual(affine, ['batch', 'group', 'instance']);
      assert.ok(inference?.histograms !== null && inference !== null);
      assertCounts(inference.histograms.training, truth.batch.train, 'training');
      assertCounts(inference.histograms.inference, truth.batch.eval, 'inference');
      const view = views.find(({ id }) => id === 'batch');
      assert.equal(view?.affine, 'γ and β');
      assert.deepEqual(view.histogram, inference.histograms.training);
      assert.equal(views.find(({ id }) => id === 'layer')?.affine, undefined);
    });

    it('says which of them is in a picture where one is given alone', async () => {
      const file = await open('bn.npz');
      const tensor = indexOf(file, 'bn1.input');
      for (const [name, said] of [['weight', 'γ'], ['bias', 'β']] as const) {
        const parameters = { [name]: await file.values(engine, indexOf(file, `bn1.${name}`)) };
        const { views } = await file.analyze(engine, { tensor, eps: truth.eps, views: ['batch'], parameters });
        assert.equal(views.find(({ id }) => id === 'batch')?.affine, said);
      }
    });

    it('draws what a heatmap is zoomed into with them too', async () => {
      const file = await open('bn.npz');
      const values = (name: string) => file.values(engine, indexOf(file, `bn1.${name}`));
      const parameters = { weight: await values('weight'), bias: await values('bias'), runningMean: await values('running_mean'), runningVar: await values('running_var') };
      const tensor = indexOf(file, 'bn1.input');
      const maps = await file.views(engine, { tensor, eps: truth.eps, views: ['batch'], parameters });
      const window = { rowAxes: [0], columnAxes: [1, 2, 3], fixed: [0, 0, 0, 0], row: 0, rows: 6, column: 0, columns: 24, rowsPerPixel: 1, columnsPerPixel: 1 };
      const [tile] = await file.tiles(engine, maps, { tensor, views: ['batch'], windows: [window] });
      truth.batch.train.forEach((value, element) => near(tile?.views[0]?.mean[element], value, `element ${element}`));
    });

    it('has no second output where BatchNorm is not looked at', async () => {
      const { inference, views } = await batchReport(engine, { views: ['layer'] });
      assert.equal(inference?.histograms, null);
      assert.deepEqual(views.map(({ id }) => id), ['raw', 'layer']);
    });

    it('takes the running averages of the tensor itself where none are given', async () => {
      const { inference, runningAverages, methods } = await batchReport(engine, { parameters: {}, batchSize: 2, momentum: 0.3 });
      assert.ok(runningAverages !== null && 'final' in runningAverages && runningAverages.final !== null);
      assert.equal(inference?.from, 'own');
      const batch = methods.find(({ id }) => id === 'batch');
      assert.ok(batch !== undefined && 'mean' in batch);
      const mean = batch.mean?.values?.[2] ?? NaN;
      near(inference.shift?.[2], (mean - (runningAverages.final.mean[2] ?? 0)) / Math.sqrt((runningAverages.final.variance[2] ?? 0) + truth.eps), 'shift');
    });

    it('does γ and β to LayerNorm over the features that they are of', async () => {
      const file = await open('ln.npz');
      const values = (name: string) => file.values(engine, indexOf(file, name));
      const parameters = { weight: await values('ln.weight'), bias: await values('ln.bias'), methods: ['layer'] } as const;
      const { views, affine } = await file.analyze(engine, { tensor: indexOf(file, 'ln.input'), layout: 'NTC', eps: truth.eps, views: ['layer', 'batch'], parameters });
      assert.deepEqual(affine, ['layer']);
      const view = views.find(({ id }) => id === 'layer');
      assert.ok(view !== undefined);
      assertCounts(view.histogram, truth.layer.output, 'LayerNorm');
    });

    it('refuses what fits nothing, is half of a pair, or is no variance, in one sentence', async () => {
      const of = (...values: number[]) => ({ shape: [values.length], values: Float64Array.from(values) });
      const refused = (parameters: AnalysisRequest['parameters'], message: RegExp) => assert.rejects(batchReport(engine, { parameters: parameters ?? {} }), { code: 'usage', message });
      await refused({ weight: of(1, 2, 3) }, /^γ and β fit no normalization of this tensor: weight \(3\); \(4, 3, 2\) for LayerNorm, \(4\) for BatchNorm, .* is expected\.$/);
      await refused({ weight: of(1, 1, 1, 1), methods: ['layer'] }, /weight \(4\); \(4, 3, 2\) for LayerNorm is expected\.$/);
      await refused({ runningMean: of(1, 2, 3, 4) }, /^Running statistics are a mean and a variance; the variance is missing\.$/);
      await refused({ runningMean: of(1, 2, 3, 4), runningVar: of(1, 2, 3, -4) }, /^The running variance of channel 3 is -4; a variance is zero or more\.$/);
      await refused({ runningMean: of(1, 2), runningVar: of(1, 2) }, /^The running mean has the shape \(2,\); \(4,\) is expected\.$/);
    });
  });
}
