// Cells of a heatmap for another eps, from those that are there: see rescale.ts, which says why.

struct Rescaling {
  // columns, rows
  size: vec2u,
  // what was added to the variances, and what is to be (`from` is a word of the language)
  epsBefore: f32,
  eps: f32,
  // of the colour map: the value of its first entry, and entries to a unit
  low: f32,
  perUnit: f32,
}

@group(0) @binding(0) var<uniform> rescaling: Rescaling;
@group(0) @binding(1) var<storage, read> values: array<f32>;
// rows + 1 starts, columns + 1 starts, then the runs of the rows and those of the columns: group and share each.
@group(0) @binding(2) var<storage, read> runs: array<u32>;
@group(0) @binding(3) var<storage, read> variances: array<f32>;
// As they are without: alpha is the kind of a cell, which no factor changes.
@group(0) @binding(4) var cells: texture_2d<u32>;
@group(0) @binding(5) var made: texture_storage_2d<rgba8uint, write>;

// A float's bits: comparisons with NaN may be taken to be impossible.
fn isNan(value: f32) -> bool {
  return (bitcast<u32>(value) & 0x7fffffffu) > 0x7f800000u;
}

fn factorOf(variance: f32) -> f32 {
  let before = variance + rescaling.epsBefore;
  return select(sqrt(before / (variance + rescaling.eps)), 0.0, before == 0.0);
}

// How far a group's values lie apart as they are: what is constant makes no part of a mean.
fn spreadOf(variance: f32) -> f32 {
  return select(0.0, sqrt(variance / (variance + rescaling.epsBefore)), variance > 0.0);
}

@compute @workgroup_size(8, 8)
fn rescale(@builtin(global_invocation_id) id: vec3u) {
  let cell = id.xy;
  if any(cell >= rescaling.size) { return; }
  let columnStarts = rescaling.size.y + 1u;
  let rowRuns = columnStarts + rescaling.size.x + 1u;
  let columnRuns = rowRuns + 2u * runs[rescaling.size.y];
  var sum = 0.0;
  var weight = 0.0;
  for (var down = runs[cell.y]; down < runs[cell.y + 1u]; down++) {
    let rowPart = runs[rowRuns + 2u * down];
    let rowShare = bitcast<f32>(runs[rowRuns + 2u * down + 1u]);
    for (var along = runs[columnStarts + cell.x]; along < runs[columnStarts + cell.x + 1u]; along++) {
      let variance = variances[rowPart + runs[columnRuns + 2u * along]];
      if isNan(variance) { continue; }
      let share = spreadOf(variance) * rowShare * bitcast<f32>(runs[columnRuns + 2u * along + 1u]);
      sum += share * factorOf(variance);
      weight += share;
    }
  }
  let value = select(values[cell.y * rescaling.size.x + cell.x] * sum / weight, 0.0, weight == 0.0);
  let entry = clamp(floor((value - rescaling.low) * rescaling.perUnit), 0.0, 255.0);
  textureStore(made, cell, vec4u(u32(entry), 0u, 0u, textureLoad(cells, cell, 0).a));
}
