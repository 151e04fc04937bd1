import type { DType } from '../tensor/dtype';

/** A tensor type of ggml. */
export interface GgufType {
  /** As ggml names it, in capitals. */
  readonly word: string;
  /** Null for a type that is not computed with. */
  readonly dtype: DType | null;
  /** Elements of one block, 1 for plain types; and its bytes. Null for types whose blocks are not known. */
  readonly block: { readonly elements: number; readonly bytes: number } | null;
}

const type = (word: string, dtype: DType | null, elements: number, bytes: number): GgufType => ({ word, dtype, block: { elements, bytes } });
const removed = (word: string): GgufType => ({ word, dtype: null, block: null });

/** By the number in the file: ggml's `enum ggml_type`, with the sizes that the library gives (v0.5.0). */
const types: ReadonlyMap<number, GgufType> = new Map([
  [0, type('F32', 'float32', 1, 4)],
  [1, type('F16', 'float16', 1, 2)],
  [2, type('Q4_0', 'q4_0', 32, 18)],
  [3, type('Q4_1', 'q4_1', 32, 20)],
  [4, removed('Q4_2')],
  [5, removed('Q4_3')],
  [6, type('Q5_0', 'q5_0', 32, 22)],
  [7, type('Q5_1', 'q5_1', 32, 24)],
  [8, type('Q8_0', 'q8_0', 32, 34)],
  [9, type('Q8_1', null, 32, 36)],
  [10, type('Q2_K', 'q2_k', 256, 84)],
  [11, type('Q3_K', 'q3_k', 256, 110)],
  [12, type('Q4_K', 'q4_k', 256, 144)],
  [13, type('Q5_K', 'q5_k', 256, 176)],
  [14, type('Q6_K', 'q6_k', 256, 210)],
  [15, type('Q8_K', null, 256, 292)],
  [16, type('IQ2_XXS', null, 256, 66)],
  [17, type('IQ2_XS', null, 256, 74)],
  [18, type('IQ3_XXS', null, 256, 98)],
  [19, type('IQ1_S', null, 256, 50)],
  [20, type('IQ4_NL', null, 32, 18)],
  [21, type('IQ3_S', null, 256, 110)],
  [22, type('IQ2_S', null, 256, 82)],
  [23, type('IQ4_XS', null, 256, 136)],
  [24, type('I8', 'int8', 1, 1)],
  [25, type('I16', 'int16', 1, 2)],
  [26, type('I32', 'int32', 1, 4)],
  [27, type('I64', 'int64', 1, 8)],
  [28, type('F64', 'float64', 1, 8)],
  [29, type('IQ1_M', null, 256, 56)],
  [30, type('BF16', 'bfloat16', 1, 2)],
  [31, removed('Q4_0_4_4')],
  [32, removed('Q4_0_4_8')],
  [33, removed('Q4_0_8_8')],
  [34, type('TQ1_0', null, 256, 54)],
  [35, type('TQ2_0', null, 256, 66)],
  [36, removed('IQ4_NL_4_4')],
  [37, removed('IQ4_NL_4_8')],
  [38, removed('IQ4_NL_8_8')],
  [39, type('MXFP4', null, 32, 17)],
  [40, type('NVFP4', null, 64, 36)],
  [41, type('Q1_0', null, 128, 18)],
  [42, type('Q2_0', null, 64, 18)],
]);

/** A number that ggml does not have is named by itself. */
export function ggufType(id: number): GgufType {
  return types.get(id) ?? removed(`type ${id}`);
}
