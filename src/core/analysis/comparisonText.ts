import { counted, formatCount, formatNumber, formatPercent, formatShape } from '../text/numbers';
import type { ComparedMethod, Comparison } from './comparison';

/** For people: how far two tensors are apart, in sentences with their own numbers. */
export function comparisonText(comparison: Comparison): string[] {
  return [...differenceText(comparison), ...comparison.methods.flatMap(methodText), ...comparison.remarks];
}

function differenceText({ one, difference }: Comparison): string[] {
  if ('notApplicable' in difference) return [`They are not compared element by element: ${difference.notApplicable}.`];
  const { elements, notFinite, equal, max, maxAt, maxValues, rms, relative } = difference;
  const without = notFinite === 0 ? '' : ` (without ${counted(notFinite, 'place')} where either is NaN or infinite)`;
  if (max === null || rms === null) return [`No element of both is finite.`];
  if (max === 0) return [`All ${counted(elements, 'element')} are the same${without}.`];
  const at = maxValues === null ? '' : ` (${formatNumber(maxValues[0])} against ${formatNumber(maxValues[1])}, element ${formatShape(coordinates(one.tensor.shape, maxAt))})`;
  const share = relative === null ? '' : `, ${formatPercent(relative)} of the first's`;
  return [`Element by element they differ by at most ${formatNumber(max)}${at}; the root mean square of the difference is ${formatNumber(rms)}${share}${without}.${sameText(equal, elements)}`];
}

/** A share that would be rounded to all of them is told by those that it leaves out. */
function sameText(equal: number, elements: number): string {
  if (equal === 0) return '';
  const rest = elements - equal;
  return rest < elements / 1000 ? ` All but ${formatCount(rest)} of the elements are the same.` : ` ${formatPercent(equal / elements)} of the elements are the same.`;
}

function methodText({ label, apart, mean, variance, sharedBy }: ComparedMethod): string[] {
  if (apart !== null) return [apart];
  const unit = sharedBy[0].replace(/^each /, '');
  const [farthest] = mean.worst;
  const [spread] = variance.worst;
  if (farthest === undefined && spread === undefined) return [`${label}'s means and variances are the same for ${sharedBy[0]}.`];
  const means = farthest === undefined ? 'means are the same' : `means differ by at most ${formatNumber(farthest.distance, 2)} σ (${unit} ${formatCount(farthest.group)})`;
  const factor = spread === undefined ? 1 : Math.exp(spread.distance);
  const variances = spread === undefined ? 'variances are the same' : `variances by at most a factor of ${formatNumber(factor, 3)} (${unit} ${formatCount(spread.group)})`;
  return [`${label}'s ${means}, ${variances}.`];
}

/** Of a row-major element. */
function coordinates(shape: readonly number[], element: number): number[] {
  const found: number[] = [];
  let rest = element;
  for (const size of [...shape].reverse()) {
    found.unshift(rest % size);
    rest = Math.floor(rest / size);
  }
  return found;
}
