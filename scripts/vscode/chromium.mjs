import fs from 'node:fs';
import { onPath, run } from './process.mjs';

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome', 'microsoft-edge'];

/** Where they stand without being on the PATH. */
const places = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
  'C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe',
];

/** @returns {string | null} path of a Chromium that is installed */
export function findChromium() {
  const given = process.env['CHROMIUM_PATH'];
  if (given) {
    if (fs.existsSync(given)) return given;
    throw new Error(`CHROMIUM_PATH names ${given}, which is not there.`);
  }
  return onPath(names) ?? places.find((place) => fs.existsSync(place)) ?? null;
}

/**
 * Finds Chromium, or installs it where that can be done without asking: Debian's, as root.
 * @param {(line: string) => void} tell
 * @returns {Promise<string>}
 */
export async function ensureChromium(tell) {
  const found = findChromium();
  if (found !== null) return found;
  if (process.platform === 'linux' && process.getuid?.() === 0 && onPath(['apt-get']) !== null) {
    tell('Installing Chromium by apt-get: about a minute, once.');
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    await run('apt-get', ['update'], { env });
    await run('apt-get', ['install', '-y', '--no-install-recommends', 'chromium'], { env });
    const installed = findChromium();
    if (installed !== null) return installed;
  }
  throw new Error('No Chromium was found: install chromium or Google Chrome, or name one in CHROMIUM_PATH.');
}
