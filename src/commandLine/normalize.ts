import { normalizeMethods, type NormalizeMethod, type Normalized, type NormalizeRequest } from '../core/analysis/normalize';
import type { Engine } from '../core/engine/engine';
import { NormoscopeError } from '../core/errors';
import { formatNumber, formatShape } from '../core/text/numbers';
import { loadEngine } from '../platform/engineLoader';
import { writeFileWhole } from '../platform/fileByteSink';
import { exitCodes, planHelp, planOptions, planValues, sharedHelp, sharedOptions, textValue, type Command, type Values } from './command';
import { tensorToNormalize, withTensorFile } from './input';
import { untilInterrupted } from './interrupt';
import { parameterFile, readParameter, type ParameterFile } from './parameterFile';
import { printable } from './table';

/** Option and request key of every tensor that a normalization takes beside its own. */
const parameterOptions = [
  ['weight', 'weight'],
  ['bias', 'bias'],
  ['running-mean', 'runningMean'],
  ['running-var', 'runningVar'],
] as const;

/** One tensor, normalized, into a `.npy` file. */
export const normalize: Command = {
  name: 'normalize',
  summary: 'one tensor, normalized, as a .npy file',
  synopsis:
    'normalize FILE --method M --out OUT.npy [--tensor NAME] [--layout ROLES] [--normalized-dims K | --normalized-axes R] [--groups G] [--eps E] ' +
    '[--weight F[:NAME]] [--bias F[:NAME]] [--running-mean F[:NAME]] [--running-var F[:NAME]]',
  options: {
    tensor: sharedOptions.tensor,
    ...planOptions,
    method: { type: 'string' },
    out: { type: 'string' },
    weight: { type: 'string' },
    bias: { type: 'string' },
    'running-mean': { type: 'string' },
    'running-var': { type: 'string' },
  },
  help: [
    ['--method M', `${normalizeMethods.slice(0, -1).join(', ')} or ${normalizeMethods.at(-1)}, BatchNorm with running statistics`],
    ['--out OUT.npy', 'the file to write: float32, or float64 for a float64 tensor'],
    sharedHelp.tensor,
    ...planHelp,
    ['--weight F[:NAME]', 'γ: a tensor file, and which tensor of it'],
    ['--bias F[:NAME]', 'β'],
    ['--running-mean F[:NAME]', 'for batch-eval: the mean of each channel'],
    ['--running-var F[:NAME]', 'for batch-eval: the variance of each channel'],
  ],
  async run(file, values, terminal) {
    const method = methodOf(values);
    const out = outOf(values);
    const options = planValues(values);
    const parameters = parameterOptions.flatMap(([option, key]) => {
      const written = textValue(values, option);
      return written === undefined ? [] : [{ option, key, from: parameterFile(written) }];
    });
    const inputs = [...(file === '-' ? [] : [file]), ...parameters.map(({ from }) => from.file)];
    const normalized = await withTensorFile(file, async (opened) => {
      const tensor = tensorToNormalize(opened.catalog.tensors, textValue(values, 'tensor'));
      const engine = await loadEngine();
      const request = { tensor, method, ...options, ...(await readParameters(engine, parameters)) };
      return untilInterrupted((signal) =>
        writeFileWhole(out, inputs, (sink) =>
          opened.normalize(engine, request, sink, { signal, onProgress: (share) => terminal.progress('Normalizing the tensor:', share) }),
        ),
      );
    });
    terminal.progressDone();
    terminal.write(`${printable(sentence(out, normalized))}\n`);
    return exitCodes.done;
  },
};

/** @throws NormoscopeError `usage` */
function methodOf(values: Values): NormalizeMethod {
  const written = textValue(values, 'method');
  const method = normalizeMethods.find((known) => known === written);
  if (method !== undefined) return method;
  const found = written === undefined ? 'No --method is given' : `--method is "${written}"`;
  throw new NormoscopeError('usage', `${found}; it may be ${normalizeMethods.slice(0, -1).join(', ')} or ${normalizeMethods.at(-1)}.`);
}

/** @throws NormoscopeError `usage` */
function outOf(values: Values): string {
  const out = textValue(values, 'out');
  if (out === undefined) throw new NormoscopeError('usage', 'No --out is given: the .npy file to write.');
  if (!out.toLowerCase().endsWith('.npy')) throw new NormoscopeError('usage', `--out is "${out}"; a .npy file is written, so its name ends in .npy.`);
  return out;
}

async function readParameters(
  engine: Engine,
  parameters: readonly { readonly option: string; readonly key: (typeof parameterOptions)[number][1]; readonly from: ParameterFile }[],
): Promise<Pick<NormalizeRequest, 'weight' | 'bias' | 'runningMean' | 'runningVar'>> {
  const read: Partial<Record<(typeof parameterOptions)[number][1], Awaited<ReturnType<typeof readParameter>>>> = {};
  for (const { option, key, from } of parameters) read[key] = await readParameter(engine, option, from);
  return read;
}

function sentence(out: string, { label, statistics, layout, eps, shape, dtype }: Normalized): string {
  const roles = layout.roles === '' ? '' : `, layout ${layout.roles} (${layout.reason})`;
  return `${out}: ${dtype} ${formatShape(shape)}, ${label} with ${statistics}${roles}, eps ${formatNumber(eps)}`;
}
