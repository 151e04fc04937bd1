import type { Gradients } from '../core/analysis/backward';
import { gradientsDocument } from '../core/analysis/json';
import { jsonText } from '../core/analysis/jsonText';
import type { Values as TensorValues } from '../core/analysis/values';
import { NormoscopeError } from '../core/errors';
import { npyFile } from '../core/formats/npyWriter';
import { counted, formatNumber, formatShape } from '../core/text/numbers';
import type { ByteSink } from '../core/tensor/byteSink';
import { loadEngine } from '../platform/engineLoader';
import { writeFileWhole } from '../platform/fileByteSink';
import { exitCodes, planHelp, planOptions, planValues, sharedHelp, sharedOptions, textValue, type Command, type Values } from './command';
import { tensorToNormalize, withTensorFile } from './input';
import { untilInterrupted } from './interrupt';
import {
  givenParameters,
  methodHelp,
  methodOf,
  methodOption,
  normalizationText,
  npyOf,
  outOf,
  readParameters,
  refuseSame,
  runningHelp,
} from './normalizing';
import { parameterFile, tensorOfParameter, type ParameterFile } from './parameterFile';
import { printable } from './table';

/** The files that the gradients go to. */
interface Outputs {
  /** dX. */
  readonly out: string;
  /** dγ and dβ. */
  readonly weight: string | undefined;
  readonly bias: string | undefined;
}

/** The gradient of a loss through the normalization of one tensor, into `.npy` files. */
export const backward: Command = {
  name: 'backward',
  summary: 'the gradient through the normalization of one tensor, as .npy files',
  synopsis:
    'backward FILE --gradient G[:NAME] --method M --out DX.npy [--weight-gradient OUT.npy] [--bias-gradient OUT.npy] [--tensor NAME] ' +
    '[--layout ROLES] [--normalized-dims K | --normalized-axes R] [--groups G] [--eps E] [--weight F[:NAME]] [--running-mean F[:NAME]] ' +
    '[--running-var F[:NAME]] [--full] [--json]',
  options: {
    tensor: sharedOptions.tensor,
    json: sharedOptions.json,
    full: { type: 'boolean' },
    ...planOptions,
    ...methodOption,
    gradient: { type: 'string' },
    out: { type: 'string' },
    'weight-gradient': { type: 'string' },
    'bias-gradient': { type: 'string' },
    weight: { type: 'string' },
    'running-mean': { type: 'string' },
    'running-var': { type: 'string' },
  },
  help: [
    ['--gradient G[:NAME]', 'the gradient with respect to the normalized tensor: a tensor file, and which tensor of it'],
    methodHelp,
    ['--out DX.npy', 'the file to write: the gradient with respect to the tensor'],
    ['--weight-gradient OUT.npy', 'and the one with respect to γ'],
    ['--bias-gradient OUT.npy', 'and the one with respect to β'],
    sharedHelp.tensor,
    ...planHelp,
    ['--weight F[:NAME]', 'γ: a tensor file, and which tensor of it'],
    ...runningHelp,
    ['--full', 'with --json: the norms of every sample'],
    sharedHelp.json,
  ],
  async run(file, values, terminal) {
    const method = methodOf(values);
    const outputs = outputsOf(values);
    const upstream = gradientOf(values);
    const options = planValues(values);
    const parameters = givenParameters(values);
    const inputs = [...(file === '-' ? [] : [file]), upstream.file, ...parameters.map(({ from }) => from.file)];
    const { name, gradients } = await withTensorFile(file, async (opened) => {
      const tensor = tensorToNormalize(opened.catalog.tensors, textValue(values, 'tensor'));
      const engine = await loadEngine();
      const parameterGradients = outputs.weight !== undefined || outputs.bias !== undefined;
      const request = { tensor, method, ...options, ...(await readParameters(engine, parameters)), parameterGradients };
      return withTensorFile(upstream.file, async (from) => {
        const gradient = { file: from, tensor: tensorOfParameter(from.catalog.tensors, upstream) };
        return {
          name: opened.catalog.tensors[tensor]?.name ?? '',
          gradients: await untilInterrupted((signal) =>
            writeGradients(outputs, inputs, (sink) =>
              opened.backward(engine, request, gradient, sink, { signal, onProgress: (share) => terminal.progress('Computing the gradient:', share) }),
            ),
          ),
        };
      });
    });
    terminal.progressDone();
    const written = { ...outputs, gradient: upstream };
    const full = values['full'] === true;
    terminal.write(values['json'] ? `${jsonText(gradientsDocument({ file, tensor: name, method, ...written }, gradients, { full }))}\n` : text(outputs, gradients));
    return exitCodes.done;
  },
};

