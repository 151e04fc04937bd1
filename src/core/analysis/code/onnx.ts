import { broadcastShape, givenNames, parameterComment, parameterShape } from './affine';
import { channelsFirst, sampleCountOf, trailing, type Arrangement, type Batched } from './arrangement';
import type { CodeRequest } from './code';
import { float, lines, tuple } from './python';
import { shapeComment } from './words';

/** The first version that has LayerNormalization, and the last in which ReduceMean has its axes as an attribute. */
const opset = 17;

/** A graph of one operator, with what it needs around it. */
interface Graph {
  readonly initializers: readonly string[];
  readonly nodes: readonly string[];
  readonly comment?: string;
  /** Beside `y`. */
  readonly outputs?: readonly string[];
}

/** A model of the operator, made by `onnx.helper`. ONNX's momentum is the weight of the old average. */
export function onnx(request: CodeRequest): string {
  const { shape } = request;
  const { initializers, nodes, comment, outputs = [] } = graphOf(request);
  return lines(
    'import numpy as np',
    'import onnx',
    'from onnx import TensorProto, helper, numpy_helper',
    '',
    `${shapeComment(request)}, float32`,
    parameterComment(request),
    comment ?? null,
    `x = helper.make_tensor_value_info("x", TensorProto.FLOAT, [${shape.join(', ')}])`,
    `y = helper.make_tensor_value_info("y", TensorProto.FLOAT, [${shape.join(', ')}])`,
    'initializers = [',
    initializers.map((initializer) => `    ${initializer},`),
    ']',
    'nodes = [',
    nodes.map((node) => `    ${node},`),
    ']',
    outputs,
    `graph = helper.make_graph(nodes, "normalization", [x], [y${outputs.length === 0 ? '' : ', *running'}], initializers)`,
    `model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", ${opset})])`,
    'onnx.checker.check_model(model)',
  );
}

function graphOf(request: CodeRequest): Graph {
  const { method, shape, roles, eps, reducedAxes, numGroups } = request;
  const epsilon = `epsilon=${float(eps)}`;
  const first = channelsFirst(roles, shape);
  const channels = first.others[0] ?? 0;
  const given = givenNames(request);
  const ones = (size: readonly number[]) => [array('scale', `np.ones(${tuple(size)}, np.float32)`), array('bias', `np.zeros(${tuple(size)}, np.float32)`)];
  const affine = (size: readonly number[]) => {
    const [scale = '', bias = ''] = ones(size);
    const own = (name: string) => `np.asarray(${name}, np.float32).reshape(${tuple(parameterShape(request))})`;
    return [given.includes('weight') ? array('scale', own('weight')) : scale, given.includes('bias') ? array('bias', own('bias')) : bias];
  };
  switch (method) {
    case 'layer': {
      const moved = trailing(reducedAxes, shape);
      const axis = shape.length - reducedAxes.length;
      const size = moved.shape.slice(axis);
      return wrapped(moved, null, affine(size), (from, to) => [node('LayerNormalization', [from, 'scale', 'bias'], [to], `axis=${axis}, ${epsilon}`)]);
    }
    case 'rms':
      return withAffine(request, (output) => ({
        initializers: [array('eps', `np.array(${float(eps)}, np.float32)`)],
        nodes: [
          node('Mul', ['x', 'x'], ['square']),
          node('ReduceMean', ['square'], ['mean_square'], `axes=[${reducedAxes.join(', ')}], keepdims=1`),
          node('Add', ['mean_square', 'eps'], ['shifted']),
          node('Sqrt', ['shifted'], ['rms']),
          node('Div', ['x', 'rms'], [output]),
        ],
      }));
    case 'batch': {
      const running = [array('input_mean', `np.zeros(${tuple([channels])}, np.float32)`), array('input_var', `np.ones(${tuple([channels])}, np.float32)`)];
      const graph = wrapped(first, batchedShape(first), [...affine([channels]), ...running], (from, to) => [
        node('BatchNormalization', [from, 'scale', 'bias', 'input_mean', 'input_var'], [to, 'running_mean', 'running_var'], `training_mode=1, momentum=0.9, ${epsilon}`),
      ]);
      return {
        ...graph,
        comment: "# momentum is the weight of the old average: PyTorch's 0.1. The running variance is biased, PyTorch's is not.",
        outputs: [`running = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [${channels}]) for name in ("running_mean", "running_var")]`],
      };
    }
    case 'batch-eval': {
      const running = [array('input_mean', 'np.asarray(running_mean, np.float32)'), array('input_var', 'np.asarray(running_var, np.float32)')];
      const graph = wrapped(first, batchedShape(first), [...affine([channels]), ...running], (from, to) => [
        node('BatchNormalization', [from, 'scale', 'bias', 'input_mean', 'input_var'], [to], epsilon),
      ]);
      return { ...graph, comment: `# running_mean and running_var: ${tuple([channels])}` };
    }
    case 'group': {
      // GroupNormalization is an operator from opset 21 on. A group's statistics are an instance's of what is one channel.
      const grouped = [sampleCountOf(first), numGroups, -1];
      const graph = withAffine(request, (output) => wrapped(first, grouped, ones([numGroups]), (from, to) => [node('InstanceNormalization', [from, 'scale', 'bias'], [to], epsilon)], output));
      return { ...graph, comment: '# Each group as one channel: before opset 21 there is no GroupNormalization, and none with γ and β of channels.' };
    }
    case 'instance':
      return wrapped(first, batchedShape(first), affine([channels]), (from, to) => [node('InstanceNormalization', [from, 'scale', 'bias'], [to], epsilon)]);
  }
}

