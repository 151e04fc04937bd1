import { CellTextures } from './cellTextures';
import { RescaledCells } from './rescaledCells';
import type { Renderer, Scene, Surface } from './renderer';
import { createPipelines, LayerSlot, type Pipelines } from './webgpuLayers';

/** WebGPU, or what is missing for it in words. */
export type WebgpuResult = { readonly renderer: Renderer } | { readonly missing: string };

/** A truthy `navigator.gpu` proves nothing: only an adapter and a device do. */
export async function createWebgpuRenderer(): Promise<WebgpuResult> {
  const gpu = (navigator as Partial<Navigator>).gpu;
  if (gpu === undefined) return { missing: 'this browser has no WebGPU' };
  try {
    const adapter = await gpu.requestAdapter();
    if (adapter === null) return { missing: 'WebGPU found no adapter' };
    const device = await adapter.requestDevice();
    const lost = device.lost.then(({ message }) => `the GPU device was lost: ${message}`);
    // A shader that a driver refuses does not throw: everything would be drawn, and nothing seen.
    device.pushErrorScope('validation');
    const pipelines = createPipelines(device, gpu.getPreferredCanvasFormat());
    const cells = new CellTextures(device);
    const rescaledCells = new RescaledCells(device, cells);
    const refused = await device.popErrorScope();
    if (refused !== null) {
      device.destroy();
      return { missing: `WebGPU refused the shaders: ${refused.message}` };
    }
    return {
      renderer: {
        name: 'webgpu',
        reason: adapterText(adapter),
        surface: (canvas) => createSurface(canvas, device, pipelines, cells, rescaledCells),
        lost,
        dispose: () => device.destroy(),
      },
    };
  } catch (error) {
    return { missing: `WebGPU gave no device: ${error instanceof Error ? error.message : String(error)}` };
  }
}

function adapterText({ info }: GPUAdapter): string {
  const name = [info.vendor, info.description || info.architecture].filter((part) => part !== '').join(' ');
  return name === '' ? 'an adapter that does not say its name' : name;
}

function createSurface(canvas: HTMLCanvasElement, device: GPUDevice, pipelines: Pipelines, cells: CellTextures, rescaledCells: RescaledCells): Surface {
  const context = canvas.getContext('webgpu');
  if (context === null) throw new Error('The canvas gives no WebGPU context.');
  context.configure({ device, format: pipelines.format, alphaMode: 'premultiplied' });
  const slots: LayerSlot[] = [];
  return {
    draw(scene) {
      if (canvas.width !== scene.width) canvas.width = scene.width;
      if (canvas.height !== scene.height) canvas.height = scene.height;
      if (scene.width === 0 || scene.height === 0) return;
      while (slots.length < scene.layers.length) slots.push(new LayerSlot(device, pipelines, cells, rescaledCells));
      drawScene(context, device, scene, slots);
    },
    dispose() {
      for (const slot of slots) slot.dispose();
      context.unconfigure();
      canvas.width = 0;
      canvas.height = 0;
    },
  };
}

function drawScene(context: GPUCanvasContext, device: GPUDevice, scene: Scene, slots: readonly LayerSlot[]): void {
  const encoder = device.createCommandEncoder();
  scene.layers.forEach((layer, index) => slots[index]?.prepare(encoder, layer));
  const [r, g, b, a] = scene.background ?? [0, 0, 0, 0];
  const pass = encoder.beginRenderPass({
    colorAttachments: [
      {
        view: context.getCurrentTexture().createView(),
        clearValue: { r: r * a, g: g * a, b: b * a, a },
        loadOp: 'clear',
        storeOp: 'store',
      },
    ],
  });
  scene.layers.forEach((layer, index) => slots[index]?.draw(pass, layer, scene));
  pass.end();
  device.queue.submit([encoder.finish()]);
}
