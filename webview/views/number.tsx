import { formatCount, formatNumber } from '../../src/core/text/numbers';

/** A measured number, or an integer of any size: four significant digits, all of them on hover. A dash where there is none. */
export function Num({ value }: { readonly value: number | bigint | null | undefined }) {
  if (value === null || value === undefined) return <span class="number none" title="no finite element">–</span>;
  return <span class="number" title={String(value)}>{formatNumber(Number(value))}</span>;
}

export function Count({ value }: { readonly value: number }) {
  return <span class="number" title={String(value)}>{formatCount(value)}</span>;
}
