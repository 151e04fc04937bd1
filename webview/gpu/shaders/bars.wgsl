// Filled rectangles, one instance each.

struct Bars {
  scene: vec2f,
  unused: vec2f,
  colour: vec4f,
}

@group(0) @binding(0) var<uniform> bars: Bars;

@vertex
fn vertex(@builtin(vertex_index) index: u32, @location(0) edges: vec4f) -> @builtin(position) vec4f {
  let corner = vec2f(f32(index & 1u), f32(index >> 1u));
  let place = mix(edges.xy, edges.zw, corner) / bars.scene;
  return vec4f(place.x * 2.0 - 1.0, 1.0 - place.y * 2.0, 0.0, 1.0);
}

@fragment
fn fragment() -> @location(0) vec4f {
  return vec4f(bars.colour.rgb * bars.colour.a, bars.colour.a);
}
