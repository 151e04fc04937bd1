import { broadcastShape, givenNames, parameterComment } from './affine';
import { channelsLast, sampleCountOf, type Batched } from './arrangement';
import type { CodeRequest } from './code';
import { axes, float, lines, tuple } from './python';
import { shapeComment } from './words';

/** Keras 3. Its momentum is the weight of the old average, and its default eps is 1e-3 and not 1e-5. */
export function keras(request: CodeRequest): string {
  const { method, shape, roles, eps, reducedAxes, numGroups } = request;
  const channel = roles.indexOf('C');
  const channels = shape[channel] ?? 0;
  const last = channelsLast(roles, shape);
  // Its GroupNormalization takes the first axis for the batch, and channels wherever they stand after it.
  const arranges = (method === 'group' || method === 'instance') && !/^N[^N]*$/.test(roles);
  const head = [method === 'rms' || arranges ? 'from keras import layers, ops' : 'from keras import layers', '', shapeComment(request)];
  const epsilon = `epsilon=${float(eps)}`;
  const given = givenNames(request);
  const parameters = parameterComment(request);
  // A layer that is given one of γ and β alone has no other.
  const affine = given.length === 1 ? (given[0] === 'weight' ? ', center=False' : ', scale=False') : '';
  const assigned = given.map((name) => `norm.${name === 'weight' ? 'gamma' : 'beta'}.assign(${name})`);
  /** The layer by itself, or with γ and β put into it. */
  const applied = (layer: string, comment = '') => (given.length === 0 ? [`y = ${layer}(x)${comment}`] : [`norm = ${layer}${comment}`, 'norm.build(x.shape)', ...assigned, 'y = norm(x)']);
  const axis = `axis=${arranges ? -1 : channel}`;
  const [before, after] = arranges ? moves(last) : [[], []];
  switch (method) {
    case 'layer':
      return lines(head, parameters, applied(`layers.LayerNormalization(axis=${axes(reducedAxes)}, ${epsilon}${affine})`));
    case 'rms':
      return lines(
        'from keras import ops',
        head.slice(1),
        parameters,
        `y = x * ops.rsqrt(ops.mean(ops.square(x), axis=${axes(reducedAxes)}, keepdims=True) + ${float(eps)})`,
        given.map((name) => `y = y ${name === 'weight' ? '*' : '+'} ops.reshape(${name}, ${tuple(broadcastShape(request))})`),
      );
    case 'batch':
      return lines(
        head,
        "# momentum is the weight of the old average: PyTorch's 0.1. The moving variance is biased, PyTorch's is not.",
        parameters,
        `norm = layers.BatchNormalization(${axis}, momentum=0.9, ${epsilon}${affine})`,
        given.length === 0 ? [] : ['norm.build(x.shape)', ...assigned],
        'y = norm(x, training=True)',
      );
    case 'batch-eval':
      return lines(
        head,
        `# running_mean and running_var: ${tuple([channels])}`,
        parameters,
        `norm = layers.BatchNormalization(${axis}, ${epsilon}${affine})`,
        'norm.build(x.shape)',
        assigned,
        'norm.moving_mean.assign(running_mean)',
        'norm.moving_variance.assign(running_var)',
        'y = norm(x, training=False)',
      );
    case 'group':
      return lines(head, parameters, before, applied(`layers.GroupNormalization(groups=${numGroups}, ${axis}, ${epsilon}${affine})`), after);
    case 'instance':
      return lines(head, parameters, before, applied(`layers.GroupNormalization(groups=${channels}, ${axis}, ${epsilon}${affine})`, '  # as many groups as channels'), after);
  }
}

/** Brings samples first, as one axis, and channels last; and back. */
function moves(arrangement: Batched): readonly [before: string[], after: string[]] {
  const { moved, merged, order, back, others, shape } = arrangement;
  const transpose = (name: string, to: readonly number[]) => (moved ? [`${name} = ops.transpose(${name}, ${tuple(to)})`] : []);
  const reshape = (name: string, to: readonly number[]) => (merged ? [`${name} = ops.reshape(${name}, ${tuple(to)})`] : []);
  return [
    [...transpose('x', order), ...reshape('x', [sampleCountOf(arrangement), ...others])],
    [...reshape('y', shape), ...transpose('y', back)],
  ];
}