function batchedShape(arrangement: Batched): readonly number[] | null {
  return arrangement.merged ? [sampleCountOf(arrangement), ...arrangement.others] : null;
}

/** A graph whose operator knows no γ and β of this tensor's: they follow it, over the tensor's own axes. */
function withAffine(request: CodeRequest, graphTo: (output: string) => Graph): Graph {
  const given = givenNames(request);
  const values = given.map((_, place) => (place === given.length - 1 ? 'y' : 'scaled'));
  const { initializers, nodes, ...rest } = graphTo(given.length === 0 ? 'y' : 'normalized');
  const shape = tuple(broadcastShape(request));
  return {
    ...rest,
    initializers: [...initializers, ...given.map((name) => array(`own_${name}`, `np.asarray(${name}, np.float32).reshape(${shape})`))],
    nodes: [...nodes, ...given.map((name, place) => node(name === 'weight' ? 'Mul' : 'Add', [values[place - 1] ?? 'normalized', `own_${name}`], [values[place] ?? 'y']))],
  };
}

/** The operator between what brings the axes into its order and what brings them back. */
function wrapped(
  { moved, order, back, shape }: Arrangement,
  reshaped: readonly number[] | null,
  initializers: readonly string[],
  operator: (from: string, to: string) => readonly string[],
  output = 'y',
): Graph {
  const before: string[] = [];
  const after: string[] = [];
  let from = 'x';
  let to = output;
  if (moved) {
    before.push(node('Transpose', [from], ['x_moved'], `perm=[${order.join(', ')}]`));
    after.unshift(node('Transpose', ['y_moved'], [to], `perm=[${back.join(', ')}]`));
    [from, to] = ['x_moved', 'y_moved'];
  }
  if (reshaped !== null) {
    before.push(node('Reshape', [from, 'inner_shape'], ['x_inner']));
    after.unshift(node('Reshape', ['y_inner', 'outer_shape'], [to]));
    [from, to] = ['x_inner', 'y_inner'];
  }
  const shapes = reshaped === null ? [] : [shapeArray('inner_shape', reshaped), shapeArray('outer_shape', shape)];
  return { initializers: [...initializers, ...shapes], nodes: [...before, ...operator(from, to), ...after] };
}

function shapeArray(name: string, values: readonly number[]): string {
  return array(name, `np.array([${values.join(', ')}], np.int64)`);
}

function array(name: string, expression: string): string {
  return `numpy_helper.from_array(${expression}, "${name}")`;
}

function node(type: string, inputs: readonly string[], outputs: readonly string[], attributes = ''): string {
  const names = (list: readonly string[]) => `[${list.map((name) => `"${name}"`).join(', ')}]`;
  return `helper.make_node("${type}", ${names(inputs)}, ${names(outputs)}${attributes === '' ? '' : `, ${attributes}`})`;
}
