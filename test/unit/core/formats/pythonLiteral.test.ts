import assert from 'node:assert/strict';
import { parseLiteral, type Literal } from '../../../../src/core/formats/pythonLiteral';
import { failure } from '../../../support/errors';

/** As plain JavaScript: tuples as arrays behind the word. */
function plain(literal: Literal): unknown {
  switch (literal.kind) {
    case 'tuple':
      return ['tuple', ...literal.items.map(plain)];
    case 'list':
      return literal.items.map(plain);
    case 'dict':
      return new Map(literal.entries.map(({ key, value }) => [plain(key), plain(value)]));
    case 'none':
      return null;
    default:
      return literal.value;
  }
}

const parse = (text: string) => plain(parseLiteral(text, (character) => 100 + character));

describe('Python literals', () => {
  const read: readonly [text: string, value: unknown][] = [
    ["'a'", 'a'],
    ['"it\'s"', "it's"],
    ["u'a'", 'a'],
    ["b'a'", 'a'],
    [String.raw`'\\ \' \" \n\t\x41\u00e9\U0001F600'`, '\\ \' " \n\tA\u00e9\u{1F600}'],
    ['12', 12],
    ['-3', -3],
    ['3L', 3],
    ['2.5', 2.5],
    ['1e3', 1000],
    ['True', true],
    ['False', false],
    ['None', null],
    ['()', ['tuple']],
    ['(1)', 1],
    ['(1,)', ['tuple', 1]],
    ['(1, 2, )', ['tuple', 1, 2]],
    ['[ 1,\t(2,3) ]', [1, ['tuple', 2, 3]]],
    ['{}', new Map()],
    ["{'a':1 , 'b' :[2,],}", new Map<unknown, unknown>([['a', 1], ['b', [2]]])],
    ["  'a' \n", 'a'],
  ];
  for (const [text, value] of read) it(`reads ${JSON.stringify(text)}`, () => assert.deepEqual(parse(text), value));

  const refused: readonly [text: string, message: RegExp, offset: number][] = [
    ['', /ends where a plain value was expected/, 100],
    ['__import__("os").system("id")', /has "__import__" where a plain value was expected; a header is data and is never run/, 100],
    ['lambda: 1', /has "lambda"/, 100],
    ['Truest', /has "Truest"/, 100],
    ['constructor', /has "constructor"/, 100],
    ['[1 2]', /has "2" where a comma or "]" was expected/, 103],
    ['[,]', /has "," where/, 101],
    ['(1', /ends where a comma or "\)" was expected/, 102],
    ["{'a' 1}", /has "1" where a colon was expected/, 105],
    ["{'a': 1 'b'}", /has "'" where a comma or "}" was expected/, 108],
    ["'abc", /a string without an end \(at byte 100\)/, 100],
    ["'a\nb'", /a string without an end/, 100],
    [String.raw`'\q'`, /unknown escape "\\q"/, 101],
    [String.raw`'\uZZZZ'`, /unknown escape/, 101],
    [String.raw`'\U00110000'`, /unknown escape/, 101],
    ['12abc', /"12abc", which is not a number/, 100],
    ['0x10', /not a number/, 100],
    ['1 + 1', /has "\+" after its end/, 102],
    ['{} {}', /after its end/, 103],
    ['1 # comment', /has "#" after its end/, 102],
  ];
  for (const [text, message, offset] of refused) {
    it(`refuses ${JSON.stringify(text)}`, () => {
      assert.throws(() => parse(text), (error: unknown) => failure('malformed', message)(error) && (error as { offset: number }).offset === offset);
    });
  }

  it('refuses brackets nested without end, and does not overflow', () => {
    assert.throws(() => parse('['.repeat(1e6)), failure('too-large', /deeper than 64 levels \(at byte 165\)/));
    assert.throws(() => parse('{1:'.repeat(1e6)), failure('too-large', /deeper/));
  });

  it('refuses more values than any header has', () => {
    assert.throws(() => parse(`[${'1,'.repeat(300_000)}]`), failure('too-large', /more than 262144 values/));
  });
});
