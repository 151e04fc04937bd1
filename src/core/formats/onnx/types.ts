import type { DType } from '../../tensor/dtype';

/** Numbers of TensorProto's fields that hold elements. */
export const dataField = { float: 4, int32: 5, string: 6, int64: 7, raw: 9, double: 10, uint64: 11 } as const;

/** An element type of ONNX. */
export interface OnnxType {
  /** As `TensorProto.DataType` names it. */
  readonly word: string;
  /** Null for a type that is not computed with. */
  readonly dtype: DType | null;
  /** Of one element in `raw_data`; 0 where there is none. */
  readonly bits: number;
  /** Number of the field that has such elements where they are not raw. */
  readonly field: number;
}

const { float, int32, int64, double, uint64 } = dataField;
const type = (word: string, dtype: DType | null, bits: number, field: number): OnnxType => ({ word, dtype, bits, field });

export const stringType = 8;

/** By the number in the file: `TensorProto.DataType` of ONNX 1.20. */
const types: ReadonlyMap<number, OnnxType> = new Map([
  [1, type('FLOAT', 'float32', 32, float)],
  [2, type('UINT8', 'uint8', 8, int32)],
  [3, type('INT8', 'int8', 8, int32)],
  [4, type('UINT16', 'uint16', 16, int32)],
  [5, type('INT16', 'int16', 16, int32)],
  [6, type('INT32', 'int32', 32, int32)],
  [7, type('INT64', 'int64', 64, int64)],
  [stringType, type('STRING', null, 0, dataField.string)],
  [9, type('BOOL', 'bool', 8, int32)],
  [10, type('FLOAT16', 'float16', 16, int32)],
  [11, type('DOUBLE', 'float64', 64, double)],
  [12, type('UINT32', 'uint32', 32, uint64)],
  [13, type('UINT64', 'uint64', 64, uint64)],
  [14, type('COMPLEX64', 'complex64', 64, float)],
  [15, type('COMPLEX128', 'complex128', 128, double)],
  [16, type('BFLOAT16', 'bfloat16', 16, int32)],
  [17, type('FLOAT8E4M3FN', 'float8_e4m3fn', 8, int32)],
  [18, type('FLOAT8E4M3FNUZ', 'float8_e4m3fnuz', 8, int32)],
  [19, type('FLOAT8E5M2', 'float8_e5m2', 8, int32)],
  [20, type('FLOAT8E5M2FNUZ', 'float8_e5m2fnuz', 8, int32)],
  [21, type('UINT4', 'uint4', 4, int32)],
  [22, type('INT4', 'int4', 4, int32)],
  [23, type('FLOAT4E2M1', null, 4, int32)],
  [24, type('FLOAT8E8M0', null, 8, int32)],
  [25, type('UINT2', null, 2, int32)],
  [26, type('INT2', null, 2, int32)],
]);

/** A number that ONNX does not have is named by itself. */
export function onnxType(id: number): OnnxType {
  return types.get(id) ?? type(id === 0 ? 'UNDEFINED' : `type ${id}`, null, 0, dataField.raw);
}
