interface SearchProps {
  readonly query: string;
  search(query: string): void;
}

/** Where a list of tensors is searched. */
export function Search({ query, search }: SearchProps) {
  const words = 'Search names, types, shapes';
  return <input class="search" type="search" placeholder={words} aria-label={words} value={query} onInput={({ currentTarget }) => search(currentTarget.value)} />;
}
