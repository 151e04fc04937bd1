import { compareDocument } from '../core/analysis/json';
import { jsonText } from '../core/analysis/jsonText';
import type { AnalysisRequest } from '../core/analysis/report';
import { NormoscopeError } from '../core/errors';
import { dtypeKind } from '../core/tensor/dtype';
import type { TensorInfo } from '../core/tensor/tensor';
import { loadEngine } from '../platform/engineLoader';
import { exitCodes, numberValue, sharedHelp, sharedOptions, textValue, type Command, type Values } from './command';
import { compareText } from './compareText';
import { tensorNamed, withTensorFile } from './input';

/** What each normalization does to one tensor. */
export const compare: Command = {
  name: 'compare',
  summary: 'LayerNorm, BatchNorm, RMSNorm, GroupNorm and InstanceNorm of one tensor',
  synopsis:
    'compare FILE [--tensor NAME] [--layout ROLES] [--normalized-dims K] [--groups G] [--eps E] [--exact] [--full] [--json]',
  options: {
    ...sharedOptions,
    layout: { type: 'string' },
    'normalized-dims': { type: 'string' },
    groups: { type: 'string' },
    eps: { type: 'string' },
    full: { type: 'boolean' },
  },
  help: [
    sharedHelp.tensor,
    ['--layout ROLES', 'a letter per axis: N batch, C channel or feature, T time or token, D H W space'],
    ['--normalized-dims K', 'LayerNorm and RMSNorm reduce over the last K axes'],
    ['--groups G', "GroupNorm's number of groups"],
    ['--eps E', 'added to every variance; 1e-5 if left out'],
    sharedHelp.exact,
    ['--full', 'with --json: every mean, variance and mean square'],
    sharedHelp.json,
  ],
  run: (file, values, terminal) =>
    withTensorFile(file, async ({ catalog, analyze }) => {
      const request = requestOf(catalog.tensors, values);
      const report = await analyze(await loadEngine(), request, {
        onPartial: ({ progress }) => terminal.progress('Reading the tensor:', progress),
      });
      terminal.progressDone();
      const full = values['full'] === true;
      terminal.write(values['json'] ? `${jsonText(compareDocument(file, report, { full }))}\n` : compareText(file, report, terminal.style));
      return exitCodes.done;
    }),
};

/** @throws NormoscopeError `usage` */
function requestOf(tensors: readonly TensorInfo[], values: Values): AnalysisRequest {
  const name = textValue(values, 'tensor');
  const layout = textValue(values, 'layout');
  const normalizedDims = numberValue(values, 'normalized-dims');
  const numGroups = numberValue(values, 'groups');
  const eps = numberValue(values, 'eps');
  return {
    tensor: name === undefined ? firstToCompare(tensors) : tensorNamed(tensors, name),
    ...(layout === undefined ? {} : { layout }),
    ...(normalizedDims === undefined ? {} : { normalizedDims }),
    ...(numGroups === undefined ? {} : { numGroups }),
    ...(eps === undefined ? {} : { eps }),
    full: values['full'] === true,
  };
}

/**
 * The first readable floating tensor; without one the first readable; without that the first, whose failure is then told.
 * @throws NormoscopeError `unsupported` when the file holds no tensor
 */
function firstToCompare(tensors: readonly TensorInfo[]): number {
  if (tensors.length === 0) throw new NormoscopeError('unsupported', 'The file holds no tensor that could be compared.');
  const isReadable = ({ status }: TensorInfo) => status === 'readable';
  const isFloating = ({ dtype }: TensorInfo) => dtype !== null && dtypeKind(dtype) === 'float';
  const floating = tensors.findIndex((info) => isReadable(info) && isFloating(info));
  return Math.max(0, floating >= 0 ? floating : tensors.findIndex(isReadable));
}
