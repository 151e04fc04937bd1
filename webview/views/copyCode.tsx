import { useState } from 'preact/hooks';
import { codeMethods, frameworkIds, frameworkLabels, type FrameworkId } from '../../src/core/analysis/code/methods';
import type { NormalizeMethod } from '../../src/core/analysis/normalize';
import type { Report } from '../../src/core/analysis/report';

interface CopyCodeProps {
  readonly report: Report;
  copy(method: NormalizeMethod, framework: FrameworkId): void;
}

/** Which method is wanted as code, and of which framework; the host writes it. */
export function CopyCode({ report, copy }: CopyCodeProps) {
  const [wanted, setWanted] = useState<NormalizeMethod>('layer');
  const [framework, setFramework] = useState<FrameworkId>('pytorch');
  const methods = codeMethods(report);
  const method = methods.find(({ id }) => id === wanted) ?? methods[0];
  if (method === undefined) return null;
  return (
    <span class="copyCode" role="group" aria-label="Code of the same computation">
      <button class="link" onClick={() => copy(method.id, framework)}>Copy code</button>
      <select aria-label="Method of the code" value={method.id} onChange={({ currentTarget }) => setWanted(currentTarget.value as NormalizeMethod)}>
        {methods.map(({ id, label }) => <option key={id} value={id}>{label}</option>)}
      </select>
      <select aria-label="Framework of the code" value={framework} onChange={({ currentTarget }) => setFramework(currentTarget.value as FrameworkId)}>
        {frameworkIds.map((id) => <option key={id} value={id}>{frameworkLabels[id]}</option>)}
      </select>
    </span>
  );
}
