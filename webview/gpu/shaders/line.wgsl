// Segments of a line, one instance each; soft edges by the distance from its middle.

struct Line {
  scene: vec2f,
  width: f32,
  unused: f32,
  colour: vec4f,
}

@group(0) @binding(0) var<uniform> line: Line;

struct Corner {
  @builtin(position) position: vec4f,
  @location(0) @interpolate(flat) ends: vec4f,
}

@vertex
fn vertex(@builtin(vertex_index) index: u32, @location(0) ends: vec4f) -> Corner {
  let along = ends.zw - ends.xy;
  let forward = select(vec2f(1.0, 0.0), normalize(along), dot(along, along) > 0.0);
  let across = vec2f(-forward.y, forward.x);
  let reach = line.width / 2.0 + 1.0;
  let end = f32(index & 1u);
  let side = f32(index >> 1u) * 2.0 - 1.0;
  let pixel = mix(ends.xy, ends.zw, end) + forward * reach * (end * 2.0 - 1.0) + across * reach * side;
  let place = pixel / line.scene;
  return Corner(vec4f(place.x * 2.0 - 1.0, 1.0 - place.y * 2.0, 0.0, 1.0), ends);
}

@fragment
fn fragment(corner: Corner) -> @location(0) vec4f {
  let along = corner.ends.zw - corner.ends.xy;
  let away = corner.position.xy - corner.ends.xy;
  let share = clamp(dot(away, along) / max(dot(along, along), 1e-6), 0.0, 1.0);
  let distance = length(away - along * share);
  let alpha = line.colour.a * clamp(line.width / 2.0 + 0.5 - distance, 0.0, 1.0);
  return vec4f(line.colour.rgb * alpha, alpha);
}
