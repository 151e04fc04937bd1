import zlib from 'node:zlib';
import { hdf5Files, kerasFiles } from './hostileHdf5';
import { header, rawNpy } from './npyFiles';
import { bytes as onnxBytes, number as onnxNumber } from './onnx';
import { zipBytes } from './archives';

/** Files that try to take memory or time: each some megabytes, of which a careless reader makes hundreds or thousands. */
export interface HostileFile {
  readonly name: string;
  readonly what: string;
  make(): Uint8Array | Promise<Uint8Array>;
}

const MiB = 2 ** 20;

const ascii = (text: string) => Buffer.from(text, 'latin1');

/** A part over and over, up to about so many bytes. */
function repeated(part: Uint8Array | string, bytes: number): Buffer {
  return Buffer.alloc(Math.floor(bytes / part.length) * part.length, typeof part === 'string' ? ascii(part) : part);
}

/** `make` of 0, 1, 2, …, side by side. */
function counted(count: number, make: (index: number) => string): Buffer {
  return ascii(Array.from({ length: count }, (_, index) => make(index)).join(''));
}

/** The same of bytes. */
function many(count: number, make: (index: number) => Uint8Array): Buffer {
  return Buffer.concat(Array.from({ length: count }, (_, index) => make(index)));
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

function u64(value: number | bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
}

function i32be(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

const join = (...parts: readonly (Uint8Array | string)[]) => Buffer.concat(parts.map((part) => (typeof part === 'string' ? ascii(part) : part)));

// Pickles

const pickled = (...parts: readonly (Uint8Array | string)[]) => join('\x80\x02', ...parts, '.');
/** In an archive as `torch.save` writes it. */
const saved = (pickle: Uint8Array) => zipBytes([{ name: 'archive/data.pkl', data: pickle, deflated: true }]);
const pickles: readonly (readonly [what: string, make: () => Buffer])[] = [
  ['lists side by side', () => pickled('(', repeated(']', 4 * MiB), 't')],
  ['lists with an item each', () => pickled('(', repeated(']Na', 12 * MiB), 't')],
  ['dictionaries with a pair each', () => pickled('(', repeated('}K\x01K\x02s', 12 * MiB), 't')],
  ['calls', () => pickled('cx\ny\nq\x000(', repeated('h\x00)R', 12 * MiB), 't')],
  ['calls with everything that they may have', () => pickled('cx\ny\nq\x000(', repeated('h\x00)RNaK\x01K\x02sNb', 24 * MiB), 't')],
  ['lists in lists', () => pickled(repeated(']', 3 * MiB), repeated('a', 3 * MiB - 1))],
  ['numbers side by side', () => pickled('(', repeated('K\x01', 10 * MiB), 't')],
  ['fractions side by side', () => pickled('(', repeated('G\x3f\xb9\x99\x99\x99\x99\x99\x9a', 36 * MiB), 'l')],
  ['whole numbers of a thousand bytes', () => pickled('(', repeated(join('\x8b', u32(1024), Buffer.alloc(1024, 0x55)), 60 * MiB), 'l')],
  ['whole numbers of a thousand digits', () => join('(', repeated(`I${'9'.repeat(1000)}\n`, 60 * MiB), 'l.')],
  ['short texts', () => pickled('(', repeated('X\x03\0\0\0abc', 32 * MiB), 'l')],
  ['one text', () => pickled('X', u32(60 * MiB), repeated('a', 60 * MiB))],
  ['one text that is not UTF-8', () => pickled('X', u32(60 * MiB), repeated('\xff', 60 * MiB))],
  ['one text of bytes', () => pickled('T', u32(60 * MiB), repeated('\xe9', 60 * MiB))],
  ['bytes', () => pickled('(', repeated('C\x01a', 12 * MiB), 'l')],
  ['names', () => pickled('(', counted(400_000, (index) => `ca\nb${index}\n`), 'l')],
  ['long names', () => pickled('(', counted(20_000, (index) => `ca\n${'b'.repeat(3000)}${index}\n`), 'l')],
  ['values remembered', () => pickled(']', counted(4 * MiB, () => '\x94'))],
  ['values remembered far apart', () => pickled(']', Buffer.concat(Array.from({ length: 1 << 20 }, (_, index) => join('r', u32((index * 4093) >>> 0)))))],
  ['storages', () => pickled('(', repeated('(X\x01\0\0\0atQ', 24 * MiB), 'l')],
  ['a list of one list, four million times', () => pickled('](', repeated('h\0', 0), ']q\x000', '(', repeated('h\x00', 8 * MiB), 'e')],
  ['a dictionary of one list, two million times', () => pickled('}]q\x000(', repeated('K\x01h\x00', 8 * MiB), 'u')],
  ['tuples of a list, twice each', () => pickled(']q\x00', counted(1 << 20, () => 'h\x00\x86'))],
  ['arrays of NumPy', () => pickled('cnumpy.core.multiarray\nscalar\nq\x00cnumpy\ndtype\n(X\x02\0\0\0f8K\x00K\x01tRq\x010(', repeated('h\x00h\x01U\x0812345678\x86R', 16 * MiB), 'l')],
];

// JSON in the header of safetensors

const safetensors = (json: Uint8Array) => join(u64(json.length), json);
const jsonHeaders: readonly (readonly [what: string, make: () => Buffer])[] = [
  ['tensors of no bytes', () => join('{', counted(200_000, (index) => `"${index}":{"dtype":"F32","shape":[0],"data_offsets":[0,0]},`), '"":0}')],
  ['members of one tensor', () => join('{"a":{', counted(1_000_000, (index) => `"${index}":0,`), '"":0}}')],
  ['metadata', () => join('{"__metadata__":{', counted(1_000_000, (index) => `"${index}":"",`), '"":""}}')],
  ['lists', () => join('{"a":[', repeated('[],', 15 * MiB), '0]}')],
  ['objects', () => join('{"a":[', repeated('{},', 15 * MiB), '0]}')],
  ['numbers', () => join('{"a":{"dtype":"F32","data_offsets":[0,0],"shape":[', repeated('1,', 15 * MiB), '1]}}')],
  ['nesting', () => join('{"a":', repeated('[', 15 * MiB))],
  ['one name', () => join('{"', repeated('a', 15 * MiB), '":0}')],
  ['one name of wide characters', () => join('{"\u00ff":0,"', Buffer.from('€'.repeat(5 * MiB)), '":0}')],
];

const ggufText = (text: string) => join(u64(text.length), text);
const gguf = (tensors: number | bigint, pairs: number | bigint, ...rest: readonly (Uint8Array | string)[]) => join('GGUF', u32(3), u64(tensors), u64(pairs), ...rest);
const ggufs: readonly (readonly [what: string, make: () => Buffer])[] = [
  ['2³² pairs', () => gguf(0, 2n ** 32n, Buffer.alloc(MiB))],
  ['2³² tensors', () => gguf(2n ** 32n, 0, Buffer.alloc(MiB))],
  ['an array of 2⁶¹', () => gguf(0, 1, ggufText('a'), u32(9), u32(4), u64(2n ** 61n), Buffer.alloc(MiB))],
  ['four thousand long texts', () => gguf(0, 1900, many(1900, (index) => join(ggufText(`k${index}`), u32(8), ggufText('é'.repeat(32768)))))],
  ['an array of a million texts', () => gguf(0, 1, ggufText('a'), u32(9), u32(8), u64(MiB), repeated(ggufText('ab'), 10 * MiB))],
  ['tensors with long names', () => gguf(60_000, 0, many(60_000, (index) => join(ggufText(`${index}${'n'.repeat(1000)}`), u32(1), u64(0), u32(0), u64(0))))],
  ['tensors with 64 axes', () => gguf(60_000, 0, many(60_000, (index) => join(ggufText(`${index}`), u32(64), Buffer.alloc(512, 1), u32(0), u64(0))))],
  ['pairs that stand twice', () => gguf(0, 500_000, repeated(join(ggufText('ab'), u32(0), '\0'), 500_000 * 15))],
  ['pairs with keys of their own', () => gguf(0, 500_000, many(500_000, (index) => join(ggufText(String(index)), u32(0), '\0')))],
];

const onnxModel = (graph: Uint8Array) => join(Uint8Array.from([...onnxNumber(1, 8)]), Buffer.from([0x3a]), onnxLength(graph.length), graph);
function onnxLength(length: number): Buffer {
  const bytes: number[] = [];
  for (let left = length; ; left = Math.floor(left / 128)) {
    if (left < 128) return Buffer.from([...bytes, left]);
    bytes.push((left % 128) + 128);
  }
}
const onnxText = (text: string) => [...ascii(text)];
const onnxs: readonly (readonly [what: string, make: () => Buffer])[] = [
  ['nodes without anything', () => onnxModel(repeated(Uint8Array.from(onnxBytes(1, [])), 8 * MiB))],
  ['nodes', () => onnxModel(repeated(Uint8Array.from(onnxBytes(1, [...onnxBytes(1, onnxText('x')), ...onnxBytes(2, onnxText('y')), ...onnxBytes(4, onnxText('Add'))])), 24 * MiB))],
  ['normalization nodes', () => onnxModel(repeated(Uint8Array.from(onnxBytes(1, [...onnxBytes(1, onnxText('x')), ...onnxBytes(4, onnxText('BatchNormalization'))])), 24 * MiB))],
  ['tensors without anything', () => onnxModel(repeated(Uint8Array.from(onnxBytes(5, [])), 8 * MiB))],
  ['tensors of an element', () => onnxModel(counted(300_000, (index) => String.fromCharCode(...onnxBytes(5, [...onnxNumber(1, 1), ...onnxNumber(2, 1), ...onnxBytes(8, onnxText(String(index))), ...onnxBytes(9, [0, 0, 0, 0])]))))],
  ['axes of a tensor', () => onnxModel(join(Buffer.from([0x2a]), onnxLength(16 * MiB), repeated(Uint8Array.from(onnxNumber(1, 1)), 16 * MiB)))],
  ['elements in fields of their own', () => onnxModel(join(Buffer.from([0x2a]), onnxLength(10 * MiB), repeated(Uint8Array.from([0x25, 0, 0, 0, 0]), 10 * MiB)))],
  ['a name', () => onnxModel(join(Buffer.from([0x12]), onnxLength(32 * MiB), repeated('a', 32 * MiB)))],
  ['texts', () => join(many(60_000, (index) => Uint8Array.from(onnxBytes(14, [...onnxBytes(1, onnxText(String(index))), ...onnxBytes(2, onnxText('v'.repeat(500)))]))), onnxModel(Buffer.alloc(0)))],
  ['inputs with sizes', () => onnxModel(repeated(Uint8Array.from(onnxBytes(11, onnxBytes(2, onnxBytes(1, onnxBytes(2, Array.from({ length: 60 }, () => onnxBytes(1, onnxNumber(1, 1))).flat()))))), 24 * MiB))],
];

const msgpacks: readonly (readonly [what: string, make: () => Buffer])[] = [
  ['a dictionary of 2³²', () => join('\xdf\xff\xff\xff\xff', Buffer.alloc(MiB, 0xa0))],
  ['a list of 2³²', () => join('\xdd\xff\xff\xff\xff', Buffer.alloc(MiB, 0xc0))],
  ['lists in lists', () => repeated('\x91', 8 * MiB)],
  ['dictionaries in a list', () => join('\xdd', i32be(8 * MiB), repeated('\x80', 8 * MiB))],
  ['a text of 2³²', () => join('\x81\xdb\xff\xff\xff\xff', Buffer.alloc(MiB, 0x61))],
  ['long keys', () => join('\xdf', i32be(60_000), counted(60_000, (index) => `\xda\x03\xe8${String(index).padStart(1000, 'k')}\x01`))],
  ['short keys', () => join('\xdf', i32be(900_000), counted(900_000, (index) => `\xa6${String(index).padStart(6, '0')}\x01`))],
];

const jsons: readonly (readonly [name: string, what: string, make: () => Buffer])[] = [
  ['x.json', 'empty lists', () => join('[', repeated('[],', 30 * MiB), '[]]')],
  ['x.json', 'lists of a number', () => join('[', repeated('[0],', 30 * MiB), '[0]]')],
  ['x.json', 'numbers', () => join('[', repeated('0,', 30 * MiB), '0]')],
  ['x.json', 'fractions', () => join('[', repeated('0.5,', 30 * MiB), '0.5]')],
  ['x.json', 'NaN', () => join('[', repeated('NaN,', 30 * MiB), '0]')],
  ['x.json', 'objects', () => join('[', repeated('{},', 30 * MiB), '{}]')],
  ['x.json', 'lists in objects', () => join('{', counted(1_000_000, (index) => `"${index}":[0],`), '"":0}')],
  ['x.json', 'members', () => join('{', counted(2_000_000, (index) => `"${index}":0,`), '"":[0]}')],
  ['x.json', 'lists in lists', () => repeated('[', 30 * MiB)],
  ['x.json', 'a text of wide characters', () => join('["', Buffer.from('€'.repeat(10 * MiB)), '"]')],
  ['x.jsonl', 'lines of a number', () => repeated('0\n', 30 * MiB)],
  ['x.jsonl', 'lines of an object', () => repeated('{"a":1}\n', 30 * MiB)],
];

const csvs: readonly (readonly [what: string, make: () => Buffer])[] = [
  ['one line of 15 MiB', () => repeated('0,', 15 * MiB)],
  ['one line of 20 MiB', () => repeated('0,', 20 * MiB)],
  ['one line of letters', () => repeated('a', 15 * MiB)],
  ['one line of words', () => join(repeated('ab,', 15 * MiB), '1\n', repeated('1,', 10 * MiB))],
  ['rows of nothing', () => repeated('\n', 15 * MiB)],
  ['rows of a digit', () => repeated('0\n', 15 * MiB)],
  ['quotes', () => repeated('"', 15 * MiB)],
];

/** A table's footer alone: a list of structs in a field of it. */
function parquetFooter(field: number, entry: Uint8Array | string, bytes: number): Buffer {
  const entries = repeated(entry, bytes);
  const footer = join(Uint8Array.from([0x15, 2, ((field - 1) << 4) | 9, 0xfc]), onnxLength(entries.length / entry.length), entries, '\0');
  return join('PAR1', footer, u32(footer.length), 'PAR1');
}

const parquets: readonly (readonly [what: string, make: () => Buffer])[] = [
  ['columns without anything', () => parquetFooter(2, '\0', 15 * MiB)],
  ['columns', () => parquetFooter(2, '\x15\x02\x25\x00\x18\x01a\0', 15 * MiB)],
  ['row groups without anything', () => parquetFooter(4, '\0', 15 * MiB)],
  ['row groups with columns', () => parquetFooter(4, `\x19\xf4\xe8\x07${'\0'.repeat(1000)}\0`, 15 * MiB)],
];

const arrows: readonly (readonly [what: string, make: () => Buffer])[] = [
  ['a schema of 2³¹ bytes', () => join('\xff\xff\xff\xff\xf8\xff\xff\x7f', Buffer.alloc(MiB))],
  ['a schema of zeros', () => join('\xff\xff\xff\xff', u32(15 * MiB), Buffer.alloc(15 * MiB))],
  // Tables whose fields all lie in one place: vectors of millions of offsets to it.
  ['a schema of ones', () => join('\xff\xff\xff\xff', u32(15 * MiB), Buffer.alloc(15 * MiB, 1))],
];

const all = (name: string, files: readonly (readonly [what: string, make: HostileFile['make']])[]): HostileFile[] => files.map(([what, make]) => ({ name, what, make }));

export const hostileFiles: readonly HostileFile[] = [
  ...all('x.npy', [
    ['a header of parentheses', () => rawNpy({ header: `{'descr': ${'('.repeat(15 * MiB)}`, version: [2, 0] })],
    ['a header of lists', () => rawNpy({ header: `{'descr': [${'[],'.repeat(5 * MiB)}]}`, version: [2, 0] })],
    ['a header of fields', () => rawNpy({ header: header({ descr: `[${Array.from({ length: 700_000 }, (_, index) => `('${index}','<f4'),`).join('')}]` }), version: [2, 0] })],
    ['a whole number of 15 MiB', () => rawNpy({ header: header({ shape: `(${'9'.repeat(15 * MiB)},)` }), version: [2, 0] })],
    ['axes', () => rawNpy({ header: header({ shape: `(${'1,'.repeat(7 * MiB)})` }), version: [2, 0] })],
  ]),
  ...all('x.npz', [
    ['a bomb', () => zipBytes([{ name: 'a.npy', data: join(rawNpy({ header: header({ shape: `(${40 * MiB},)` }) }), Buffer.alloc(160 * MiB)), deflated: true }])],
    ['bombs in one place', () => bombs(20_000)],
    ['entries', () => zipBytes(Array.from({ length: 60_000 }, (_, index) => ({ name: `${index}.npy`, data: Buffer.alloc(0) })))],
    ['entries with long names', () => zipBytes(Array.from({ length: 1000 }, (_, index) => ({ name: `${index}${'n'.repeat(60_000)}`, data: Buffer.alloc(0) })))],
  ]),
  ...all('x.pt', pickles.map(([what, make]) => [what, make] as const)),
  ...all('packed.pt', pickles.slice(0, 3).map(([what, make]) => [`${what}, deflated`, () => saved(make())] as const)),
  ...all('x.safetensors', jsonHeaders.map(([what, make]) => [what, () => safetensors(make())] as const)),
  ...all('x.safetensors.index.json', [
    ['tensors', () => join('{"weight_map":{', counted(400_000, (index) => `"${index}":"${index % 3000}.safetensors",`), '"":""}}')],
  ]),
  ...all('x.gguf', ggufs),
  ...all('x.onnx', onnxs),
  ...all('x.msgpack', msgpacks),
  ...all('x.h5', hdf5Files),
  ...all('x.keras', kerasFiles),
  ...all('x.parquet', parquets),
  ...all('x.arrow', arrows),
  ...jsons.map(([name, what, make]) => ({ name, what, make })),
  ...all('x.csv', csvs),
];

/** Entries of a directory that all begin at the same place: deflated zeros, a thousand times their size each. */
function bombs(count: number): Buffer {
  const data = zlib.deflateRawSync(Buffer.alloc(8 * MiB));
  const one = Buffer.from(zipBytes([{ name: 'a.npy', data: Buffer.alloc(8 * MiB), deflated: true }]));
  const at = one.indexOf('PK\x01\x02');
  const entry = one.subarray(at, one.indexOf('PK\x05\x06'));
  const end = Buffer.from(one.subarray(one.indexOf('PK\x05\x06')));
  end.writeUInt16LE(count, 8);
  end.writeUInt16LE(count, 10);
  end.writeUInt32LE(count * entry.length, 12);
  return Buffer.concat([one.subarray(0, 30 + 5 + data.length), ...Array.from({ length: count }, () => entry), end]);
}
