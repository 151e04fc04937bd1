/** IEEE 754 with these widths: the highest exponent is infinity and NaN. */
export function binaryFloat(bits: number, exponentBits: number, mantissaBits: number): number {
  const highest = 2 ** exponentBits - 1;
  const exponent = (bits >> mantissaBits) & highest;
  const mantissa = bits & (2 ** mantissaBits - 1);
  const sign = (bits >> (exponentBits + mantissaBits)) & 1 ? -1 : 1;
  if (exponent === highest) return mantissa === 0 ? sign * Infinity : NaN;
  return sign * scaled(exponent, mantissa, mantissaBits, highest >> 1);
}

/** float8 without infinities (Open Compute Project and the `fnuz` kinds). */
export function finiteFloat(bits: number, mantissaBits: number, bias: number, isNaN: (bits: number) => boolean): number {
  if (isNaN(bits)) return NaN;
  const value = scaled((bits & 0x7f) >> mantissaBits, bits & (2 ** mantissaBits - 1), mantissaBits, bias);
  return bits & 0x80 ? -value : value;
}

function scaled(exponent: number, mantissa: number, mantissaBits: number, bias: number): number {
  const fraction = mantissa / 2 ** mantissaBits;
  return exponent === 0 ? fraction * 2 ** (1 - bias) : (1 + fraction) * 2 ** (exponent - bias);
}
