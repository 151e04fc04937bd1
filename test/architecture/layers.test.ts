import assert from 'node:assert/strict';
import { build } from 'esbuild';
import { filesUnder } from '../support/sources';
import { projectRoot } from '../support/root';

/**
 * Who may import whom. A file belongs to the first row whose folder it is in; `may` are folders whose files it may
 * import beside its own, and packages by name. Imports of types are erased before this test looks: they cost nothing
 * at run time and are held by the tsconfig of each layer.
 */
const layers: readonly { readonly folder: string; readonly may: readonly string[] }[] = [
  { folder: 'src/core/text/', may: [] },
  { folder: 'src/core/tensor/', may: ['src/core/errors.ts', 'src/core/text/'] },
  { folder: 'src/core/formats/', may: ['src/core/errors.ts', 'src/core/limits.ts', 'src/core/tensor/', 'src/core/text/', 'fflate', 'fzstd'] },
  { folder: 'src/core/engine/', may: ['src/core/errors.ts', 'src/core/limits.ts', 'src/core/tensor/', 'src/core/text/'] },
  { folder: 'src/core/analysis/', may: ['src/core/errors.ts', 'src/core/limits.ts', 'src/core/tensor/', 'src/core/engine/', 'src/core/text/'] },
  { folder: 'src/core/diagnostics/', may: ['src/core/analysis/', 'src/core/text/'] },
  { folder: 'src/core/', may: ['src/core/'] },
  { folder: 'src/protocol/', may: ['src/core/', 'birpc', 'valibot'] },
  { folder: 'src/platform/', may: ['src/core/', 'src/protocol/', 'node:'] },
  ...['commands', 'customEditor', 'explorer', 'hover', 'notebook', 'problems'].map((feature) => ({
    folder: `src/features/${feature}/`,
    may: ['src/core/', 'src/protocol/', 'src/platform/', ...filesUnder('src/features', ['.ts']).filter((file) => file.split('/').length === 3), 'vscode', 'node:'],
  })),
  { folder: 'src/features/', may: ['src/core/', 'src/protocol/', 'src/platform/', 'vscode', 'node:'] },
  { folder: 'src/commandLine/', may: ['src/core/', 'src/platform/', 'node:'] },
  { folder: 'src/extension.ts', may: ['src/features/', 'src/platform/', 'vscode'] },
  { folder: 'src/analysisWorker.ts', may: ['src/core/', 'src/protocol/', 'src/platform/', 'node:'] },
  { folder: 'src/engineWorker.ts', may: ['src/platform/', 'node:'] },
  { folder: 'src/cli.ts', may: ['src/commandLine/', 'node:'] },
  { folder: 'webview/gpu/', may: ['src/core/text/', 'src/core/errors.ts', 'd3-'] },
  { folder: 'webview/charts/', may: ['webview/gpu/', 'src/core/', 'd3-', 'preact', '@preact/signals'] },
  { folder: 'webview/', may: ['src/core/', 'src/protocol/', 'd3-', 'preact', '@preact/signals', 'valibot', '@tanstack/virtual-core'] },
];

interface Import {
  readonly path: string;
  readonly kind: string;
  readonly external?: boolean;
}

async function imports(entryPoints: readonly string[]): Promise<Record<string, { readonly imports: readonly Import[] }>> {
  const { metafile } = await build({
    absWorkingDir: projectRoot,
    entryPoints: [...entryPoints],
    bundle: true,
    write: false,
    outdir: 'unwritten',
    metafile: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    jsx: 'automatic',
    jsxImportSource: 'preact',
    loader: { '.wgsl': 'text', '.css': 'empty' },
    logLevel: 'silent',
  });
  return metafile.inputs;
}

describe('layers', () => {
  it('import only what the floor plan allows', async () => {
    const files = [...filesUnder('src', ['.ts']), ...filesUnder('webview', ['.ts', '.tsx'])].filter(
      (file) => !file.endsWith('.d.ts') && !file.includes('/assembly/'),
    );
    const found = await imports(files);
    const wrong: string[] = [];
    for (const file of files) {
      const layer = layers.find(({ folder }) => file.startsWith(folder));
      assert.ok(layer, `${file} stands in no layer`);
      for (const { path } of found[file]?.imports ?? []) {
        if (path.startsWith(layer.folder) || layer.may.some((allowed) => path.startsWith(allowed))) continue;
        if (!/\.(wgsl|css)$/.test(path)) wrong.push(`${file} imports ${path}`);
      }
    }
    assert.deepEqual(wrong, []);
  });

  it('keep the core and the protocol free of Node, VS Code and the DOM', async () => {
    // Neutral, with nothing external: any import of the platform, dynamic ones too, fails the build.
    await build({
      absWorkingDir: projectRoot,
      entryPoints: [...filesUnder('src/core', ['.ts']), ...filesUnder('src/protocol', ['.ts'])].filter(
        (file) => !file.endsWith('.d.ts') && !file.includes('/assembly/'),
      ),
      bundle: true,
      write: false,
      outdir: 'unwritten',
      platform: 'neutral',
      mainFields: ['module', 'main'],
      logLevel: 'silent',
    });
  });

  it('notice an import that is not allowed', async () => {
    await assert.rejects(
      build({
        stdin: { contents: "export const load = () => import('node:fs');", resolveDir: projectRoot },
        bundle: true,
        write: false,
        platform: 'neutral',
        logLevel: 'silent',
      }),
    );
  });
});
