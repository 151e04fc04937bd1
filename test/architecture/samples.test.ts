import assert from 'node:assert/strict';
import fs from 'node:fs';
import * as v from 'valibot';
import { notebookMimeType, notebookPayload } from '../../src/protocol/notebookPayload';
import { outputFile } from '../../src/features/notebook/outputFile';
import { filesUnder } from '../support/sources';
import { inProject } from '../support/root';

interface Cell {
  readonly source: string | readonly string[];
  readonly outputs?: readonly { readonly data: Readonly<Record<string, unknown>> }[];
}
const { cells } = JSON.parse(fs.readFileSync(inProject('samples/activations.ipynb'), 'utf8')) as { readonly cells: readonly Cell[] };
const outputs = cells.flatMap((cell) => cell.outputs ?? []);
const payloads = outputs.map(({ data }) => v.parse(notebookPayload, data[notebookMimeType]));

describe('the samples', () => {
  it('take at most 2 MB', () => {
    const sizes = filesUnder('samples', ['']).map((file) => fs.statSync(inProject(file)).size);
    assert.ok(sizes.reduce((sum, size) => sum + size, 0) <= 2e6);
  });

  it('have notebook outputs with data and with statistics alone, each with a text for other viewers', () => {
    assert.ok(payloads.some(({ data }) => data !== undefined));
    assert.ok(payloads.some(({ data }) => data === undefined));
    assert.deepEqual(outputs.filter(({ data }) => data['text/plain'] === undefined), []);
  });

  it('carry as much data as dtype and shape say', () => {
    for (const payload of payloads.filter(({ data }) => data !== undefined)) assert.ok(outputFile(payload).length > 0);
  });

  it('are made by the code that the documentation shows', () => {
    const [, snippet] = /```python\n([^]*?)\n```/.exec(fs.readFileSync(inProject('docs/notebook-output.md'), 'utf8')) ?? [];
    assert.ok(snippet !== undefined);
    assert.ok(cells.some(({ source }) => [source].flat().join('') === snippet));
  });
});
