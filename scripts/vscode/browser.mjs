import { chromium } from 'playwright-core';
import { ensureChromium } from './chromium.mjs';

const quiet = [
  '--headless=new',
  '--no-sandbox',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  // Containers have a small /dev/shm.
  '--disable-dev-shm-usage',
];

/** `--enable-unsafe-webgpu` alone gives an adapter, but loses its context when a canvas is presented. */
const softwareWebgpu = [
  '--enable-unsafe-webgpu',
  '--enable-features=Vulkan',
  '--use-vulkan=swiftshader',
  '--use-angle=swiftshader',
];

/**
 * Starts Chromium without a window.
 * @param {{ webgpu: boolean, tell?: (line: string) => void }} options with `webgpu` the adapter is SwiftShader, slow and
 *   exact; without it `navigator.gpu` is there and has no adapter
 * @returns {Promise<import('playwright-core').Browser>}
 */
export async function launchBrowser({ webgpu, tell = console.log }) {
  return chromium.launch({
    executablePath: await ensureChromium(tell),
    args: [...quiet, ...(webgpu ? softwareWebgpu : [])],
    ignoreDefaultArgs: ['--headless'],
  });
}
