import { hatch } from './cells';
import type { CellTextures } from './cellTextures';
import type { RescaledCells } from './rescaledCells';
import type { BarsLayer, HeatmapLayer, Layer, LineLayer, Rgba, Scene } from './renderer';
import barsShader from './shaders/bars.wgsl';
import heatmapShader from './shaders/heatmap.wgsl';
import lineShader from './shaders/line.wgsl';

/** One pipeline for each kind of layer, shared by all canvases of a page. */
export interface Pipelines extends Readonly<Record<Layer['kind'], GPURenderPipeline>> {
  readonly format: GPUTextureFormat;
}

/** Float32 of an instance: the edges of a rectangle; the two ends of a segment, the point before it and the one after. */
const instanceFloats = { bars: 4, line: 8 } as const;
const mapEntries = 256;

export function createPipelines(device: GPUDevice, format: GPUTextureFormat): Pipelines {
  const instances = (floats: number): GPUVertexBufferLayout => ({
    arrayStride: floats * 4,
    stepMode: 'instance',
    attributes: Array.from({ length: floats / 4 }, (_, index) => ({ shaderLocation: index, offset: index * 16, format: 'float32x4' })),
  });
  const pipeline = (code: string, buffers: readonly GPUVertexBufferLayout[]) => {
    const module = device.createShaderModule({ code });
    return device.createRenderPipeline({
      layout: 'auto',
      vertex: { module, entryPoint: 'vertex', buffers: [...buffers] },
      fragment: { module, entryPoint: 'fragment', targets: [{ format, blend: over }] },
      primitive: { topology: 'triangle-strip' },
    });
  };
  return {
    format,
    heatmap: pipeline(heatmapShader, []),
    bars: pipeline(barsShader, [instances(instanceFloats.bars)]),
    line: pipeline(lineShader, [instances(instanceFloats.line)]),
  };
}

/** Colours have their alpha multiplied in. */
const over: GPUBlendState = {
  color: { srcFactor: 'one', dstFactor: 'one-minus-src-alpha' },
  alpha: { srcFactor: 'one', dstFactor: 'one-minus-src-alpha' },
};

/** What one layer of a canvas keeps on the GPU: made once, written again at each redraw, made anew only to grow. */
export class LayerSlot {
  private uniforms: GPUBuffer | null = null;
  private instances: GPUBuffer | null = null;
  private map: GPUTexture | null = null;
  /** The cells of a heatmap: not the slot's own. */
  private shown: GPUTexture | null = null;
  /** What the map's texture was written from. */
  private written: Uint8Array | null = null;
  /** Of the kind and the textures that it was made for. */
  private bound: { readonly kind: Layer['kind']; readonly cells: GPUTexture | null; readonly group: GPUBindGroup } | null = null;

  constructor(
    private readonly device: GPUDevice,
    private readonly pipelines: Pipelines,
    private readonly cells: CellTextures,
    private readonly rescaledCells: RescaledCells,
  ) {}

  /** Finds or makes what a heatmap's cells are read from. */
  prepare(encoder: GPUCommandEncoder, layer: Layer): void {
    if (layer.kind !== 'heatmap' || !isSeen(layer)) return;
    const { rescaling } = layer;
    this.shown = rescaling === null ? this.cells.of(layer) : this.rescaledCells.of(encoder, { ...layer, rescaling });
  }

  /** What was prepared. */
  draw(pass: GPURenderPassEncoder, layer: Layer, scene: Scene): void {
    pass.setPipeline(this.pipelines[layer.kind]);
    if (layer.kind === 'heatmap') this.drawHeatmap(pass, layer, scene);
    else if (layer.kind === 'bars') this.drawBars(pass, layer, scene);
    else this.drawLine(pass, layer, scene);
  }

  dispose(): void {
    for (const resource of [this.uniforms, this.instances, this.map]) resource?.destroy();
  }

