import { compareDocument } from '../core/analysis/json';
import { jsonText } from '../core/analysis/jsonText';
import { histogramKinds, type AnalysisRequest } from '../core/analysis/report';
import { loadEngine } from '../platform/engineLoader';
import { parseArithmetics } from './arithmetics';
import { exitCodes, planHelp, planOptions, numberValue, planValues, sharedHelp, sharedOptions, textValue, type Command, type Values } from './command';
import { compareText } from './compareText';
import { tensorToNormalize, withTensorFile } from './input';
import { maskHelp, maskOptions, maskSynopsis, maskWritten, readMask } from './maskFile';
import { givenParameters, readParameters } from './normalizing';

/** What each normalization does to one tensor. */
export const compare: Command = {
  name: 'compare',
  summary: 'LayerNorm, BatchNorm, RMSNorm, GroupNorm and InstanceNorm of one tensor',
  synopsis:
    `compare FILE [--tensor NAME] [--layout ROLES] [--normalized-dims K | --normalized-axes R] [--groups G] [--eps E] ${maskSynopsis} [--running-mean F[:NAME]] [--running-var F[:NAME]] [--momentum M] [--batch B] [--precision LIST] [--exact] [--full] [--histograms] [--json]`,
  options: {
    ...sharedOptions,
    ...planOptions,
    ...maskOptions,
    'running-mean': { type: 'string' },
    'running-var': { type: 'string' },
    momentum: { type: 'string' },
    batch: { type: 'string' },
    precision: { type: 'string' },
    full: { type: 'boolean' },
    histograms: { type: 'boolean' },
  },
  help: [
    sharedHelp.tensor,
    ...planHelp,
    ...maskHelp,
    ['--running-mean F[:NAME]', 'the mean of each channel that BatchNorm has in inference: a tensor file, and which tensor of it'],
    ['--running-var F[:NAME]', 'and the variance'],
    ['--momentum M', 'running statistics: the weight of a new mini-batch, or cumulative; 0.1 with --batch alone'],
    ['--batch B', 'the same: samples of a mini-batch; with --momentum alone 32, or an eighth of them'],
    ['--precision LIST', 'what fp32, fp32-two-pass, fp16, bf16, fp8-e4m3, fp8-e5m2 (commas between) or all would give'],
    sharedHelp.exact,
    ['--full', 'with --json: every mean, variance and mean square, and more of every group'],
    ['--histograms', 'with --json: histograms of the tensor, of every channel and of every sample'],
    sharedHelp.json,
  ],
  run: async (file, values, terminal) => {
    const mask = maskWritten(values);
    const running = givenParameters(values);
    return withTensorFile(file, async ({ catalog, analyze }) => {
      const tensor = tensorToNormalize(catalog.tensors, textValue(values, 'tensor'));
      const engine = await loadEngine();
      const full = values['full'] === true;
      const arithmetics = textValue(values, 'precision');
      const request = {
        tensor,
        ...planValues(values),
        ...(await readMask(engine, mask)),
        ...runningValues(values),
        ...(running.length > 0 && { parameters: await readParameters(engine, running) }),
        ...(arithmetics !== undefined && { precision: parseArithmetics(arithmetics) }),
        full,
        groupDetails: full,
        exact: values['exact'] === true,
        ...(values['histograms'] === true && { groupHistograms: histogramKinds }),
      };
      const report = await analyze(engine, request, {
        onPartial: ({ progress }) => terminal.progress('Reading the tensor:', progress),
      });
      terminal.progressDone();
      terminal.write(values['json'] ? `${jsonText(compareDocument(file, report, { full }))}\n` : compareText(file, report, terminal.style));
      return exitCodes.done;
    });
  },
};

/** @throws NormoscopeError `usage` */
function runningValues(values: Values): Pick<AnalysisRequest, 'momentum' | 'batchSize'> {
  const momentum = textValue(values, 'momentum') === 'cumulative' ? 'cumulative' : numberValue(values, 'momentum');
  const batchSize = numberValue(values, 'batch');
  return { ...(momentum === undefined ? {} : { momentum }), ...(batchSize === undefined ? {} : { batchSize }) };
}
