/** IEEE binary16 to float64, exact: subnormals, infinities and NaN too. */
// @ts-ignore: decorator
@inline
export function half(bits: u32): f64 {
  const sign: u32 = (bits & 0x8000) << 16;
  const exponent: u32 = (bits >> 10) & 31;
  const mantissa: u32 = bits & 0x3ff;
  if (exponent == 0) {
    const value: f64 = <f64>mantissa * 5.960464477539063e-8; // 2^-24
    return sign ? -value : value;
  }
  const wide: u32 = exponent == 31 ? 0x7f800000 | (mantissa << 13) : ((exponent + 112) << 23) | (mantissa << 13);
  return <f64>reinterpret<f32>(sign | wide);
}
