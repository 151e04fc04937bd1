/** A column's cells stand at its left or, as numbers do, at its right. */
export type Align = 'left' | 'right';

/**
 * Rows of cells as lines of aligned columns, two spaces apart. All cells are plain text, without colour.
 * @param align one per column; `left` beyond its end
 */
export function table(rows: readonly (readonly string[])[], align: readonly Align[] = []): string[] {
  const columns = Math.max(0, ...rows.map((row) => row.length));
  const widths = Array.from({ length: columns }, (_, column) =>
    Math.max(0, ...rows.filter((row) => row.length > column + 1 || row.length === columns).map((row) => width(row[column] ?? ''))),
  );
  return rows.map((row) =>
    row
      .map((cell, column) => {
        const space = ' '.repeat(Math.max(0, (widths[column] ?? 0) - width(cell)));
        return align[column] === 'right' ? space + cell : cell + space;
      })
      .join('  ')
      .trimEnd(),
  );
}

/** Characters that a terminal gives a place of their own. */
function width(text: string): number {
  return [...text.replace(/\p{Mark}/gu, '')].length;
}

export function indented(lines: readonly string[]): string[] {
  return lines.map((line) => (line === '' ? '' : `  ${line}`));
}

/** Text on one line that cannot move the cursor or change colours: names come from files. */
export function printable(text: string): string {
  return text.replace(/[\p{Control}\p{Format}\p{Surrogate}]/gu, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`);
}
