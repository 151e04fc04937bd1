import { NormoscopeError } from '../errors';
import type { Limits } from '../limits';
import type { ByteSource } from '../tensor/byteSource';
import type { Warning } from '../tensor/tensor';
import { counted, formatCount } from '../text/numbers';
import { quoted } from '../text/quoted';
import type { Claim, Clues, Format, OpenFile, Part } from './format';
import { foundSparse, foundTensor, type Found } from './onnx/elements';
import { beginsAsModel, mayBeModel } from './onnx/probe';
import { isCutOff, ModelWalk, type Placed } from './onnx/walk';
import { WireReader } from './onnx/wireReader';
import { siblingSource } from './siblingSource';

/**
 * ONNX models: initializers, constants and the tensors of other nodes, of the graph, of graphs in it and of functions, in the
 * order of the file. Protocol Buffers have no index: the file is walked through, over the elements' bytes without reading them.
 */
export const onnx: Format = {
  id: 'onnx',
  label: 'ONNX model',
  extensions: ['.onnx'],
  sharedExtensions: [],
  mayHaveParts: true,
  probe: claim,
  async open(source, limits, signal) {
    const walk = new ModelWalk(new WireReader(source, signal), limits);
    const warnings: Warning[] = [];
    try {
      await walk.model();
    } catch (error) {
      // Of a download that was cut off, what is there.
      if (!isCutOff(error) || !walk.hasGraph) throw error;
      warnings.push({ code: 'truncated', message: `${error.message} What would follow is missing.` });
    }
    if (!walk.hasGraph) throw new NormoscopeError('malformed', `${source.name} has no graph, which an ONNX model consists of.`, source.size);
    return openModel(source, walk, await otherFiles(source, walk, limits), warnings, limits);
  },
};

function claim({ head, name, size }: Clues): Claim {
  if (beginsAsModel(head, size)) return 'signature';
  return name.toLowerCase().endsWith('.onnx') && mayBeModel(head, size) ? 'name' : null;
}

/** Files beside the model that tensors are in; or why one could not be opened. */
async function otherFiles(source: ByteSource, { tensors }: ModelWalk, { shards }: Limits): Promise<ReadonlyMap<string, ByteSource | NormoscopeError>> {
  const files = new Map<string, ByteSource | NormoscopeError>();
  for (const { stored } of tensors) {
    const location = stored.external ? stored.place.get('location') : undefined;
    if (location === undefined || files.has(location)) continue;
    if (files.size >= shards) {
      files.set(location, new NormoscopeError('too-large', `The model has its tensors in more than ${formatCount(shards)} files; no more are opened.`));
      continue;
    }
    files.set(location, await siblingSource(source, location).catch((error: unknown) => {
      if (error instanceof NormoscopeError && error.code !== 'cancelled') return error;
      throw error;
    }));
  }
  return files;
}

function openModel(source: ByteSource, walk: ModelWalk, files: ReadonlyMap<string, ByteSource | NormoscopeError>, warnings: Warning[], limits: Limits): OpenFile {
  const find = (location: string): ByteSource => {
    const file = files.get(location);
    if (file === undefined) throw new NormoscopeError('internal', `${location} was not opened.`);
    if (file instanceof NormoscopeError) throw file;
    return file;
  };
  const names = namesOf(walk.tensors);
  const found = walk.tensors.map(({ stored, sparse }, index): Found => {
    const name = names[index] ?? { name: '', twice: false };
    if (sparse !== undefined) return foundSparse(name.name, sparse, stored);
    const tensor = foundTensor(name.name, stored, source, limits, find);
    if (!name.twice) return tensor;
    const failure = new NormoscopeError('refused', 'The name stands more than once in the model.');
    return { info: { ...tensor.info, status: 'refused', reason: failure.message }, failure, data: null };
  });
  return {
    catalog: {
      format: onnx.id,
      metadata: metadataOf(walk),
      tensors: found.map(({ info }) => info),
      warnings: [...warnings, ...warningsOf(walk, files, limits)],
    },
    parts: partsOf(walk, files),
    tensor(index) {
      const tensor = found[index];
      if (tensor === undefined) throw new NormoscopeError('internal', `The file has no tensor number ${index}.`);
      if (tensor.data === null) throw tensor.failure ?? new NormoscopeError('internal', 'The tensor is not readable.');
      return tensor.data();
    },
  };
}

