import { beginsAsZip } from './zip/directory';

/** Files that people mistake for tensors, or that are another tool's tensors, told by their first bytes. */

interface Kind {
  /** Completes "acts.npy is …". */
  readonly what: string;
  readonly is: (head: Uint8Array, text: string, entries: readonly string[]) => boolean;
}

const kinds: readonly Kind[] = [
  {
    what: 'a Git LFS pointer, not the file that it stands for: run "git lfs pull" in its repository',
    is: (_, text) => text.startsWith('version https://git-lfs'),
  },
  {
    what: 'a web page, not a tensor: a download that got an error or a login page instead of the file',
    is: (_, text) => /^\s*<(!doctype html|html|head)/i.test(text),
  },
  { what: 'an office document, not a tensor', is: (_, __, entries) => entries.includes('[Content_Types].xml') || entries[0] === 'mimetype' },
  { what: 'a zip archive of pictures, not a tensor: unpack it', is: (_, __, entries) => entries.some((name) => /\.(png|jpe?g|gif|bmp|webp|tiff?)$/i.test(name)) },
  { what: 'a zip archive without a tensor in it that is known here', is: (head) => beginsAsZip(head) },
  {
    what: 'a pickle of Python, which can run any code, and no PyTorch file: save the array that you want with numpy.save',
    is: (head) => head[0] === 0x80 && head[1] !== undefined && head[1] >= 2 && head[1] <= 5,
  },
  {
    what: "a model in one of ggml's formats before GGUF: convert it to GGUF with llama.cpp's scripts",
    is: (_, text) => ['lmgg', 'fmgg', 'tjgg'].some((magic) => text.startsWith(magic)),
  },
  { what: 'a Feather file of version 1, which Arrow files have replaced: write it again with a newer pyarrow', is: (_, text) => text.startsWith('FEA1') },
  { what: "a model in ONNX Runtime's own format: open the .onnx file that it was made from", is: (_, text) => text.startsWith('ORTM', 4) },
  { what: 'a TensorFlow Lite model, which is not read yet', is: (_, text) => text.startsWith('TFL3', 4) },
  { what: 'a PNG picture, not a tensor', is: (head) => begins(head, [0x89, 0x50, 0x4e, 0x47]) },
  { what: 'a JPEG picture, not a tensor', is: (head) => begins(head, [0xff, 0xd8, 0xff]) },
  { what: 'a PDF document, not a tensor', is: (_, text) => text.startsWith('%PDF-') },
  { what: 'compressed with gzip: unpack it first ("gunzip")', is: (head) => begins(head, [0x1f, 0x8b]) },
  { what: 'compressed with Zstandard: unpack it first ("zstd -d")', is: (head) => begins(head, [0x28, 0xb5, 0x2f, 0xfd]) },
  { what: 'compressed with xz: unpack it first ("unxz")', is: (head) => begins(head, [0xfd, 0x37, 0x7a, 0x58, 0x5a]) },
  { what: 'compressed with bzip2: unpack it first ("bunzip2")', is: (_, text) => /^BZh[1-9]/.test(text) },
  { what: 'a 7z archive: unpack it first', is: (head) => begins(head, [0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c]) },
  { what: 'a tar archive without a tensor in it that is known here: unpack it first', is: (_, text) => text.startsWith('ustar', 257) },
  { what: 'a text file, not a tensor', is: (_, text) => isText(text) },
];

/**
 * What a file is that no format claims, as the rest of a sentence that begins with its name; null when unknown.
 * @param head its first bytes
 * @param size of the whole file, bytes
 * @param entries names in a zip archive; null for any other file
 */
export function nameOf(head: Uint8Array, size: number, entries: readonly string[] | null): string | null {
  if (size === 0) return 'empty: it has no bytes at all';
  // One character per byte, so that places in the text are places in the file.
  const text = String.fromCharCode(...head);
  return kinds.find(({ is }) => is(head, text, entries ?? []))?.what ?? null;
}

function begins(head: Uint8Array, bytes: readonly number[]): boolean {
  return bytes.every((byte, index) => head[index] === byte);
}

/** Printable ASCII, line ends and whole UTF-8 sequences, of which the last may be cut off; no control characters. */
function isText(text: string): boolean {
  return /^(?:[\t\n\r\x20-\x7e]|[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3})+(?:[\xc2-\xf4][\x80-\xbf]{0,2})?$/.test(text);
}
