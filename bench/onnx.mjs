// Two branches of ReduceMean, Sub, Mul, ReduceMean as an ONNX model, written field by field: no exporter is needed.

const varint = (value) => {
  const bytes = [];
  for (; value > 127; value = Math.floor(value / 128)) bytes.push((value % 128) + 128);
  return [...bytes, value];
};
const number = (field, value) => [...varint(field * 8), ...varint(value)];
const block = (field, bytes) => [...varint(field * 8 + 2), ...varint(bytes.length), ...bytes];
const text = (field, value) => block(field, [...Buffer.from(value)]);

const floats = (name, shape) => {
  const dims = shape.flatMap((size) => block(1, number(1, size)));
  return [...text(1, name), ...block(2, block(1, [...number(1, 1), ...block(2, dims)]))];
};
const node = (op, inputs, output, attributes = []) =>
  block(1, [...inputs.flatMap((input) => text(1, input)), ...text(2, output), ...text(4, op), ...attributes]);
const mean = (input, output, axes) =>
  node('ReduceMean', [input], output, block(5, [...text(1, 'axes'), ...axes.flatMap((axis) => number(8, axis)), ...number(20, 7)]));

/** @param axes lists of axes to reduce: one branch each, with outputs `mean0`, `variance0`, … */
export function momentsModel(shape, axes) {
  const branches = axes.flatMap((over, at) => [
    ...mean('x', `mean${at}`, over),
    ...node('Sub', ['x', `mean${at}`], `d${at}`),
    ...node('Mul', [`d${at}`, `d${at}`], `q${at}`),
    ...mean(`q${at}`, `variance${at}`, over),
  ]);
  const outputs = axes.flatMap((over, at) => {
    const reduced = shape.map((size, axis) => (over.includes(axis) ? 1 : size));
    return ['mean', 'variance'].flatMap((name) => block(12, floats(`${name}${at}`, reduced)));
  });
  const graph = [...branches, ...text(2, 'moments'), ...block(11, floats('x', shape)), ...outputs];
  return Uint8Array.from([...number(1, 8), ...block(7, graph), ...block(8, number(2, 13))]);
}

const shaped = (name, shape) => block(11, floats(name, shape));
const epsilon = block(5, [...text(1, 'epsilon'), ...varint(2 * 8 + 5), ...new Uint8Array(Float32Array.of(1e-5).buffer), ...number(20, 1)]);

/** `LayerNormalization` over the last axis of x (rows, columns), with `scale`. */
export function layerModel([rows, columns]) {
  const graph = [
    ...node('LayerNormalization', ['x', 'scale'], 'y', epsilon),
    ...text(2, 'layer'),
    ...shaped('x', [rows, columns]),
    ...shaped('scale', [columns]),
    ...block(12, floats('y', [rows, columns])),
  ];
  return Uint8Array.from([...number(1, 8), ...block(7, graph), ...block(8, number(2, 17))]);
}

/** `BatchNormalization` of x (samples, channels) as it is in inference. */
export function batchModel([samples, channels]) {
  const parameters = ['scale', 'bias', 'mean', 'variance'];
  const graph = [
    ...node('BatchNormalization', ['x', ...parameters], 'y', epsilon),
    ...text(2, 'batch'),
    ...shaped('x', [samples, channels]),
    ...parameters.flatMap((name) => shaped(name, [channels])),
    ...block(12, floats('y', [samples, channels])),
  ];
  return Uint8Array.from([...number(1, 8), ...block(7, graph), ...block(8, number(2, 15))]);
}