  private drawHeatmap(pass: GPURenderPassEncoder, layer: HeatmapLayer, { width, height }: Scene): void {
    const { rect, rows, columns, colours, map } = layer;
    const { shown } = this;
    if (shown === null || !isSeen(layer)) return;
    this.map ??= this.texture(mapEntries, 1, 'rgba8unorm');
    if (this.written !== map) {
      this.device.queue.writeTexture({ texture: this.map }, map as Uint8Array<ArrayBuffer>, { bytesPerRow: mapEntries * 4 }, [mapEntries, 1]);
      this.written = map;
    }
    this.writeUniforms([
      ...[width, height, Math.round(rect.x), Math.round(rect.y), Math.round(rect.width), Math.round(rect.height), columns, rows],
      ...[colours.nan, colours.infinite, colours.infiniteHatch, colours.unseen, colours.unseenHatch].flat(),
      ...[hatch, 0, 0, 0],
    ]);
    pass.setBindGroup(0, this.bind('heatmap', shown));
    pass.draw(4);
  }

  private drawBars(pass: GPURenderPassEncoder, { x0, y0, x1, y1, colour }: BarsLayer, scene: Scene): void {
    const data = new Float32Array(x0.length * instanceFloats.bars);
    for (let index = 0; index < x0.length; index++) data.set([x0[index] ?? 0, y0[index] ?? 0, x1[index] ?? 0, y1[index] ?? 0], index * instanceFloats.bars);
    this.drawInstances(pass, 'bars', data, [scene.width, scene.height, 0, 0, ...colour]);
  }

  private drawLine(pass: GPURenderPassEncoder, { x, y, width, colour }: LineLayer, scene: Scene): void {
    const segments = Math.max(0, x.length - 1);
    const data = new Float32Array(segments * instanceFloats.line);
    for (let index = 0; index < segments; index++) {
      // Start and end, then the point before and the one after.
      const points = [index, index + 1, Math.max(0, index - 1), Math.min(segments, index + 2)];
      data.set(points.flatMap((point) => [x[point] ?? 0, y[point] ?? 0]), index * instanceFloats.line);
    }
    this.drawInstances(pass, 'line', data, [scene.width, scene.height, width, 0, ...colour]);
  }

  private drawInstances(pass: GPURenderPassEncoder, kind: 'bars' | 'line', data: Float32Array<ArrayBuffer>, uniforms: readonly number[]): void {
    if (data.length === 0) return;
    if (this.instances === null || this.instances.size < data.byteLength) {
      this.instances?.destroy();
      this.instances = this.device.createBuffer({ size: data.byteLength, usage: GPUBufferUsage.VERTEX | GPUBufferUsage.COPY_DST });
    }
    this.device.queue.writeBuffer(this.instances, 0, data);
    this.writeUniforms(uniforms);
    pass.setBindGroup(0, this.bind(kind, null));
    pass.setVertexBuffer(0, this.instances);
    pass.draw(4, data.length / instanceFloats[kind]);
  }

  private texture(width: number, height: number, format: GPUTextureFormat): GPUTexture {
    return this.device.createTexture({ size: [width, height], format, usage: GPUTextureUsage.TEXTURE_BINDING | GPUTextureUsage.COPY_DST });
  }

  private writeUniforms(values: readonly (number | Rgba[number])[]): void {
    this.uniforms ??= this.device.createBuffer({ size: largestUniforms, usage: GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST });
    this.device.queue.writeBuffer(this.uniforms, 0, Float32Array.from(values));
  }

  private bind(kind: Layer['kind'], cells: GPUTexture | null): GPUBindGroup {
    const { bound, map, uniforms } = this;
    if (bound?.kind === kind && bound.cells === cells) return bound.group;
    const entries: GPUBindGroupEntry[] = uniforms === null ? [] : [{ binding: 0, resource: { buffer: uniforms } }];
    if (cells !== null && map !== null) {
      entries.push({ binding: 1, resource: cells.createView() }, { binding: 2, resource: map.createView() });
    }
    const group = this.device.createBindGroup({ layout: this.pipelines[kind].getBindGroupLayout(0), entries });
    this.bound = { kind, cells, group };
    return group;
  }
}

function isSeen({ rows, columns, rect }: HeatmapLayer): boolean {
  return rows > 0 && columns > 0 && Math.round(rect.width) > 0 && Math.round(rect.height) > 0;
}

/** Bytes of the heatmap's uniforms, the largest of the three. */
const largestUniforms = 128;
