import { attachedRoles, roleLabels, type AttachedRole } from '../../src/core/analysis/attached';
import { formatShape } from '../../src/core/text/numbers';
import type { AttachKind, Attachment } from '../../src/protocol/attachments';
import type { EditorState, ViewOptions } from '../../src/protocol/messages';

interface AttachmentsProps extends Pick<EditorState, 'attachments' | 'undecided' | 'options'> {
  /** Letters of the axes. */
  readonly roles: string;
  attach(kind: AttachKind): void;
  detach(role: AttachedRole): void;
  setOptions(options: ViewOptions): void;
}

/** What is asked for with a button, where nothing is attached, and by which role that is told. */
const buttons: readonly { readonly kind: AttachKind; readonly role: AttachedRole; readonly label: string; readonly title: string }[] = [
  { kind: 'weight', role: 'weight', label: 'γ', title: 'The weight of the normalization, from this file or another' },
  { kind: 'bias', role: 'bias', label: 'β', title: 'The bias of the normalization, from this file or another' },
  { kind: 'running', role: 'runningMean', label: 'running statistics', title: 'BatchNorm’s running mean and variance, from this file or another' },
  { kind: 'mask', role: 'mask', label: 'mask', title: 'A tensor that says what counts, from this file or another: padding is left out of all statistics' },
  { kind: 'lengths', role: 'lengths', label: 'lengths', title: 'Steps along T that count, one number for each sample, from this file or another' },
  { kind: 'gradient', role: 'gradient', label: 'upstream gradient', title: 'The gradient of a loss with respect to the normalized tensor, of the same shape, from this file or another' },
];

/** Other tensors that this one is analyzed with: what is attached, where it is from, and buttons for the rest. */
export function Attachments({ attachments, undecided, options, roles, attach, detach, setOptions }: AttachmentsProps) {
  const has = (role: AttachedRole) => attachments.some((one) => one.role === role);
  const sequences = roles.includes('T');
  const offered = buttons.filter(({ kind, role }) => !has(role) && (kind !== 'lengths' || sequences));
  return (
    <div class="attachments" role="group" aria-label="Attached tensors">
      {attachedRoles.flatMap((role) => {
        const attachment = attachments.find((one) => one.role === role);
        // Running statistics come and go together.
        if (attachment === undefined || role === 'runningVar') return [];
        const variance = role === 'runningMean' ? attachments.find((one) => one.role === 'runningVar') : undefined;
        return [<Attached key={role} attachment={attachment} variance={variance} detach={detach} />];
      })}
      {has('mask') && (
        <label class="check" title="What is zero counts, as in PyTorch’s key_padding_mask">
          <input type="checkbox" checked={options.maskInverted === true} onChange={({ currentTarget }) => setOptions({ ...options, maskInverted: currentTarget.checked || undefined })} /> inverted
        </label>
      )}
      {undecided.map((sentence) => <span key={sentence} class="qualifier">{sentence}</span>)}
      {offered.length > 0 && (
        <span class="offered">
          <span class="qualifier">Attach</span>
          {offered.map(({ kind, label, title }) => <button key={kind} class="link" title={title} onClick={() => attach(kind)}>{`${label}…`}</button>)}
        </span>
      )}
    </div>
  );
}

interface AttachedProps {
  readonly attachment: Attachment;
  /** Of a running mean, what stands beside it. */
  readonly variance: Attachment | undefined;
  detach(role: AttachedRole): void;
}

function Attached({ attachment, variance, detach }: AttachedProps) {
  const { role, shape, found } = attachment;
  const label = variance === undefined ? roleLabels[role] : 'running statistics';
  const where = [attachment, ...(variance === undefined ? [] : [variance])].map(placeOf).join(', ');
  return (
    <span class="chip attached" title={`${label}: ${where}, ${formatShape(shape)}${found ? '; found by its name' : ''}`}>
      <b>{label}</b>
      <span class="from">{where}</span>
      {found && <span class="qualifier">found</span>}
      <button class="detach" aria-label={`Detach ${label}`} title="Detach" onClick={() => detach(role)}>×</button>
    </span>
  );
}

function placeOf({ sameFile, fileName, tensorName }: Attachment): string {
  return sameFile ? tensorName : tensorName === '' ? fileName : `${fileName} ${tensorName}`;
}
