import { inspectDocument, type Inspected } from '../core/analysis/json';
import { jsonText } from '../core/analysis/jsonText';
import { findingsOfFile } from '../core/diagnostics/ofFile';
import { toErrorData, type ErrorData } from '../core/errors';
import type { Engine } from '../core/engine/engine';
import type { TensorFile } from '../core/normoscope';
import type { TensorInfo } from '../core/tensor/tensor';
import { loadEngine } from '../platform/engineLoader';
import { exitCodes, sharedHelp, sharedOptions, textValue, type Command } from './command';
import { inspectText } from './inspectText';
import { tensorNamed, withTensorFile } from './input';
import type { Terminal } from './terminal';

export interface InspectedTensor {
  readonly info: TensorInfo;
  readonly inspected: Inspected;
}

/** What is in a file: every tensor with its statistics, or the one that is named. */
export const inspect: Command = {
  name: 'inspect',
  summary: 'what is in a file: shapes, types, statistics, first and last elements',
  synopsis: 'inspect FILE [--tensor NAME] [--exact] [--json]',
  options: sharedOptions,
  help: [sharedHelp.tensor, sharedHelp.exact, sharedHelp.json],
  run: (file, values, terminal) =>
    withTensorFile(file, async (opened, source) => {
      const { catalog } = opened;
      const name = textValue(values, 'tensor');
      const wanted = name === undefined ? catalog.tensors.keys() : [tensorNamed(catalog.tensors, name)];
      const engine = await loadEngine();
      const tensors: InspectedTensor[] = [];
      for (const index of wanted) {
        const info = catalog.tensors[index] as TensorInfo;
        tensors.push({ info, inspected: await inspectOne(opened, info, index, engine, values['exact'] === true, terminal) });
      }
      terminal.progressDone();
      const failure = failureOf(tensors);
      if (values['json']) {
        const document = inspectDocument(file, catalog, source.size, tensors, findingsOfFile(catalog.warnings));
        terminal.write(`${jsonText(failure === null ? document : { ...document, error: failure })}\n`);
      } else {
        terminal.write(inspectText(file, catalog, source.size, tensors, terminal.style));
        if (failure !== null) terminal.complain(failure.message);
      }
      return failure === null ? exitCodes.done : exitCodes.unreadable;
    }),
};

/** One bad tensor never costs the others: what goes wrong is told of this one. */
async function inspectOne(
  file: TensorFile,
  info: TensorInfo,
  index: number,
  engine: Engine,
  precise: boolean,
  terminal: Terminal,
): Promise<Inspected> {
  if (info.status === 'unsupported') return null;
  try {
    const onProgress = ({ elementsDone, elementsTotal }: { elementsDone: number; elementsTotal: number }) =>
      terminal.progress(`Reading ${info.name || 'the tensor'}:`, elementsDone / Math.max(1, elementsTotal));
    return { contents: await file.inspect(engine, index, { onProgress, precise }) };
  } catch (error) {
    return { error: toErrorData(error) };
  }
}

/** Why nothing that was asked for can be read; null when something can, or when all of it is merely not computed with. */
function failureOf(tensors: readonly InspectedTensor[]): ErrorData | null {
  const errors = tensors.flatMap(({ inspected }) => (inspected !== null && 'error' in inspected ? [inspected.error] : []));
  return errors.length === tensors.length ? (errors[0] ?? null) : null;
}
