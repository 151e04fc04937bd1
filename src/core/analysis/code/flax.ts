import { broadcastShape, givenNames, parameterComment } from './affine';
import { channelsLast, sampleCountOf, type Batched } from './arrangement';
import type { CodeRequest } from './code';
import { axes, float, lines, tuple } from './python';
import { shapeComment } from './words';

/** Flax Linen. Its momentum is the weight of the old average, and its variance E[x²] − E[x]² unless it is told otherwise. */
export function flax(request: CodeRequest): string {
  const { method, shape, roles, eps, reducedAxes, numGroups } = request;
  const channel = roles.indexOf('C');
  const channels = shape[channel] ?? 0;
  const last = channelsLast(roles, shape);
  const arranges = (method === 'group' || method === 'instance') && (last.moved || last.merged);
  const head = [arranges ? 'import jax\nimport jax.numpy as jnp\nimport flax.linen as nn' : 'import jax\nimport flax.linen as nn', '', shapeComment(request)];
  const common = `epsilon=${float(eps)}, use_fast_variance=False`;
  const given = givenNames(request);
  const parameters = parameterComment(request);
  const scales = given.includes('weight');
  // RMSNorm has no bias of its own.
  const biases = given.includes('bias') && method !== 'rms';
  // A layer that is given one of γ and β alone has no other.
  const affine = given.length === 0 ? '' : `${scales ? '' : ', use_scale=False'}${biases || method === 'rms' ? '' : ', use_bias=False'}`;
  const params = `{${[...(scales ? ["'scale': weight"] : []), ...(biases ? ["'bias': bias"] : [])].join(', ')}}`;
  const run = given.length === 0 ? 'y, variables = norm.init_with_output(jax.random.key(0), x)' : `y = norm.apply({'params': ${params}}, x)`;
  const over = `reduction_axes=${axes(reducedAxes)}, feature_axes=${axes(reducedAxes)}`;
  const [before, after] = arranges ? moves(last) : [[], []];
  switch (method) {
    case 'layer':
      return lines(head, parameters, `norm = nn.LayerNorm(${over}, ${common}${affine})`, run);
    case 'rms':
      return lines(head, parameters, `norm = nn.RMSNorm(${over}, ${common}${affine})`, run, given.includes('bias') ? `y = y + bias.reshape(${tuple(broadcastShape(request))})` : null);
    case 'batch':
      return lines(
        head,
        "# momentum is the weight of the old average: PyTorch's 0.1. The running variance is biased, PyTorch's is not.",
        parameters,
        `norm = nn.BatchNorm(use_running_average=False, axis=${channel}, momentum=0.9, ${common}${affine})`,
        'variables = norm.init(jax.random.key(0), x)',
        given.length === 0 ? null : `variables = {**variables, 'params': ${params}}`,
        "y, updates = norm.apply(variables, x, mutable=['batch_stats'])",
      );
    case 'batch-eval':
      return lines(
        head,
        `# running_mean and running_var: ${tuple([channels])}`,
        parameters,
        `norm = nn.BatchNorm(use_running_average=True, axis=${channel}, epsilon=${float(eps)}${given.length === 0 ? ', use_scale=False, use_bias=False' : affine})`,
        `y = norm.apply({${given.length === 0 ? '' : `'params': ${params}, `}'batch_stats': {'mean': running_mean, 'var': running_var}}, x)`,
      );
    case 'group':
      return lines(head, parameters, before, `norm = nn.GroupNorm(num_groups=${numGroups}, ${common}${affine})`, run, after);
    case 'instance':
      return lines(head, parameters, before, `norm = nn.InstanceNorm(feature_axes=-1, ${common}${affine})`, run, after);
  }
}

/** Brings samples first, as one axis, and channels last; and back. */
function moves(arrangement: Batched): readonly [before: string[], after: string[]] {
  const { moved, merged, order, back, others, shape } = arrangement;
  const transpose = (name: string, to: readonly number[]) => (moved ? [`${name} = jnp.transpose(${name}, ${tuple(to)})`] : []);
  const reshape = (name: string, to: readonly number[]) => (merged ? [`${name} = ${name}.reshape(${tuple(to)})`] : []);
  return [
    [...transpose('x', order), ...reshape('x', [sampleCountOf(arrangement), ...others])],
    [...reshape('y', shape), ...transpose('y', back)],
  ];
}
