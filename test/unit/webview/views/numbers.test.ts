import assert from 'node:assert/strict';
import type { Slice } from '../../../../src/core/analysis/slice';
import { Blocks, type Window } from '../../../../webview/views/numbers/blocks';
import { lookOf } from '../../../../webview/views/numbers/look';
import { bounded, cellOf, firstPlace, movedTo, parseIndex, selectionOf, withAxis } from '../../../../webview/views/numbers/place';
import { baseFor, movedOn } from '../../../../webview/views/numbers/useWindow';

describe('the place in a table of numbers', () => {
  it('begins with the last axis along and the one before it down', () => {
    assert.deepEqual(firstPlace([4, 5, 6]), { rowAxis: 1, columnAxis: 2, index: [0, 0, 0], anchor: null });
    assert.deepEqual([firstPlace([4]).rowAxis, firstPlace([4]).columnAxis, firstPlace([]).rowAxis], [0, null, null]);
  });

  it('never has one axis on both sides', () => {
    const sides = ({ rowAxis, columnAxis }: ReturnType<typeof firstPlace>) => [rowAxis, columnAxis];
    const place = firstPlace([4, 5, 6]);
    assert.deepEqual(sides(withAxis(place, 'row', 2)), [2, 1]);
    assert.deepEqual(sides(withAxis(place, 'column', 1)), [2, 1]);
    assert.deepEqual(sides(withAxis(place, 'column', 0)), [1, 0]);
    assert.deepEqual(sides(withAxis(withAxis(place, 'column', null), 'column', 1)), [0, 1]);
    assert.deepEqual(sides(withAxis(withAxis(place, 'column', null), 'row', 0)), [0, null]);
  });

  it('keeps what is selected between the active cell and where it was', () => {
    const place = movedTo(movedTo(firstPlace([4, 5, 6]), { row: 3, column: 2 }, false), { row: 1, column: 5 }, true);
    assert.deepEqual(cellOf(place), { row: 1, column: 5 });
    assert.deepEqual(selectionOf(place), { rows: [1, 3], columns: [2, 4] });
    assert.deepEqual(selectionOf(movedTo(place, { row: 0, column: 0 }, false)), { rows: [0, 1], columns: [0, 1] });
  });

  it('is found by an index as Python and people write it', () => {
    const shape = [4, 5, 6];
    for (const text of ['[3, 4, 5]', '3,4,5', ' 3 4 5 ', '(3, 4, 5)', '[-1, -1, −1]', '3, 4, 5,']) assert.deepEqual(parseIndex(text, shape), [3, 4, 5], text);
    assert.deepEqual(parseIndex('[]', []), []);
    for (const text of ['', '3, 4', '3, 4, 6', '3, -6, 0', '3, 4, 1.5', '3, 4, :', '[3', '1e3 0 0', `${'9'.repeat(30)} 0 0`]) {
      assert.match(String(parseIndex(text, shape)), /^["A-Z0-9].*\.$/, text);
    }
  });

  it('is copied in part where it is too much, and never for more than may be read', () => {
    assert.deepEqual(bounded([5, 10], [0, 20], 200), { rows: [5, 10], columns: [0, 20] });
    for (const [rows, columns] of [[8192, 65536], [3, 1_000_000], [1_000_000, 1], [1_000_000, 300]] as const) {
      const part = bounded([0, rows], [0, columns], 65536);
      assert.ok(part.rows[1] * part.columns[1] <= 65536 && part.rows[1] * part.columns[1] > 60000, JSON.stringify(part));
    }
  });
});

/** A window whose elements say where they are: 1000 · row + column. */
function slice({ rows, columns }: Window): Slice {
  const values = Float64Array.from({ length: rows[1] * columns[1] }, (_, place) => (rows[0] + Math.floor(place / columns[1])) * 1000 + columns[0] + (place % columns[1]));
  return { rows: rows[1], columns: columns[1], values, integers: BigInt64Array.from(values, BigInt) };
}

describe('the numbers that a page keeps', () => {
  const size = { rows: 300, columns: 70 };

  it('are asked for by whole blocks, once', () => {
    const blocks = new Blocks();
    const seen: Window = { rows: [50, 30], columns: [40, 30] };
    const missing = blocks.missing('cut', seen, size);
    assert.deepEqual(missing, { rows: [0, 128], columns: [32, 38] });
    blocks.put('cut', missing, slice(missing));
    assert.equal(blocks.missing('cut', seen, size), null);
    for (const [row, column] of [[50, 40], [79, 69], [64, 64], [63, 63]] as const) {
      const found = blocks.find('cut', row, column);
      assert.equal(found?.slice.values[found.place], row * 1000 + column);
      assert.equal(found.slice.integers?.[found.place], BigInt(row * 1000 + column));
    }
    assert.deepEqual(blocks.missing('cut', { rows: [50, 100], columns: [40, 30] }, size), { rows: [128, 64], columns: [32, 38] });
    assert.equal(blocks.find('another cut', 50, 40), null);
  });

  it('are forgotten when others were looked at since, and never while they are looked at', () => {
    const blocks = new Blocks();
    const at = (row: number): Window => ({ rows: [row, 64], columns: [0, 32] });
    const big = { rows: 1e6, columns: 32 };
    for (let row = 0; row < 64 * 400; row += 64) {
      for (const window of [at(0), at(row)]) {
        if (blocks.missing('cut', window, big) !== null) blocks.put('cut', window, slice(window));
      }
    }
    assert.notEqual(blocks.find('cut', 0, 0), null);
    assert.equal(blocks.find('cut', 64, 0), null);
    assert.notEqual(blocks.find('cut', 64 * 399, 0), null);
  });
});

describe('an area that is a part of a longer one', () => {
  const [size, span, page] = [3_000_000, 363_636, 20];

  it('moves on before its end is seen, and what is seen stays where it was', () => {
    for (const offset of [0, 10, 200_000, span - 41, span - 30, span - 20]) {
      for (const base of [0, 500_000, size - span]) {
        const next = movedOn(base, size, span, offset, page);
        assert.equal(next.base + next.offset, base + offset);
        assert.ok(next.base >= 0 && next.base + span <= size);
      }
    }
    assert.ok(movedOn(0, size, span, span - 20, page).base > 0);
    assert.ok(movedOn(500_000, size, span, 0, page).base < 500_000);
    assert.equal(movedOn(size - span, size, span, span - 20, page).base, size - span);
    assert.equal(movedOn(0, 100, 100, 80, page).base, 0);
  });

  it('is another one where an element is not in it', () => {
    assert.equal(baseFor(1000, size, span, 1000), 1000);
    assert.equal(baseFor(0, size, span, size - 1), size - span);
    assert.equal(baseFor(size - span, size, span, 0), 0);
    const middle = baseFor(0, size, span, 1_500_000);
    assert.ok(middle < 1_500_000 && middle + span > 1_500_000);
  });
});

describe('how an element looks', () => {
  const look = (values: readonly number[], dtype: Parameters<typeof lookOf>[2], parts: Partial<Slice> = {}) =>
    lookOf({ rows: 1, columns: 1, values: Float64Array.from(values), ...parts }, 0, dtype);

  it('is four digits of a measured number and all of an index', () => {
    assert.deepEqual(look([Math.fround(0.123456789)], 'float32'), { text: '0.1235', exact: '0.12345679', kind: 'number' });
    assert.equal(look([123456], 'int32').text, '123\u202f456');
    assert.deepEqual(look([9.2e18], 'int64', { integers: BigInt64Array.of(9223372036854775807n) }), { text: '9.2\u202f×\u202f10¹⁸', exact: '9223372036854775807', kind: 'number' });
  });

  it('tells what is not finite and what is zero, of complex numbers by both parts', () => {
    assert.equal(look([-Infinity], 'float32').kind, 'infinite');
    assert.deepEqual(look([-0], 'float32'), { text: '−0', exact: '-0', kind: 'zero' });
    assert.deepEqual(look([0], 'complex64', { imaginary: Float64Array.of(-Infinity) }), { text: '0 − Infi', exact: '0-Infinityj', kind: 'infinite' });
    assert.equal(look([0], 'complex64', { imaginary: Float64Array.of(2) }).kind, 'number');
    assert.equal(look([Infinity], 'complex64', { imaginary: Float64Array.of(NaN) }).kind, 'nan');
  });
});
