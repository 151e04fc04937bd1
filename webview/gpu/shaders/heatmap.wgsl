// A matrix of cells, nearest neighbour. Whole numbers throughout, so that a pixel's cell is the canvas's.

struct Heatmap {
  scene: vec2f,
  rectMin: vec2f,
  rectSize: vec2f,
  // columns, rows
  size: vec2f,
  nan: vec4f,
  infinite: vec4f,
  infiniteHatch: vec4f,
  unseen: vec4f,
  unseenHatch: vec4f,
  // width of a stripe, three unused
  hatch: vec4f,
}

@group(0) @binding(0) var<uniform> heatmap: Heatmap;
// Red: entry of the map. Alpha: kind of the cell.
@group(0) @binding(1) var cells: texture_2d<u32>;
@group(0) @binding(2) var map: texture_2d<f32>;

@vertex
fn vertex(@builtin(vertex_index) index: u32) -> @builtin(position) vec4f {
  let corner = vec2f(f32(index & 1u), f32(index >> 1u));
  let place = (heatmap.rectMin + corner * heatmap.rectSize) / heatmap.scene;
  return vec4f(place.x * 2.0 - 1.0, 1.0 - place.y * 2.0, 0.0, 1.0);
}

fn premultiplied(colour: vec4f) -> vec4f {
  return vec4f(colour.rgb * colour.a, colour.a);
}

@fragment
fn fragment(@builtin(position) position: vec4f) -> @location(0) vec4f {
  let pixel = vec2u(position.xy);
  // The rectangle may begin before the picture does.
  let inside = vec2u(vec2i(pixel) - vec2i(heatmap.rectMin));
  let size = vec2u(heatmap.size);
  let cell = min(size - 1u, ((2u * inside + 1u) * size) / (2u * vec2u(heatmap.rectSize)));
  let found = textureLoad(cells, cell, 0);
  // Stripes of masked cells run the other way.
  let stripe = u32(heatmap.hatch.x);
  let along = select(pixel.y, 2u * stripe - 1u - pixel.y % (2u * stripe), found.a == 4u);
  let striped = ((pixel.x + along) / stripe) % 2u == 1u;
  switch found.a {
    case 0u: { return textureLoad(map, vec2u(found.r, 0u), 0); }
    case 1u: { return premultiplied(heatmap.nan); }
    case 2u: { return premultiplied(select(heatmap.infinite, heatmap.infiniteHatch, striped)); }
    default: { return premultiplied(select(heatmap.unseen, heatmap.unseenHatch, striped)); }
  }
}
