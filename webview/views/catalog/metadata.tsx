interface MetadataProps {
  readonly entries: readonly (readonly [key: string, value: unknown])[];
}

/** What the file says of itself, as it is written there. */
export function Metadata({ entries }: MetadataProps) {
  if (entries.length === 0) return <p class="note">The file has no metadata.</p>;
  return (
    <div class="metadata">
      <table>
        <tbody>
          {entries.map(([key, value]) => (
            <tr key={key}>
              <th scope="row">{key}</th>
              <td>{typeof value === 'string' ? value : JSON.stringify(value, (_, part: unknown) => (typeof part === 'bigint' ? String(part) : part), 1)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
