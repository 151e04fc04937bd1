import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { reportBlocks, type ReportSetting } from '../../../../src/core/analysis/reportDocument';
import { reportHtml, reportMarkdown } from '../../../../src/core/analysis/reportText';
import type { Report } from '../../../../src/core/analysis/report';
import { openTensorFile } from '../../../../src/core/normoscope';
import { memorySource } from '../../../../src/core/tensor/memorySource';
import { float32Npy } from '../../../support/npyFiles';
import { engines } from '../../../support/tensors';

const setting: ReportSetting = { sha256: 'ab'.repeat(32), extensionVersion: '1.2.3', editorVersion: '1.100.3', pictures: [{ title: 'Heatmap of raw values', base64: 'iVBORw0KGgo=' }] };
/** What a name of a hostile file may try. */
const hostile = '<img src=x onerror=alert(1)>|`a`\n# [b](javascript:c) https://evil.example \u202e"\'& _d_';

describe('an exported report', () => {
  let report: Report;
  before(async () => {
    const [engine] = engines();
    assert.ok(engine);
    const values = [1.5, NaN, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12];
    report = await (await openTensorFile(memorySource('acts.npy', float32Npy(values, [4, 3])))).analyze(engine, { tensor: 0 });
  });

  it('has the numbers to the last digit, findings with their evidence, what was assumed, versions and the hash', () => {
    const text = reportMarkdown(reportBlocks(report, setting));
    const { mean, varianceUnbiased } = report.statistics;
    for (const part of [
      '# acts.npy',
      `| SHA-256 of the file | ${setting.sha256} |`,
      `| mean | ${mean} |`,
      `| variance (divided by n − 1) | ${varianceUnbiased} |`,
      'error, non-finite: 1 NaN',
      '| BatchNorm | each feature | 3 | 4 |',
      'Layout NC: assumed; two axes: samples by features.',
      'eps 0.00001: assumed: PyTorch default.',
      'LayerNorm and RMSNorm reduce over C (axis 1).',
      '| Normoscope | 1.2.3 |',
      '| Visual Studio Code | 1.100.3 |',
      '![Heatmap of raw values](data:image/png;base64,iVBORw0KGgo=)',
    ]) {
      assert.ok(text.includes(part), `${part} in\n${text}`);
    }
    const [finding] = report.findings;
    for (const [name, value] of Object.entries(finding?.evidence ?? {})) assert.ok(text.includes(`| ${name} | ${String(value).replaceAll(',', ', ')} |`), name);
  });

  it('says what is attached, from where, and what it is in', async () => {
    const [engine] = engines();
    assert.ok(engine);
    const parameter = (...values: number[]) => ({ shape: [3], values: Float64Array.from(values) });
    const parameters = { weight: parameter(1, 2, 3), methods: ['batch'] as const, runningMean: parameter(0, 0, 0), runningVar: parameter(1, 1, 1) };
    const file = await openTensorFile(memorySource('acts.npy', float32Npy([1, 2, 3, 4, 5, 6], [2, 3])));
    const text = reportMarkdown(reportBlocks(await file.analyze(engine, { tensor: 0, parameters }), { ...setting, attached: [['γ', 'bn.npz: bn1.weight (3), found by its name']] }));
    for (const part of ['| γ | bn.npz: bn1.weight (3), found by its name |', 'γ and β are in the pictures of BatchNorm;', 'takes the running statistics that are attached']) assert.ok(text.includes(part), `${part} in\n${text}`);
    assert.doesNotMatch(reportMarkdown(reportBlocks(report, setting)), /γ/);
  });

  it('says why a method does not apply, and leaves out what is empty', () => {
    const text = reportMarkdown(reportBlocks(report, { ...setting, pictures: [] }));
    assert.match(text, /\| InstanceNorm \| does not apply: one element per \(sample, channel\) \|/);
    assert.doesNotMatch(text, /## Pictures|## Running averages|## Warnings/);
  });

  it('is HTML that runs nothing, loads nothing and takes names for text', () => {
    const named = { ...report, file: { ...report.file, name: hostile }, warnings: [{ code: 'odd', message: hostile }] } as Report;
    const html = reportHtml(reportBlocks(named, { ...setting, pictures: [{ title: hostile, base64: 'A"onload=B' }] }));
    const policy = /content="([^"]+)"/.exec(html.slice(html.indexOf('Content-Security-Policy')))?.[1] ?? '';
    const style = /<style>([^]*?)<\/style>/.exec(html)?.[1] ?? '';
    assert.equal(policy, `default-src 'none'; img-src data:; style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'; base-uri 'none'; form-action 'none'`);
    const tags = new Set([...html.matchAll(/<(\w+)/g)].map(([, name]) => name));
    assert.deepEqual([...tags].sort(), ['body', 'div', 'figure', 'h1', 'h2', 'head', 'html', 'img', 'li', 'meta', 'p', 'style', 'table', 'td', 'th', 'title', 'tr', 'ul']);
    assert.deepEqual([...html.matchAll(/<img [^>]*>/g)].length, 1);
    assert.match(html, /<img src="data:image\/png;base64,Aonload=B" alt="&lt;img src=x onerror=alert\(1\)&gt;/);
    assert.doesNotMatch(html, /\u202e/);
  });

  it('is Markdown in which names are text: no tag, link, table cell or heading of theirs', () => {
    const named = { ...report, file: { ...report.file, name: hostile } };
    const text = reportMarkdown(reportBlocks(named, { ...setting, pictures: [] }));
    const [title] = text.split('\n');
    assert.equal(title, '# &lt;img src=x onerror=alert(1)&gt;\\|\\`a\\` \\# \\[b\\](javascript:c) https&#58;//evil.example \ufffd"\'&amp; \\_d\\_');
  });
});
