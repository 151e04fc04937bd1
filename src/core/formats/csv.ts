import { NormoscopeError } from '../errors';
import type { ByteSource } from '../tensor/byteSource';
import type { Catalog, TensorData } from '../tensor/tensor';
import type { Format, OpenFile } from './format';
import { eachLine } from './text/lines';
import { isRow, readRow, rowsPerMark, scanTable, type Table } from './text/table';
import { asUtf8, looksLikeText } from './text/unicode';

const endings = ['.csv', '.tsv', '.txt'];

/**
 * Tables of numbers as text: comma, semicolon, tab, bar or space between fields, decimal point or comma, with or without a
 * header, comments with `#`. One float64 tensor of (rows, columns), or of (rows) where there is one column, as NumPy's `loadtxt`
 * gives it. The whole file is looked at once when it is opened: its shape stands nowhere.
 */
export const csv: Format = {
  id: 'csv',
  label: 'text table',
  extensions: [],
  sharedExtensions: endings,
  readsWhole: true,
  probe: ({ head, name }) => (endings.some((ending) => name.toLowerCase().endsWith(ending)) && looksLikeText(head) ? 'name' : null),
  async open(source, _limits, signal) {
    const { source: utf8, start } = await asUtf8(source, signal);
    return openTable(utf8, await scanTable(utf8, start, signal));
  },
};

function openTable(source: ByteSource, table: Table): OpenFile {
  const { rows, fields, names, failure, warnings, dialect } = table;
  const shape = fields.length === 1 ? [rows] : [rows, fields.length];
  const [status, reason] = failure === null ? (['readable', null] as const) : (['refused', failure.message] as const);
  const delimiter = dialect.delimiter === null ? 'space' : String.fromCharCode(dialect.delimiter);
  const catalog: Catalog = {
    format: csv.id,
    metadata: { delimiter, decimalMark: String.fromCharCode(dialect.point), ...(names && { columns: names }) },
    tensors: [{ name: '', dtype: 'float64', storedDtype: 'text', shape, bytes: rows * fields.length * 8, status, reason }],
    warnings,
  };
  return {
    catalog,
    tensor(index): TensorData {
      if (index !== 0) throw new NormoscopeError('internal', `The file has no tensor number ${index}.`);
      if (failure !== null) throw new NormoscopeError('refused', failure.message, failure.offset);
      return tableData(source, table, shape);
    },
  };
}

function tableData(source: ByteSource, { dialect, fields, marks, rows }: Table, shape: readonly number[]): TensorData {
  const width = fields.length;
  const columns: number[] = [];
  fields.forEach((place, column) => (columns[place] = column));
  // Where the row after the last one that was read begins: reads mostly follow each other.
  let next = { row: 0, position: marks[0] ?? 0 };
  return {
    shape,
    encoding: { dtype: 'float64', littleEndian: true, stride: 8, offset: 0 },
    axisOrder: shape.map((_, axis) => axis),
    async read(firstElement, target, signal) {
      const count = target.length / 8;
      const view = new DataView(target.buffer, target.byteOffset, target.length);
      const first = Math.floor(firstElement / width);
      const mark = Math.floor(first / rowsPerMark);
      const near = next.row <= first && next.row >= mark * rowsPerMark;
      let row = near ? next.row : mark * rowsPerMark;
      let element = row * width;
      const values = new Float64Array(width);
      if (count === 0) return;
      await eachLine(source, near ? next.position : (marks[mark] ?? 0), signal, (line, position) => {
        if (!isRow(line)) return true;
        if (element >= firstElement + count) {
          next = { row, position };
          return false;
        }
        if (element + width > firstElement) {
          readRow(line, dialect, columns, values);
          for (let column = 0; column < width; column++) {
            const at = element + column - firstElement;
            if (at >= 0 && at < count) view.setFloat64(at * 8, values[column] ?? NaN, true);
          }
        }
        row++;
        element += width;
        return true;
      });
      if (element < Math.min(firstElement + count, rows * width)) {
        throw new NormoscopeError('changed', `${source.name} has fewer rows than when it was opened: it was written to.`);
      }
    },
  };
}
