import assert from 'node:assert/strict';
import { NormoscopeError } from '../../../src/core/errors';
import type { SliceRequest } from '../../../src/core/analysis/slice';
import type { TilesRequest } from '../../../src/core/analysis/tiles';
import { guarded, hostCalls } from '../../../src/protocol/guards';
import type { HostApi, ViewOptions } from '../../../src/protocol/messages';
import { connect } from '../../../src/protocol/rpc';

/** Two ends that hear each other, and a way to put anything on the line. */
function pair(functions: object) {
  const heard: { host: (message: unknown) => void; page: (message: unknown) => void } = { host: () => undefined, page: () => undefined };
  const errors: string[] = [];
  const hostErrors = { onError: (error: Error, name?: string) => void errors.push(`${name ?? ''}: ${error.message}`), form: 'text' as const };
  connect({ post: (message) => heard.page(message), on: (listener) => (heard.host = listener) }, functions, hostErrors);
  const page = connect<HostApi, object>(
    { post: (message) => heard.host(message), on: (listener) => (heard.page = listener) },
    {},
    { onError: () => undefined, form: 'text' },
  );
  return { page, errors, send: (message: unknown) => heard.host(message) };
}

const tile = { rowAxes: [0], columnAxes: [1], fixed: [0, 0], row: 0, rows: 4, column: 0, columns: 4, rowsPerPixel: 1, columnsPerPixel: 2 };
const tiles: TilesRequest = { tensor: 0, views: ['raw', 'layer'], windows: [tile] };

function host(seen: unknown[] = []): HostApi {
  return {
    ready: () => undefined,
    setOptions: (options) => void seen.push(options),
    selectTensor: (index) => {
      throw new NormoscopeError('usage', `The file has no tensor number ${index}.`);
    },
    attach: () => undefined,
  detach: () => undefined,
  compareWith: () => undefined,
  closeComparison: () => undefined,
  showCatalog: () => undefined,
    wantStatistics: () => undefined,
    wantPairs: () => undefined,
    openPair: () => undefined,
    retry: () => void seen.push('retry'),
    cancel: () => undefined,
    copyStatistics: () => undefined,
    copyCode: () => undefined,
    saveExport: () => undefined,
    readSlice: (purpose) => {
      seen.push(purpose);
      return Promise.resolve({ ok: false, error: { code: 'cancelled', message: 'Cancelled.' } });
    },
    readTiles: (purpose) => {
      seen.push(purpose);
      return Promise.resolve({ ok: true, value: [] });
    },
    copyText: (text) => void seen.push(text),
    openRule: (rule) => void seen.push(rule),
    rendererChosen: () => undefined,
  };
}

describe('calls between page and host', () => {
  it('are answered', async () => {
    const { page } = pair(guarded(hostCalls, host()));
    assert.deepEqual(await page.readTiles('heatmap', tiles), { ok: true, value: [] });
  });

  it('carry their failure to the caller and to the log', async () => {
    const { page, errors } = pair(guarded(hostCalls, host()));
    await assert.rejects(page.selectTensor(7), { message: /no tensor number 7/ });
    assert.deepEqual(errors, ['selectTensor: The file has no tensor number 7.']);
  });

  it('of functions that are not offered do nothing, those of every object among them', async () => {
    const { errors, send } = pair(guarded(hostCalls, host()));
    for (const name of ['executeCommand', 'constructor', 'toString', '__proto__', 'hasOwnProperty']) {
      send(JSON.stringify({ t: 'q', i: '1', m: name, a: [] }));
    }
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(errors.filter((error) => error.includes('There is no function')).length, 5);
  });

  it('that are no calls at all are one sentence in the log', async () => {
    const { errors, send } = pair(guarded(hostCalls, host()));
    for (const message of [null, 7, {}, 'text', '{"t":"q"}', JSON.stringify({ t: 'q', m: 5, a: [] }), JSON.stringify({ t: 'q', m: 'ready', a: {} })]) send(message);
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(errors.length, 7);
  });
});

