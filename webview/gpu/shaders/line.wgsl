// Segments of a line, one instance each; soft edges by the distance from its middle, round joins and ends.

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
  @location(1) @interpolate(flat) neighbours: vec4f,
}

// neighbours: the point before the segment and the one after it; an end of the line is its own neighbour.
@vertex
fn vertex(@builtin(vertex_index) index: u32, @location(0) ends: vec4f, @location(1) neighbours: vec4f) -> Corner {
  let forward = direction(ends.xy, ends.zw, vec2f(1.0, 0.0));
  let across = vec2f(-forward.y, forward.x);
  let reach = line.width / 2.0 + 1.0;
  let end = f32(index & 1u);
  let side = f32(index >> 1u) * 2.0 - 1.0;
  let pixel = mix(ends.xy, ends.zw, end) + forward * reach * (end * 2.0 - 1.0) + across * reach * side;
  let place = pixel / line.scene;
  return Corner(vec4f(place.x * 2.0 - 1.0, 1.0 - place.y * 2.0, 0.0, 1.0), ends, neighbours);
}

fn direction(start: vec2f, end: vec2f, otherwise: vec2f) -> vec2f {
  let along = end - start;
  return select(otherwise, normalize(along), dot(along, along) > 0.0);
}

// How far a pixel lies past the line that halves the angle at a joint. Pixels of both segments belong to one of them:
// drawn by both, soft edges would add up and the line would look beaded.
fn past(pixel: vec2f, before: vec2f, joint: vec2f, after: vec2f) -> f32 {
  return dot(pixel - joint, direction(before, joint, vec2f()) + direction(joint, after, vec2f()));
}

// A line that turns back on itself has no such halves: there both segments draw.
fn turnsBack(before: vec2f, joint: vec2f, after: vec2f) -> bool {
  return dot(direction(before, joint, vec2f()), direction(joint, after, vec2f())) < -0.999;
}

@fragment
fn fragment(corner: Corner) -> @location(0) vec4f {
  let pixel = corner.position.xy;
  let start = corner.ends.xy;
  let end = corner.ends.zw;
  let before = corner.neighbours.xy;
  let after = corner.neighbours.zw;
  if any(before != start) && !turnsBack(before, start, end) && past(pixel, before, start, end) < 0.0 { discard; }
  if any(after != end) && !turnsBack(start, end, after) && past(pixel, start, end, after) >= 0.0 { discard; }
  let along = end - start;
  let away = pixel - start;
  let share = clamp(dot(away, along) / max(dot(along, along), 1e-6), 0.0, 1.0);
  let distance = length(away - along * share);
  let alpha = line.colour.a * clamp(line.width / 2.0 + 0.5 - distance, 0.0, 1.0);
  return vec4f(line.colour.rgb * alpha, alpha);
}
