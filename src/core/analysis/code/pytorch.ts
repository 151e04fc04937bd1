import { broadcastShape, givenNames, parameterComment } from './affine';
import { channelsFirst, trailing, type Arrangement, type Batched } from './arrangement';
import type { CodeRequest } from './code';
import { axes, float, lines, tuple } from './python';
import { shapeComment } from './words';

/** PyTorch's functional form. Its momentum is the weight of the new batch; its running variance is unbiased. */
export function pytorch(request: CodeRequest): string {
  const { method, shape, roles, eps, reducedAxes, numGroups, dtype } = request;
  const functional = method !== 'rms';
  const head = [functional && method !== 'batch' ? 'import torch.nn.functional as F' : functional ? 'import torch\nimport torch.nn.functional as F' : 'import torch', '', shapeComment(request)];
  const cast = dtype === 'float32' || dtype === 'float64' ? null : 'x = x.float()';
  // Behind everything that has a place: `, weight=weight, bias=bias`.
  const affine = givenNames(request).map((name) => `, ${name}=${name}`).join('');
  const parameters = parameterComment(request, ', of the type of x');
  const epsilon = float(eps);
  const first = channelsFirst(roles, shape);
  const channels = first.others[0] ?? 0;
  switch (method) {
    case 'layer': {
      const moved = trailing(reducedAxes, shape);
      const normalized = tuple(moved.shape.slice(shape.length - reducedAxes.length));
      return lines(head, parameters, cast, `y = ${undone(`F.layer_norm(${permuted(moved)}, ${normalized}${affine}, eps=${epsilon})`, moved)}`);
    }
    case 'rms':
      return lines(head, parameters, cast, `y = x * torch.rsqrt(x.square().mean(dim=${axes(reducedAxes)}, keepdim=True) + ${epsilon})`, alongLines(request));
    case 'batch':
      return lines(
        head,
        parameters,
        cast,
        `running_mean, running_var = torch.zeros(${channels}, dtype=x.dtype), torch.ones(${channels}, dtype=x.dtype)`,
        '# momentum is the weight of the new batch; running_var takes the unbiased variance, y the biased one.',
        `y = ${unbatched(`F.batch_norm(${batch(first)}, running_mean, running_var${affine}, training=True, momentum=0.1, eps=${epsilon})`, first)}`,
      );
    case 'batch-eval':
      return lines(
        head,
        `# running_mean and running_var: ${tuple([channels])}, of the type of x`,
        parameters,
        cast,
        `y = ${unbatched(`F.batch_norm(${batch(first)}, running_mean, running_var${affine}, training=False, eps=${epsilon})`, first)}`,
      );
    case 'group':
      return lines(head, parameters, cast, `y = ${unbatched(`F.group_norm(${batch(first)}, ${numGroups}${affine}, eps=${epsilon})`, first)}`);
    case 'instance':
      return lines(head, parameters, cast, `y = ${unbatched(`F.instance_norm(${batch(first)}${affine}, eps=${epsilon})`, first)}`);
  }
}

/** `y = y * weight.reshape(1, 6, 1)`. */
function alongLines(request: CodeRequest): string[] {
  const shape = broadcastShape(request).join(', ');
  return givenNames(request).map((name) => `y = y ${name === 'weight' ? '*' : '+'} ${name}.reshape(${shape})`);
}

function permuted({ moved, order }: Arrangement): string {
  return moved ? `x.permute(${order.join(', ')})` : 'x';
}

function undone(expression: string, { moved, back }: Arrangement): string {
  return moved ? `${expression}.permute(${back.join(', ')})` : expression;
}

function batch(arrangement: Batched): string {
  const { samples } = arrangement;
  const x = permuted(arrangement);
  if (samples.length === 0) return `${x}.unsqueeze(0)`;
  return samples.length === 1 ? x : `${x}.flatten(0, ${samples.length - 1})`;
}

function unbatched(expression: string, arrangement: Batched): string {
  const { samples } = arrangement;
  const split = samples.length === 0 ? '.squeeze(0)' : samples.length === 1 ? '' : `.unflatten(0, ${tuple(samples)})`;
  return undone(`${expression}${split}`, arrangement);
}
