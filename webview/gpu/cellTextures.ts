import { heatmapCells } from './cells';
import type { HeatmapLayer } from './renderer';

/** Bytes of textures that are kept for when their cells are drawn again: more than any picture has, so that none is lost in use. */
const mostBytes = 96 * 1024 * 1024;

interface Kept {
  readonly low: number;
  readonly high: number;
  readonly texture: GPUTexture;
  readonly bytes: number;
}

/** Cells of heatmaps on the GPU, made once however often and wherever they are drawn; those not drawn for longest go first. */
export class CellTextures {
  /** By the array of values. */
  private readonly kept = new Map<HeatmapLayer['values'], Kept>();
  private bytes = 0;

  constructor(private readonly device: GPUDevice) {}

  of(layer: HeatmapLayer): GPUTexture {
    const { values, low, high, rows, columns } = layer;
    const known = this.kept.get(values);
    this.kept.delete(values);
    if (known !== undefined && known.low === low && known.high === high && known.texture.width === columns && known.texture.height === rows) {
      this.kept.set(values, known);
      return known.texture;
    }
    if (known !== undefined) this.drop(known);
    const usage = GPUTextureUsage.TEXTURE_BINDING | GPUTextureUsage.COPY_DST;
    const texture = this.device.createTexture({ size: [columns, rows], format: 'rgba8uint', usage });
    this.device.queue.writeTexture({ texture }, heatmapCells(layer), { bytesPerRow: columns * 4 }, [columns, rows]);
    const made = { low, high, texture, bytes: rows * columns * 4 };
    this.kept.set(values, made);
    this.bytes += made.bytes;
    for (const [oldest, old] of this.kept) {
      if (this.bytes <= mostBytes || old === made) break;
      this.kept.delete(oldest);
      this.drop(old);
    }
    return texture;
  }

  private drop({ texture, bytes }: Kept): void {
    texture.destroy();
    this.bytes -= bytes;
  }
}
