import { counted, formatBytes, formatNumber, formatShape, listed } from '../text/numbers';
import { inferenceText } from './inferenceText';
import { isApplicable, type MethodReport, type NotApplicable, type Report, type Series } from './report';
import { extremesOf } from './statistics';

/** What stands in an exported report, in order, before it is HTML or Markdown. All text is as it was found: whoever writes it escapes it. */
export type Block =
  | { readonly kind: 'title' | 'heading' | 'paragraph'; readonly text: string }
  | { readonly kind: 'list'; readonly items: readonly string[] }
  | { readonly kind: 'table'; readonly head: readonly string[]; readonly rows: readonly (readonly string[])[] }
  | { readonly kind: 'picture'; readonly title: string; readonly base64: string };

/** What a report says beside the numbers. */
export interface ReportSetting {
  /** Of the whole file, hexadecimal. */
  readonly sha256: string;
  readonly extensionVersion: string;
  readonly editorVersion: string;
  /** Other tensors that it was computed with: what each is, and where it is from. */
  readonly attached?: readonly (readonly [what: string, from: string])[];
  /** PNGs; none where no page was open. */
  readonly pictures: readonly { readonly title: string; readonly base64: string }[];
}

/** Everything that is known of a tensor, with what was assumed, and what computed it from which bytes. */
export function reportBlocks(report: Report, setting: ReportSetting): Block[] {
  const { file, tensor, layout, findings, answer, warnings, recommendation } = report;
  const subject = tensor.name === '' ? file.name : `${file.name}: ${tensor.name}`;
  return [
    { kind: 'title', text: subject },
    table(['', ''], [
      ['file', `${file.name} (${file.format}, ${formatBytes(file.bytes)})`],
      ['SHA-256 of the file', setting.sha256],
      ...(tensor.name === '' ? [] : [['tensor', tensor.name]]),
      ['type', tensor.dtype === tensor.storedDtype ? tensor.dtype : `${tensor.dtype} (stored as ${tensor.storedDtype})`],
      ['shape', formatShape(tensor.shape)],
      ['layout', layout.roles],
      ...(setting.attached ?? []),
    ]),
    ...answer.map((text): Block => ({ kind: 'paragraph', text })),
    ...section('Findings', findings.length === 0 ? [{ kind: 'paragraph', text: 'No rule found anything.' }] : findings.flatMap(findingBlocks)),
    ...section('Statistics', [statisticsTable(report)]),
    ...section('Methods', [methodsTable(report.methods)]),
    ...section('Batch size', batchSizeBlocks(report)),
    ...section('Running averages', runningBlocks(report)),
    ...section('Typical use, not a law', recommendation === null ? [] : [{ kind: 'list', items: [labelOf(report, recommendation.method), ...recommendation.reasons] }]),
    ...section('Pictures', setting.pictures.map((picture) => ({ kind: 'picture', ...picture }))),
    ...section('Assumptions', [{ kind: 'list', items: assumptions(report) }]),
    ...section('Warnings', warnings.length === 0 ? [] : [{ kind: 'list', items: warnings.map(({ message }) => message) }]),
    ...section('Versions', [
      table(['', ''], [
        ['Normoscope', setting.extensionVersion],
        ['engine', report.backend === 'wasm' ? 'WebAssembly, float64' : 'reference (TypeScript), float64'],
        ['Visual Studio Code', setting.editorVersion],
      ]),
    ]),
  ];
}

function labelOf({ methods }: Report, id: string): string {
  return methods.find((method) => method.id === id)?.label ?? id;
}

/** Nothing of a section that has nothing in it. */
function section(heading: string, blocks: readonly Block[]): Block[] {
  return blocks.length === 0 ? [] : [{ kind: 'heading', text: heading }, ...blocks];
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): Block {
  return { kind: 'table', head, rows };
}

function findingBlocks({ rule, severity, message, evidence, source }: Report['findings'][number]): Block[] {
  const rows = Object.entries(evidence).map(([name, value]) => [name, typeof value === 'object' ? value.map(String).join(', ') : String(value)]);
  return [{ kind: 'paragraph', text: `${severity}, ${rule}: ${message}` }, table(['evidence', ''], rows), { kind: 'paragraph', text: `Source of the rule: ${source}` }];
}

function statisticsTable({ statistics }: Report): Block {
  const { count, nan, posInf, negInf, zeros, subnormal, mean, variance, varianceUnbiased, std, skewness, excessKurtosis, quantiles, quantileError, exact } = statistics;
  const { min, max } = extremesOf(statistics);
  const rows = Object.entries({ finite: count, NaN: nan, '+Inf': posInf, '−Inf': negInf, zeros, subnormal, mean, 'variance (divided by n)': variance, 'variance (divided by n − 1)': varianceUnbiased, 'standard deviation': std, min, max, skewness, 'excess kurtosis': excessKurtosis });
  const levels = Object.entries(quantiles ?? {}).map(([level, value]): [string, number] => [`${formatNumber(Number(level) * 100)} % quantile`, value]);
  const error = quantileError === null || quantileError === 0 ? [] : [['relative error of the quantiles, at most', String(quantileError)]];
  return table(['', exact ? 'exact, float64' : 'float64'], [...[...rows, ...levels].map(([name, value]) => [name, digits(value)]), ...error]);
}

