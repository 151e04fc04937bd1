/** A name out of a file for a sentence: in quotes, control characters escaped, cut short where it is long. */
export function quoted(name: string, longest = 80): string {
  return JSON.stringify(name.length > longest ? `${name.slice(0, longest)}…` : name);
}
