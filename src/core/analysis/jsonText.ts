/**
 * JSON text of a document of `json.ts`: NaN and infinities as strings, integers that a double cannot hold as decimal
 * strings.
 */
export function jsonText(document: unknown): string {
  return JSON.stringify(document, (_key, value: unknown) => encoded(value), 2);
}

function encoded(value: unknown): unknown {
  if (typeof value === 'bigint') {
    const safe = value >= BigInt(Number.MIN_SAFE_INTEGER) && value <= BigInt(Number.MAX_SAFE_INTEGER);
    return safe ? Number(value) : value.toString();
  }
  return typeof value === 'number' && !Number.isFinite(value) ? String(value) : value;
}
