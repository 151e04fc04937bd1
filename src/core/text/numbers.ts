/** Numbers as people read them, everywhere the same: four significant digits, thin spaces in thousands, powers as 10⁻⁵. */

/** Narrow, and never the end of a line. */
const thinSpace = '\u202f';
const minus = '\u2212';
const superscripts = '⁰¹²³⁴⁵⁶⁷⁸⁹';

/** A whole number with thin spaces between thousands: `6 304`. */
export function formatCount(value: number | bigint): string {
  return grouped(String(value).replace('-', ''), value < 0);
}

/** A measured number with at most `digits` significant digits: `0.4231`, `−12.5`, `3.2 × 10⁻⁹`, `NaN`, `+Inf`. */
export function formatNumber(value: number, digits = 4): string {
  if (Number.isNaN(value)) return 'NaN';
  if (value === Infinity) return '+Inf';
  if (value === -Infinity) return `${minus}Inf`;
  if (value === 0) return '0';
  const rounded = Math.abs(Number(value.toPrecision(digits)));
  if (rounded < 1e-3 || rounded >= 1e7) return scientific(rounded, value < 0);
  return grouped(String(rounded), value < 0);
}

function scientific(value: number, negative: boolean): string {
  const [mantissa = '', exponent = '0'] = value.toExponential().split('e');
  const power = `10${superscript(Number(exponent))}`;
  return `${negative ? minus : ''}${mantissa === '1' ? power : `${mantissa}${thinSpace}×${thinSpace}${power}`}`;
}

function superscript(exponent: number): string {
  const digits = [...String(Math.abs(exponent))].map((digit) => superscripts[Number(digit)]).join('');
  return exponent < 0 ? `⁻${digits}` : digits;
}

function grouped(digits: string, negative: boolean): string {
  const [whole = '', fraction] = digits.split('.');
  const thousands = whole.replace(/\B(?=(\d{3})+$)/g, thinSpace);
  return `${negative ? minus : ''}${thousands}${fraction === undefined ? '' : `.${fraction}`}`;
}

/** `0.078` as `7.8 %`, two significant digits below ten percent. */
export function formatPercent(share: number): string {
  const percent = share * 100;
  return `${formatNumber(percent, Math.abs(percent) < 10 ? 2 : 3)}${thinSpace}%`;
}

const byteUnits = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];

/** `9.2 MiB`. */
export function formatBytes(bytes: number): string {
  let unit = 0;
  let value = bytes;
  while (value >= 1024 && unit < byteUnits.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${unit === 0 ? formatCount(value) : formatNumber(value, 3)}${thinSpace}${byteUnits[unit]}`;
}

/** `(32, 24, 8, 8)`; `()` for a scalar. */
export function formatShape(shape: readonly number[]): string {
  return `(${shape.join(', ')})`;
}

/** `1 channel`, `24 channels`. */
export function counted(count: number, noun: string, plural = `${noun}s`): string {
  return `${formatCount(count)} ${count === 1 ? noun : plural}`;
}

/** `3, 7 and 12`, or `3, 7, 12 and 21 more` past `limit`. */
export function listed(values: readonly (number | string)[], limit = 5): string {
  const shown = values.slice(0, limit).map(String);
  if (values.length > limit) return `${shown.join(', ')} and ${formatCount(values.length - limit)} more`;
  const last = shown.pop() ?? '';
  return shown.length === 0 ? last : `${shown.join(', ')} and ${last}`;
}