/** Files outside of the folder are none. */
function partsOf({ tensors }: ModelWalk, files: ReadonlyMap<string, ByteSource | NormoscopeError>): Part[] {
  const places = new Map<string, number[]>([...files].map(([path]) => [path, []]));
  for (const [index, { stored }] of tensors.entries()) if (stored.external) places.get(stored.place.get('location') ?? '')?.push(index);
  return [...files].flatMap(([path, file]) => {
    if (file instanceof NormoscopeError && file.code !== 'not-found') return [];
    return [{ path, identity: file instanceof NormoscopeError ? null : file.identity, tensors: places.get(path) ?? [] }];
  });
}

/** A tensor is called what it is called in its graph; where graphs share a name, with the path to each before it. */
function namesOf(tensors: readonly Placed[]): { readonly name: string; readonly twice: boolean }[] {
  const plain = tensors.map(({ name }) => name());
  const plainCounts = countsOf(plain);
  const placed = plain.map((name, index) => (plainCounts.get(name) === 1 ? name : (tensors[index]?.scope.place(name) ?? name)));
  const counts = countsOf(placed);
  return placed.map((name) => ({ name, twice: counts.get(name) !== 1 }));
}

function countsOf(names: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return counts;
}

function metadataOf({ description, graphs, operators, functions, normalizations, tensors }: ModelWalk): Readonly<Record<string, unknown>> {
  const { fields, opsets, properties } = description;
  const initializers = new Set(tensors.filter(({ scope, isInitializer }) => isInitializer && scope.parent === null).map(({ name }) => name()));
  return {
    ...Object.fromEntries(fields),
    opset_import: Object.fromEntries(opsets),
    ...(properties.size === 0 ? {} : { metadata_props: Object.fromEntries(properties) }),
    // Before 2019, initializers were inputs as well.
    graph: { ...graphs, inputs: graphs.inputs.filter(({ name }) => !initializers.has(name)) },
    ...(functions.length === 0 ? {} : { functions }),
    operators: Object.fromEntries([...operators].sort(([, a], [, b]) => b - a)),
    normalizations: normalizations.map(({ node, scope }) => (scope.path === '' ? node : { ...node, path: scope.path })),
  };
}

function warningsOf(walk: ModelWalk, files: ReadonlyMap<string, ByteSource | NormoscopeError>, limits: Limits): Warning[] {
  const warnings: Warning[] = [];
  const failed = [...files].filter((entry): entry is [string, NormoscopeError] => entry[1] instanceof NormoscopeError);
  const [first] = failed;
  if (first !== undefined) {
    const [location, { message }] = first;
    const lost = walk.tensors.filter(({ stored }) => stored.external && stored.place.get('location') === location).length;
    const more = failed.length > 1 ? ` Something like it is so of ${counted(failed.length - 1, 'other file')}.` : '';
    warnings.push({ code: 'external-data', message: `${quoted(location)} costs ${counted(lost, 'tensor')}: ${message}${more}` });
  }
  if (walk.tensorsLeftOut > 0) {
    const message = `The model has ${formatCount(walk.tensorsLeftOut)} more tensors; the first ${formatCount(walk.tensors.length)} are listed.`;
    warnings.push({ code: 'tensors-left-out', message });
  }
  if (walk.tooDeep) warnings.push({ code: 'nesting', message: 'The model has graphs in nodes of graphs, more than 16 deep: those below are not looked into.' });
  if (walk.normalizationsLeftOut > 0) {
    const message = `The model has ${formatCount(walk.normalizationsLeftOut)} more normalization nodes; the first ${formatCount(limits.fields)} are shown.`;
    warnings.push({ code: 'metadata', message });
  }
  if (walk.description.propertiesLeftOut > 0) {
    const message = `The metadata has ${formatCount(walk.description.propertiesLeftOut)} more entries, which are not shown.`;
    warnings.push({ code: 'metadata', message });
  }
  return warnings;
}
