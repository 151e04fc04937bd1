import type { Report } from '../../src/core/analysis/report';
import { otherWarnings } from '../../src/core/diagnostics/ofFile';
import { useDrawing } from '../drawing';

/** How the page was made: what draws it, what computed it, and what is odd about the file. */
export function Footer({ report }: { readonly report: Report | null }) {
  const { renderer } = useDrawing();
  const chosen = renderer.value;
  const warnings = otherWarnings(report?.warnings ?? []);
  return (
    <footer>
      {warnings.length > 0 && (
        <ul class="warnings" aria-label="Warnings">{warnings.map(({ code, message }) => <li key={code + message}>{message}</li>)}</ul>
      )}
      <p class="qualifier">
        {chosen !== null && <span class="renderer">{chosen.name === 'webgpu' ? 'Drawn with WebGPU' : 'Drawn with Canvas 2D'}: {chosen.reason}.</span>}{' '}
        {report !== null && <span>Computed by the {report.backend === 'wasm' ? 'WebAssembly' : 'reference'} engine in float64.</span>}
      </p>
    </footer>
  );
}
