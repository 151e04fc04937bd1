// The tables' figures at a glance: one block of bars for each shape, as SVG.

/** What is drawn of a table, by the beginning of a row's name, and as it is called there. */
const drawn = [
  ['**Normoscope**', 'Normoscope'],
  ['NumPy mean', 'NumPy'],
  ['NumPy E', 'NumPy, inaccurate'],
  ['PyTorch var_mean, 2', 'PyTorch, 2 threads'],
  ['ONNX Runtime (node)', 'ONNX Runtime, node'],
  ['ONNX Runtime (web', 'ONNX Runtime, web'],
  ['TensorFlow', 'TensorFlow.js'],
  ['plain', 'plain loops'],
];
const width = 760;
const left = 150;
const right = 70;
const bar = 16;
const head = 34;

/**
 * @param tables `{ title, rows: { name, ms }[], bytes }`
 * @returns the text of an SVG file
 */
export function chart(tables) {
  const blocks = tables.map(({ title, rows, bytes }) => {
    const bars = drawn.flatMap(([name, label]) => {
      const row = rows.find((one) => one.name.startsWith(name));
      return row === undefined ? [] : [{ label, speed: bytes / row.ms / 1e6 }];
    });
    return { title, bars };
  });
  const most = Math.max(...blocks.flatMap(({ bars }) => bars.map(({ speed }) => speed)));
  const parts = [];
  let y = 46;
  for (const { title, bars } of blocks) {
    parts.push(`<text x="${left}" y="${y + 14}" font-weight="600">${title}</text>`);
    y += head - 12;
    for (const { label, speed } of bars) {
      const length = ((width - left - right) * speed) / most;
      const fill = label === 'Normoscope' ? '#1a73e8' : '#b6bcc4';
      parts.push(
        `<text x="${left - 8}" y="${y + 12}" text-anchor="end">${label}</text>`,
        `<rect x="${left}" y="${y + 2}" width="${length.toFixed(1)}" height="${bar - 4}" fill="${fill}"/>`,
        `<text x="${(left + length + 6).toFixed(1)}" y="${y + 12}" fill="#5f6368">${speed.toFixed(2)}</text>`,
      );
      y += bar;
    }
    y += 14;
  }
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${y}" viewBox="0 0 ${width} ${y}" font-family="system-ui, sans-serif" font-size="12" fill="#202124">`,
    `<title>Means and variances of LayerNorm and BatchNorm: GB of float32 a second</title>`,
    `<rect width="${width}" height="${y}" fill="#ffffff"/>`,
    `<text x="${left}" y="26" font-size="14" font-weight="600">Means and variances of LayerNorm and BatchNorm, GB/s</text>`,
    ...parts,
    '</svg>',
    '',
  ].join('\n');
}
