/** What is refused before anything is allocated. Every limit carries its reason. */
export interface Limits {
  /** Bytes of a header that is parsed as text. NumPy's own writer stays under 64 KiB but for huge structured dtypes. */
  readonly headerBytes: number;
  /** Bytes of a header that is walked through and not held. The vocabularies of the largest tokenizers take 20 MiB. */
  readonly walkedBytes: number;
  /** Axes of a tensor. NumPy allows 64; the axis roles N C T D H W and repeated N give a meaning to 8. */
  readonly rank: number;
  /** Fields of a structured dtype that are listed as tensors of their own. */
  readonly fields: number;
  /** Files of a checkpoint that are opened: the largest models come in about two hundred. */
  readonly shards: number;
  /** Tensors of a file that are listed: a catalog travels to the page whole. The largest models have some thousands. */
  readonly tensors: number;
  /** Entries of a zip archive. A PyTorch file has one for every storage; the largest mixtures of experts have tens of thousands. */
  readonly archiveEntries: number;
  /** Bytes of one pickle, held while it is read. One tensor takes some 300 in it; arrays that are pickled themselves, all of theirs. */
  readonly pickleBytes: number;
  /** Bytes of a file that has to be held whole (a scheme without range reads, standard input). */
  readonly wholeFileBytes: number;
  /** Bytes of an archive's entry that has to be unpacked whole, since it is read in no order: an HDF5 file. */
  readonly unpackedBytes: number;
  /** Bytes of the HDF5 library's heap, which begins with 19 MiB: a slab, a chunk of it packed and unpacked, the file's directory. */
  readonly hdf5Bytes: number;
  /** Bytes of an HDF5 dataset that are read at a time: a row of chunks, so that each is unpacked once. Also of one compressed chunk. */
  readonly slabBytes: number;
  /** Groups of one normalization: twelve float64 each, so 96 MiB. A million tokens, say. */
  readonly groupsInMemory: number;
  /**
   * Groups that are accumulated apart from each other, of all normalizations together: 144 MiB. A second one with a
   * million (samples by channels, beside tokens) would take an extension host past 400 MiB. Where each thread has states
   * of its own, fewer threads share a pass, so that it holds for all of them together.
   */
  readonly cellsInMemory: number;
  /** Elements that are kept for exact quantiles: as float64, 8 MiB, until their pass is over. Of more, they are counted by code. */
  readonly quantileElements: number;
  /** Bins of the histograms of all groups of a grouping: an int32 and a copy each, so 32 MiB. 65 536 samples of 64 bins. */
  readonly histogramBins: number;
  /** Elements of a slice that are read at once: a float64 each, so 512 KiB, and as much text where they are copied as a person may want. */
  readonly sliceElements: number;
  /** Bytes that are read for one slice, with what lies between its elements: a record that is read for one of its fields, say. */
  readonly sliceBytes: number;
  /** Pixels of the windows of a tensor that are drawn at once: 13 bytes a view each, so that a page takes them in within a frame or two. */
  readonly tilePixels: number;
  /** Elements that are looked at for one such window: some twenty milliseconds of work for three views. */
  readonly tileElements: number;
  /** Stretches that they lie in: each costs as much as a hundred elements. An element for each of 128 × 128 pixels. */
  readonly tileStretches: number;
  /** Bytes of those elements: records of which one field is looked at have many. */
  readonly tileBytes: number;
  /** Positions of a mask: a byte each, so 64 MiB. */
  readonly maskPositions: number;
  /** Elements up to which statistics are always computed in precise mode: a person does not notice what it costs, at most some 10 ms. */
  readonly preciseElements: number;
  /** Bytes read, held and decoded at a time. 1–4 MiB reads run at page-cache speed and stay in the cache. */
  readonly chunkBytes: number;
  /**
   * Elements, each as often as it is looked at, from which on threads share a pass. One thread takes some 60 ms for as many,
   * and starting others about 40, which pay off only with the second such pass.
   */
  readonly sharedElements: number;
  /** Bytes read ahead for all threads of a pass together: two have 2 MiB at a time, eight 512 KiB, still near full speed. */
  readonly sharedBytes: number;
}

const MiB = 1024 * 1024;

export const defaultLimits: Limits = {
  headerBytes: 16 * MiB,
  walkedBytes: 128 * MiB,
  rank: 8,
  fields: 4096,
  shards: 1024,
  tensors: 1 << 16,
  archiveEntries: 1 << 17,
  pickleBytes: 40 * MiB,
  wholeFileBytes: 512 * MiB,
  unpackedBytes: 64 * MiB,
  hdf5Bytes: 64 * MiB,
  slabBytes: 24 * MiB,
  groupsInMemory: 1 << 20,
  cellsInMemory: 3 << 19,
  quantileElements: 1 << 20,
  histogramBins: 1 << 22,
  sliceElements: 1 << 16,
  sliceBytes: 256 * MiB,
  tilePixels: 1 << 16,
  tileElements: 1 << 21,
  tileStretches: 1 << 14,
  tileBytes: 32 * MiB,
  maskPositions: 1 << 26,
  preciseElements: 1 << 20,
  chunkBytes: 4 * MiB,
  sharedElements: 1 << 24,
  sharedBytes: 8 * MiB,
};