describe('guards of the page’s calls', () => {
  const slice: SliceRequest = { fixed: [0, 3, 0], rowAxis: 2, columnAxis: 0, rows: [64, 64], columns: [0, 32] };
  const views: ViewOptions['views'] = ['layer', 'batch'];

  it('let through what the page sends', () => {
    const seen: unknown[] = [];
    const api = guarded(hostCalls, host(seen));
    api.setOptions({ views });
    api.setOptions({ views: ['rms'], layout: 'NCHW', eps: 0, numGroups: 4, normalizedDims: 1, groupHistograms: ['channel'], groupDetails: true });
    api.setOptions({ views, normalizedAxes: 'C' });
    api.setOptions({ views, mask: { kind: 'pad-value', value: -100 } });
    api.setOptions({ views, mask: { kind: 'mask', from: 3, inverted: true } });
    api.openRule('non-finite');
    void api.readSlice('view', 3, slice);
    void api.readTiles('heatmap', tiles);
    void api.readSlice('copy', 0, { fixed: [], rowAxis: null, columnAxis: null, rows: [0, 1], columns: [0, 1] });
    api.copyText('x = np.array([1.5])');
    assert.equal(seen.length, 10);
  });

  const refused: readonly (readonly [string, (api: HostApi) => unknown])[] = [
    ['an eps that is no number', (api) => api.setOptions({ views, eps: NaN })],
    ['a negative eps', (api) => api.setOptions({ views, eps: -1 })],
    ['a method that there is not', (api) => api.setOptions({ views: ['weight' as 'layer'] })],
    ['a histogram of what there is not', (api) => api.setOptions({ views, groupHistograms: ['pixel' as 'channel'] })],
    ['an axis to normalize over that is none', (api) => api.setOptions({ views, normalizedAxes: 'CN' })],
    ['zero groups', (api) => api.setOptions({ views, numGroups: 0 })],
    ['a mask that is no tensor of the file', (api) => api.setOptions({ views, mask: { kind: 'mask', from: 'other.npy' } as unknown as { kind: 'mask'; from: number } })],
    ['a mask of a kind that there is not', (api) => api.setOptions({ views, mask: { kind: 'path', from: 1 } as unknown as { kind: 'mask'; from: number } })],
    ['a pad value that is no number', (api) => api.setOptions({ views, mask: { kind: 'pad-value', value: NaN } })],
    ['a layout as long as a book', (api) => api.setOptions({ views, layout: 'N'.repeat(9) })],
    ['an option that there is not', (api) => api.setOptions({ views, command: 'rm' } as ViewOptions)],
    ['code of a framework that there is not', (api) => api.copyCode('layer', 'caffe' as 'keras')],
    ['an export whose name is a path', (api) => api.saveExport('../acts', 'csv', new Uint8Array(1))],
    ['an export of a kind that can run', (api) => api.saveExport('acts', 'html' as 'csv', new Uint8Array(1))],
    ['an export that is no bytes', (api) => api.saveExport('acts', 'csv', 'a,b' as unknown as Uint8Array)],
    ['an export of more than 64 MiB', (api) => api.saveExport('acts', 'csv', new Uint8Array(2 ** 26 + 1))],
    ['a rule that is a path', (api) => api.openRule('../../secrets')],
    ['to attach what has no role', (api) => api.attach('../acts.npy' as 'weight')],
    ['to detach what has no role', (api) => api.detach('constructor' as 'weight')],
    ['a tensor that is no index', (api) => api.selectTensor(1.5)],
    ['a tile of no rows', (api) => void api.readTiles('heatmap', { ...tiles, windows: [{ ...tile, rows: 0 }] })],
    ['a tile of a view that there is none of', (api) => void api.readTiles('heatmap', { ...tiles, views: ['mean' as 'raw'] })],
    ['more tiles than a page shows', (api) => void api.readTiles('planes', { ...tiles, windows: new Array<typeof tile>(257).fill(tile) })],
    ['a slice for what there is no purpose', (api) => void api.readSlice('export' as 'view', 0, slice)],
    ['a slice that begins before its axis', (api) => void api.readSlice('view', 0, { ...slice, rows: [-1, 2] })],
    ['a slice through an axis that is none', (api) => void api.readSlice('view', 0, { ...slice, rowAxis: 0.5 })],
    ['a slice of more axes than any tensor', (api) => void api.readSlice('view', 0, { ...slice, fixed: new Array<number>(9).fill(0) })],
    ['a text that no slice can be', (api) => api.copyText('x'.repeat(8_388_609))],
    ['one argument too many', (api) => (api.retry as (extra: number) => void)(1)],
  ];
  for (const [what, call] of refused) {
    it(`refuse ${what}`, () => {
      const seen: unknown[] = [];
      assert.throws(() => call(guarded(hostCalls, host(seen))), { code: 'usage', message: /was refused: argument/ });
      assert.deepEqual(seen, []);
    });
  }
});