/** @throws NormoscopeError `usage` */
function outputsOf(values: Values): Outputs {
  const outputs = { out: outOf(values), weight: npyOf(values, 'weight-gradient'), bias: npyOf(values, 'bias-gradient') };
  refuseSame(Object.values(outputs));
  return outputs;
}

/** @throws NormoscopeError `usage` */
function gradientOf(values: Values): ParameterFile {
  const written = textValue(values, 'gradient');
  if (written !== undefined) return parameterFile(written);
  throw new NormoscopeError('usage', 'No --gradient is given: the gradient with respect to the normalized tensor.');
}

/** Each file takes its name only once all of them are computed and written. */
async function writeGradients(
  { out, weight, bias }: Outputs,
  inputs: readonly string[],
  compute: (sink: ByteSink) => Promise<Gradients>,
): Promise<Gradients> {
  const maybe = async (file: string | undefined, work: (sink: ByteSink | null) => Promise<Gradients>) =>
    file === undefined ? work(null) : writeFileWhole(file, inputs, work);
  return maybe(weight, (weightSink) =>
    maybe(bias, (biasSink) =>
      writeFileWhole(out, inputs, async (sink) => {
        const gradients = await compute(sink);
        const { dtype } = gradients.normalized;
        const write = async (to: ByteSink | null, gradient: TensorValues | null) => {
          if (to !== null && gradient !== null) await to.write(npyFile(dtype, gradient.shape, gradient.values));
        };
        await write(weightSink, gradients.weight);
        await write(biasSink, gradients.bias);
        return gradients;
      }),
    ),
  );
}

function text({ out, weight, bias }: Outputs, gradients: Gradients): string {
  const { normalized, gradientNorms, inputNorms, notFinite } = gradients;
  const { dtype, shape } = normalized;
  const ofParameter = (file: string | undefined, values: TensorValues | null, what: string) =>
    file === undefined || values === null ? [] : [`${file}: ${dtype} ${formatShape(values.shape)}, the gradient with respect to ${what}`];
  return [
    `${out}: ${dtype} ${formatShape(shape)}, the gradient through ${normalizationText(normalized)}`,
    ...ofParameter(weight, gradients.weight, 'the weight'),
    ...ofParameter(bias, gradients.bias, 'the bias'),
    ...(gradientNorms === null || inputNorms === null || inputNorms.length === 0
      ? []
      : [`L2 norms of ${counted(inputNorms.length, 'sample')}: ${rangeOf(gradientNorms)} upstream, ${rangeOf(inputNorms)} of the gradient through it`]),
    ...(notFinite === 0 ? [] : [`${counted(notFinite, 'element')} of the gradient ${notFinite === 1 ? 'is' : 'are'} NaN or infinite`]),
  ]
    .map((line) => `${printable(line)}\n`)
    .join('');
}

function rangeOf(norms: Float64Array): string {
  const [low, high] = [norms.reduce((a, b) => Math.min(a, b)), norms.reduce((a, b) => Math.max(a, b))].map((value) => formatNumber(value));
  return low === high ? `${low}` : `${low} to ${high}`;
}
