import type { CellTextures } from './cellTextures';
import type { HeatmapLayer } from './renderer';
import type { CellGroups, GroupRuns, Rescaling } from './rescale';
import rescaleShader from './shaders/rescale.wgsl';

/** Cells of a side of the shader's workgroups. */
const workgroup = 8;
/** Bytes of the shader's uniforms. */
const uniformBytes = 32;
/** Layers that are kept ready: all tiles of six pictures while a slider is dragged. */
const mostKept = 256;

interface Kept {
  readonly groups: CellGroups;
  readonly buffers: readonly GPUBuffer[];
  readonly uniforms: GPUBuffer;
  readonly texture: GPUTexture;
  /** By the texture of the cells as they are, which another scale of colours has another of. */
  bound: { readonly cells: GPUTexture; readonly group: GPUBindGroup } | null;
}

/** Cells of heatmaps under another eps or γ, made on the GPU from what was sent to it once. */
export class RescaledCells {
  /** By the array of values; what was not drawn for longest is first. */
  private readonly kept = new Map<HeatmapLayer['values'], Kept>();
  private readonly pipeline: GPUComputePipeline;

  constructor(
    private readonly device: GPUDevice,
    private readonly cells: CellTextures,
  ) {
    const module = device.createShaderModule({ code: rescaleShader });
    this.pipeline = device.createComputePipeline({ layout: 'auto', compute: { module, entryPoint: 'rescale' } });
  }

  /** Records what makes the layer's cells; before the pass that draws them. */
  of(encoder: GPUCommandEncoder, layer: HeatmapLayer & { readonly rescaling: Rescaling }): GPUTexture {
    const { values, rows, columns, low, high, rescaling: { groups, from, eps } } = layer;
    const kept = this.find(values, groups, rows, columns);
    const cells = this.cells.of(layer);
    const uniforms = new ArrayBuffer(uniformBytes);
    new Uint32Array(uniforms).set([columns, rows]);
    new Float32Array(uniforms).set([from, eps, low, 256 / (high - low)], 2);
    this.device.queue.writeBuffer(kept.uniforms, 0, uniforms);
    const pass = encoder.beginComputePass();
    pass.setPipeline(this.pipeline);
    pass.setBindGroup(0, this.bind(kept, cells));
    pass.dispatchWorkgroups(Math.ceil(columns / workgroup), Math.ceil(rows / workgroup));
    pass.end();
    return kept.texture;
  }

  private find(values: HeatmapLayer['values'], groups: CellGroups, rows: number, columns: number): Kept {
    const known = this.kept.get(values);
    this.kept.delete(values);
    const kept = known?.groups === groups ? known : this.make(values, groups, rows, columns);
    if (known !== undefined && known !== kept) release(known);
    this.kept.set(values, kept);
    for (const [oldest, old] of this.kept) {
      if (this.kept.size <= mostKept) break;
      this.kept.delete(oldest);
      release(old);
    }
    return kept;
  }

  private make(values: HeatmapLayer['values'], groups: CellGroups, rows: number, columns: number): Kept {
    return {
      groups,
      buffers: [this.buffer(Float32Array.from(values)), this.buffer(packed(groups)), this.buffer(groups.variances)],
      uniforms: this.device.createBuffer({ size: uniformBytes, usage: GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST }),
      texture: this.device.createTexture({ size: [columns, rows], format: 'rgba8uint', usage: GPUTextureUsage.TEXTURE_BINDING | GPUTextureUsage.STORAGE_BINDING }),
      bound: null,
    };
  }

  private buffer(data: Float32Array | Uint32Array): GPUBuffer {
    const made = this.device.createBuffer({ size: data.byteLength, usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_DST });
    this.device.queue.writeBuffer(made, 0, data as Float32Array<ArrayBuffer> | Uint32Array<ArrayBuffer>);
    return made;
  }

  private bind(kept: Kept, cells: GPUTexture): GPUBindGroup {
    if (kept.bound?.cells === cells) return kept.bound.group;
    const group = this.device.createBindGroup({
      layout: this.pipeline.getBindGroupLayout(0),
      entries: [
        { binding: 0, resource: { buffer: kept.uniforms } },
        ...kept.buffers.map((buffer, index) => ({ binding: index + 1, resource: { buffer } })),
        { binding: 4, resource: cells.createView() },
        { binding: 5, resource: kept.texture.createView() },
      ],
    });
    kept.bound = { cells, group };
    return group;
  }
}

function release({ buffers, uniforms, texture }: Kept): void {
  for (const resource of [...buffers, uniforms, texture]) resource.destroy();
}

/** As the shader reads them. */
function packed({ rows, columns }: CellGroups): Uint32Array {
  const pairs = ({ group, share }: GroupRuns) => {
    const bits = new Uint32Array(share.buffer, share.byteOffset, share.length);
    return Array.from(group, (part, run) => [part, bits[run] ?? 0]).flat();
  };
  return Uint32Array.from([...rows.start, ...columns.start, ...pairs(rows), ...pairs(columns)]);
}
