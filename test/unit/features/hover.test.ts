import assert from 'node:assert/strict';
import { literalAt } from '../../../src/features/hover/literals';
import { headerMarkdown } from '../../../src/features/hover/markdown';

describe('string literals of a line of Python', () => {
  const at = (line: string, mark: string) => literalAt(line, line.indexOf(mark))?.value ?? null;

  it('are found under the cursor alone', () => {
    const line = 'a, b = np.load("acts.npy"), np.load(\'more/acts.npy\')';
    assert.equal(at(line, 'acts.npy"'), 'acts.npy');
    assert.equal(at(line, 'more'), 'more/acts.npy');
    assert.equal(at(line, 'np.load'), null);
  });

  it('keep backslashes in raw strings and resolve them elsewhere', () => {
    assert.equal(at(String.raw`load(r"C:\new\acts.npy")`, 'acts'), String.raw`C:\new\acts.npy`);
    assert.equal(at(String.raw`load("it\"s.npy")`, 's.npy'), 'it"s.npy');
  });

  it('are no f-strings: their value is not in the text', () => {
    assert.equal(at('load(f"layer{i}.npy")', 'layer'), null);
    assert.equal(at('load(rf"layer{i}.npy")', 'layer'), null);
  });
});

describe('hover text', () => {
  it('does not let a name act as Markdown or HTML', () => {
    const catalog = { format: 'npy', metadata: {}, warnings: [], tensors: [] };
    const text = headerMarkdown('[x](command:evil)<img src=x>.npy', catalog, 10);
    assert.ok(!text.includes('](') && !/[^\\]</.test(text), text);
  });

  it('says of the file alone that a pickle in it would run a program', () => {
    const call = { name: 'posix.system', pickle: 'evil/data.pkl', at: 28 };
    const warnings = [{ code: 'unsafe-pickle', message: '', call }];
    const text = headerMarkdown('evil.pt', { format: 'pytorch', metadata: {}, warnings, tensors: [] }, 10);
    assert.match(text.replace(/\\/g, ''), /0 tensors · 10\u202fB\n\n- \*\*error\*\* Loading this file in Python would call posix\.system \(byte 28/);
  });
});