function digits(value: number | bigint | null | undefined): string {
  return value === null || value === undefined ? '–' : String(value);
}

function methodsTable(methods: readonly (MethodReport | NotApplicable)[]): Block {
  const head = ['method', 'one for', 'groups', 'values of each', 'means', 'variances', 'mean squares', 'output mean', 'output std'];
  const rows = methods.map((method) => {
    if (!isApplicable(method)) return [method.label, `does not apply: ${method.notApplicable}`, '', '', '', '', '', '', ''];
    const { label, sharedBy, groups, elementsPerGroup, numGroups, mean, variance, meanSquare, output } = method;
    const name = numGroups === undefined ? label : `${label}, ${counted(numGroups, 'group')}`;
    return [name, sharedBy, String(groups), String(elementsPerGroup), span(mean), span(variance), span(meanSquare), digits(output.mean), digits(output.std)];
  });
  return table(head, rows);
}

function span(series: Series | undefined): string {
  return series === undefined ? '' : series.min === null ? '–' : `${digits(series.min)} … ${digits(series.max)}`;
}

function batchSizeBlocks({ batchSize, resampling }: Report): Block[] {
  if (batchSize.length === 0) return [];
  const head = ['samples in a batch', 'std of the mean, in σ', 'as drawn', 'relative std of the variance', 'as drawn', 'effective elements'];
  const rows = batchSize.map(({ raises, ...point }) => {
    const [n, mean, drawnMean, drawnVariance, effective] = [point.n, point.relativeStdOfMean, point.resampledStdOfMean, point.resampledStdOfVariance, point.effectiveN].map(digits);
    const variance = raises ? 'PyTorch raises' : Number.isFinite(point.relativeStdOfVariance) ? digits(point.relativeStdOfVariance) : 'always 0';
    return [n ?? '', mean ?? '', drawnMean ?? '', variance, drawnVariance ?? '', effective ?? ''];
  });
  const drawn = resampling === null ? '' : ` As drawn: ${counted(resampling.draws, 'batch', 'batches')} of each size, out of ${counted(resampling.samples, 'sample')}.`;
  return [{ kind: 'paragraph', text: `By formula, with the correlation inside samples; Gaussian elements assumed.${drawn}` }, table(head, rows)];
}

function runningBlocks({ runningAverages: running, inference }: Report): Block[] {
  const inferred = inference === null ? [] : inferenceText(inference).map((text): Block => ({ kind: 'paragraph', text }));
  if (running === null) return inferred;
  if ('notApplicable' in running) return [{ kind: 'paragraph', text: `Not computed: ${running.notApplicable}.` }, ...inferred];
  const { momentum, batchSize, steps, note, points } = running;
  const rows = points.map(({ step, initialWeight, mean, variance }) => [step, initialWeight, mean.median, mean.max, variance.median, variance.max].map(digits));
  return [
    { kind: 'paragraph', text: `Momentum ${momentum} (weight of a new batch), ${counted(batchSize, 'sample')} a batch, ${counted(steps, 'step')}.${note === null ? '' : ` ${note}`}` },
    table(['step', 'weight of the initial values', '|Δ mean| in σ, median', 'largest', '|ln variance ratio|, median', 'largest'], rows),
    ...inferred,
  ];
}

function assumptions({ layout, eps, epsSource, mask, sampledEvery, methods, views, affine, inference }: Report): string[] {
  const layer = methods.find((method): method is MethodReport => method.id === 'layer' && isApplicable(method));
  const given = views.find((view) => view.affine !== undefined)?.affine ?? 'γ and β';
  return [
    `Layout ${layout.roles}: ${layout.inferred ? `assumed; ${layout.reason}` : 'as given'}.`,
    `eps ${eps}: ${epsSource}.`,
    ...(layer === undefined ? [] : [`LayerNorm and RMSNorm reduce over ${layer.reducedAxes.map((axis) => `${layout.roles[axis]} (axis ${axis})`).join(', ')}.`]),
    ...(affine.length === 0 ? [] : [`${given === 'γ and β' ? `${given} are` : `${given} is`} in the pictures of ${listed(affine.map((id) => methods.find((method) => method.id === id)?.label ?? id))}; the table of methods is before ${given}.`]),
    ...(inference?.from === 'given' ? ["BatchNorm in inference takes the running statistics that are attached, and not this tensor's running averages."] : []),
    'Variances are biased (divided by n) unless it is said otherwise. NaN and infinities are left out of every statistic.',
    mask === null ? 'No mask: padding, where there is any, is counted.' : `Mask: ${mask.source}; ${counted(mask.maskedElements, 'element')} left out.`,
    sampledEvery === 1 ? 'Pictures and histograms are of every element.' : `Pictures and histograms are of one element in ${sampledEvery}; statistics are of all.`,
  ];
}
