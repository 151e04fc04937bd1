import { formatShape } from '../core/text/numbers';
import { loadEngine } from '../platform/engineLoader';
import { writeFileWhole } from '../platform/fileByteSink';
import { exitCodes, planHelp, planOptions, planValues, sharedHelp, sharedOptions, textValue, type Command } from './command';
import { tensorToNormalize, withTensorFile } from './input';
import { untilInterrupted } from './interrupt';
import { maskHelp, maskOptions, maskSynopsis, maskWritten, readMask } from './maskFile';
import { givenParameters, methodHelp, methodOf, methodOption, normalizationText, outOf, readParameters, runningHelp } from './normalizing';
import { printable } from './table';

/** One tensor, normalized, into a `.npy` file. */
export const normalize: Command = {
  name: 'normalize',
  summary: 'one tensor, normalized, as a .npy file',
  synopsis:
    'normalize FILE --method M --out OUT.npy [--tensor NAME] [--layout ROLES] [--normalized-dims K | --normalized-axes R] [--groups G] [--eps E] ' +
    `[--weight F[:NAME]] [--bias F[:NAME]] [--running-mean F[:NAME]] [--running-var F[:NAME]] ${maskSynopsis}`,
  options: {
    tensor: sharedOptions.tensor,
    ...planOptions,
    ...maskOptions,
    ...methodOption,
    out: { type: 'string' },
    weight: { type: 'string' },
    bias: { type: 'string' },
    'running-mean': { type: 'string' },
    'running-var': { type: 'string' },
  },
  help: [
    methodHelp,
    ['--out OUT.npy', 'the file to write: float32, or float64 for a float64 tensor'],
    sharedHelp.tensor,
    ...planHelp,
    ['--weight F[:NAME]', 'γ: a tensor file, and which tensor of it'],
    ['--bias F[:NAME]', 'β'],
    ...runningHelp,
    ...maskHelp,
  ],
  async run(file, values, terminal) {
    const method = methodOf(values);
    const out = outOf(values);
    const options = planValues(values);
    const parameters = givenParameters(values);
    const mask = maskWritten(values);
    const inputs = [...(file === '-' ? [] : [file]), ...parameters.map(({ from }) => from.file), ...(mask !== null && 'from' in mask ? [mask.from.file] : [])];
    const normalized = await withTensorFile(file, async (opened) => {
      const tensor = tensorToNormalize(opened.catalog.tensors, textValue(values, 'tensor'));
      const engine = await loadEngine();
      const request = { tensor, method, ...options, ...(await readParameters(engine, parameters)), ...(await readMask(engine, mask)) };
      return untilInterrupted((signal) =>
        writeFileWhole(out, inputs, (sink) =>
          opened.normalize(engine, request, sink, { signal, onProgress: (share) => terminal.progress('Normalizing the tensor:', share) }),
        ),
      );
    });
    terminal.progressDone();
    terminal.write(`${printable(`${out}: ${normalized.dtype} ${formatShape(normalized.shape)}, ${normalizationText(normalized)}`)}\n`);
    return exitCodes.done;
  },
};
