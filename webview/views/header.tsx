import type { Report } from '../../src/core/analysis/report';
import type { Catalog, TensorInfo } from '../../src/core/tensor/tensor';
import type { Role } from '../../src/core/tensor/layout';
import { counted, formatBytes, formatCount } from '../../src/core/text/numbers';
import { roleNames, withRole } from './roles';

interface HeaderProps {
  readonly fileName: string;
  readonly catalog: Catalog | null;
  /** Index in the catalog. */
  readonly tensor: number;
  readonly report: Report | null;
  /** Letters of the axes that are known without a report. */
  readonly layout?: string | undefined;
  selectTensor?(index: number): void;
  showCatalog?(): void;
  setLayout?(roles: string): void;
}

/** One line that says what the tensor is. Its axes are chips: their letters can be changed, and the page follows. */
export function Header({ fileName, catalog, tensor, report, layout = '', selectTensor, showCatalog, setLayout }: HeaderProps) {
  const info = catalog?.tensors[tensor];
  return (
    <header>
      <h1>{fileName}</h1>
      {catalog !== null && catalog.tensors.length > 1 && selectTensor !== undefined && (
        <TensorChoice tensors={catalog.tensors} chosen={tensor} choose={selectTensor} all={showCatalog} />
      )}
      {info !== undefined && (
        <>
          <span class="dtype">{info.dtype ?? info.storedDtype}</span>
          <Axes shape={info.shape} roles={report?.layout.roles ?? layout} setLayout={setLayout} />
          <span class="bytes">{formatBytes(info.bytes)}</span>
        </>
      )}
      {report !== null && (
        <span class="reason" title="The layout: one letter per axis">
          {report.layout.inferred ? `assumed layout: ${report.layout.reason}` : 'layout as given'}
        </span>
      )}
      {report !== null && report.findings.length > 0 && (
        <span class="found">{counted(report.findings.length, 'finding')}</span>
      )}
    </header>
  );
}

interface AxesProps {
  readonly shape: readonly number[];
  readonly roles: string;
  readonly setLayout: ((roles: string) => void) | undefined;
}

function Axes({ shape, roles, setLayout }: AxesProps) {
  if (shape.length === 0) return <span class="axes">scalar</span>;
  return (
    <span class="axes" role="group" aria-label="Shape and layout">
      {shape.map((size, axis) => {
        const role = roles[axis];
        return (
          // Axes have no name but their place.
          <span key={axis} class="chip">
            {role !== undefined && setLayout !== undefined ? (
              <select
                aria-label={`Role of axis ${axis}, ${formatCount(size)} elements`}
                title={roleNames[role as Role]}
                value={role}
                onChange={({ currentTarget }) => setLayout(withRole(roles, axis, currentTarget.value as Role))}
              >
                {Object.entries(roleNames).map(([letter, name]) => (
                  <option key={letter} value={letter} label={letter}>{`${letter} ${name}`}</option>
                ))}
              </select>
            ) : (
              role !== undefined && <b title={roleNames[role as Role]}>{role}</b>
            )}
            <span class="number">{formatCount(size)}</span>
          </span>
        );
      })}
    </span>
  );
}

interface TensorChoiceProps {
  readonly tensors: readonly TensorInfo[];
  readonly chosen: number;
  choose(index: number): void;
  all: (() => void) | undefined;
}

/** More than these are not to be found in a drop-down list. */
const mostListed = 200;

/** Which tensor of the file this is, the way to the others, and, where they are few, the others themselves. */
function TensorChoice({ tensors, chosen, choose, all }: TensorChoiceProps) {
  return (
    <span class="tensors">
      {all !== undefined && <button class="link" title="Back to the list (Backspace)" onClick={all}>{`‹ ${counted(tensors.length, 'tensor')}`}</button>}
      {tensors.length > mostListed ? (
        <b>{tensors[chosen]?.name}</b>
      ) : (
        <select aria-label="Tensor" value={chosen} onChange={({ currentTarget }) => choose(Number(currentTarget.value))}>
          {tensors.map(({ name, status }, index) => (
            // Names may repeat in a file; places do not.
            <option key={index} value={index}>{status === 'readable' ? name : `${name} (${status})`}</option>
          ))}
        </select>
      )}
    </span>
  );
}
