import assert from 'node:assert/strict';
import { divergingMap, lightness, parseColour } from '../../../../webview/charts/colours';
import { bytesOf } from '../../../../webview/gpu/cells';
import type { Rgba } from '../../../../webview/gpu/renderer';

describe('colours of a theme', () => {
  const bytes = (text: string) => {
    const colour = parseColour(text);
    return colour === null ? null : bytesOf(colour);
  };

  it('are read in every form that themes write', () => {
    const table: Readonly<Record<string, readonly number[]>> = {
      '#fff': [255, 255, 255, 255],
      '#1f3a': [0x11, 0xff, 0x33, 0xaa],
      '#1e1e1e': [30, 30, 30, 255],
      '#FF8000': [255, 128, 0, 255],
      '#11223380': [17, 34, 51, 128],
      'rgb(1, 2, 3)': [1, 2, 3, 255],
      'rgba(255, 255, 255, 0.7)': [255, 255, 255, 179],
      'rgb(100% 0% 50%)': [255, 0, 128, 255],
      'rgb(1 2 3 / 50%)': [1, 2, 3, 128],
      'RGBA(10,20,30,0)': [10, 20, 30, 0],
    };
    for (const [text, expected] of Object.entries(table)) assert.deepEqual(bytes(text), expected, text);
  });

  it('are null where there is none', () => {
    for (const text of ['', '#', '#12', '#12345', '#1234567', '#123456789', '#ggg', 'red', 'rgb()', 'rgb(1, 2)', 'rgb(1, 2, 3, 4, 5)', 'rgb(a, b, c)', 'var(--x)', 'rgb(1, 2, 3']) {
      assert.equal(parseColour(text), null, text);
    }
  });
});

describe('the diverging map', () => {
  const backgrounds: Readonly<Record<string, string>> = { dark: '#1f1f1f', light: '#ffffff', 'high contrast': '#000000', solarized: '#fdf6e3' };
  const entry = (map: Uint8Array, at: number): Rgba => [(map[at * 4] ?? 0) / 255, (map[at * 4 + 1] ?? 0) / 255, (map[at * 4 + 2] ?? 0) / 255, 1];

  for (const [name, text] of Object.entries(backgrounds)) {
    const background = parseColour(text) as Rgba;
    const map = divergingMap(background);

    it(`has 256 opaque entries around the background, on ${name}`, () => {
      assert.equal(map.length, 256 * 4);
      for (let at = 3; at < map.length; at += 4) assert.equal(map[at], 255);
      for (const middle of [127, 128]) {
        entry(map, middle).forEach((part, index) => assert.ok(Math.abs(part - (background[index] ?? 0)) * 255 <= 3, `${middle}`));
      }
    });

    it(`goes ever further from the background to both ends, on ${name}`, () => {
      const far = (at: number) => Math.abs(lightness(entry(map, at)) - lightness(background));
      // One step of a byte is about this much lightness.
      const rounding = 0.004;
      for (let at = 128; at < 255; at++) assert.ok(far(at + 1) >= far(at) - rounding, `above ${at}`);
      for (let at = 127; at > 0; at--) assert.ok(far(at - 1) >= far(at) - rounding, `below ${at}`);
      assert.ok(far(0) > 0.4 && far(255) > 0.4);
    });

    it(`is blue below zero and red above, on ${name}`, () => {
      const [lowRed, , lowBlue] = entry(map, 40);
      const [highRed, , highBlue] = entry(map, 215);
      assert.ok(lowBlue > lowRed && highRed > highBlue);
    });
  }
});
