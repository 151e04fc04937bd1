/** Numbers of a picture as words, the first column naming the row. */
export interface PlotNumbers {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** What is left out, in words; empty where nothing is. */
  readonly note: string;
}

/** The numbers that a picture is drawn of, for reading, copying and screen readers. */
export function PlotTable({ label, columns, rows, note }: PlotNumbers & { readonly label: string }) {
  return (
    <div class="plotTable" tabIndex={0} role="group" aria-label={`Numbers: ${label}`}>
      <table class="numbers">
        <thead>
          <tr>{columns.map((name) => <th key={name} scope="col">{name}</th>)}</tr>
        </thead>
        <tbody>
          {rows.map(([name, ...cells], row) => (
            <tr key={row}>
              <th scope="row">{name}</th>
              {cells.map((cell, column) => <td key={column}>{cell}</td>)}
            </tr>
          ))}
        </tbody>
      </table>
      {note !== '' && <p class="qualifier">{note}</p>}
    </div>
  );
}
