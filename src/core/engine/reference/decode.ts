import { NormoscopeError } from '../../errors';
import { unitOf, type Encoding } from '../../tensor/tensor';
import { blockDecoder } from './blocks';
import { binaryFloat, finiteFloat } from './smallFloats';

/** Decodes the only element of an item, from its first byte on, by the definition of its type. */
export type Decode = (item: DataView, at: number) => number;

export function decoder({ dtype, littleEndian: little }: Encoding): Decode {
  switch (dtype) {
    case 'bool':
      return (view, at) => (view.getUint8(at) === 0 ? 0 : 1);
    case 'int8':
      return (view, at) => view.getInt8(at);
    case 'uint8':
      return (view, at) => view.getUint8(at);
    case 'int16':
      return (view, at) => view.getInt16(at, little);
    case 'uint16':
      return (view, at) => view.getUint16(at, little);
    case 'int32':
      return (view, at) => view.getInt32(at, little);
    case 'uint32':
      return (view, at) => view.getUint32(at, little);
    case 'int64':
      return (view, at) => Number(view.getBigInt64(at, little));
    case 'uint64':
      return (view, at) => Number(view.getBigUint64(at, little));
    case 'float16':
      return (view, at) => binaryFloat(view.getUint16(at, little), 5, 10);
    case 'bfloat16':
      return (view, at) => binaryFloat(view.getUint16(at, little), 8, 7);
    case 'float32':
      return (view, at) => view.getFloat32(at, little);
    case 'float64':
      return (view, at) => view.getFloat64(at, little);
    case 'float8_e5m2':
      return (view, at) => binaryFloat(view.getUint8(at), 5, 2);
    case 'float8_e4m3fn':
      return (view, at) => finiteFloat(view.getUint8(at), 3, 7, (bits) => (bits & 0x7f) === 0x7f);
    case 'float8_e4m3fnuz':
      return (view, at) => finiteFloat(view.getUint8(at), 3, 8, (bits) => bits === 0x80);
    case 'float8_e5m2fnuz':
      return (view, at) => finiteFloat(view.getUint8(at), 2, 16, (bits) => bits === 0x80);
    default:
      throw new NormoscopeError('unsupported', `Elements of type ${dtype} are not computed with.`);
  }
}

/** Element number `index` of a view on items. */
export type ReadElement = (items: DataView, index: number) => number;

/** @throws NormoscopeError `unsupported` for a dtype that has no decoder */
export function elementReader(encoding: Encoding): ReadElement {
  const { stride, offset } = encoding;
  const unit = unitOf(encoding);
  if (unit === 1) {
    const decode = decoder(encoding);
    return (items, index) => decode(items, index * stride + offset);
  }
  const decode = packedDecoder(encoding);
  return (items, index) => decode(items, Math.floor(index / unit) * stride + offset, index % unit);
}

/** One element of an item that packs several: of integers of 4 bits the first is the lower half of the byte (as ONNX has it). */
function packedDecoder({ dtype, littleEndian }: Encoding): (item: DataView, at: number, index: number) => number {
  switch (dtype) {
    case 'int4':
      return (view, at, index) => (view.getInt8(at) << (index === 0 ? 28 : 24)) >> 28;
    case 'uint4':
      return (view, at, index) => (index === 0 ? view.getUint8(at) % 16 : Math.floor(view.getUint8(at) / 16));
    default:
      return blockDecoder(dtype, littleEndian);
  }
}
