/** ONNX models, put together field by field (https://protobuf.dev/programming-guides/encoding). */

export type Part = readonly number[];

/** Seven bits to a byte, the lowest first; negative numbers as 64 bits. */
export function varint(value: bigint): number[] {
  const bytes: number[] = [];
  let left = BigInt.asUintN(64, value);
  for (; left > 127n; left >>= 7n) bytes.push(Number(left & 127n) | 128);
  return [...bytes, Number(left)];
}

/** A field that is a whole number. */
export function number(field: number, value: number): number[] {
  return [...varint(BigInt(field * 8)), ...varint(BigInt(value))];
}

/** A field of bytes: a text, a message, packed numbers. */
export function bytes(field: number, content: Part): number[] {
  return [...varint(BigInt(field * 8 + 2)), ...varint(BigInt(content.length)), ...content];
}

/** A TensorProto in its place in a graph. */
export function initializer(name: string, dataType: number, dims: readonly number[], content: Part): number[] {
  const sizes = dims.flatMap((size) => number(1, size));
  return bytes(5, [...sizes, ...number(2, dataType), ...bytes(8, [...new TextEncoder().encode(name)]), ...content]);
}

/** A model of these fields of a graph. */
export function model(parts: readonly Part[]): Uint8Array {
  return Uint8Array.from([...number(1, 8), ...bytes(7, parts.flat())]);
}
