// Builds everything: `node esbuild.js [--watch] [--tests] [--production] [--only=TEXT]`.
// `--only` builds just the outputs whose path holds TEXT, over what is there already.
// One table of bundles; the engine's WebAssembly comes from the AssemblyScript compiler beside it.
const esbuild = require('esbuild');
const fs = require('node:fs');
const path = require('node:path');

const flags = new Set(process.argv.slice(2));
const production = flags.has('--production');
const only = process.argv.find((argument) => argument.startsWith('--only='))?.slice('--only='.length);
const wanted = (output) => only === undefined || output.includes(only);

/** What both kinds of bundle share. */
const common = {
  bundle: true,
  sourcemap: production ? false : 'linked',
  minify: production,
  legalComments: 'none',
  logLevel: 'warning',
  jsx: 'automatic',
  jsxImportSource: 'preact',
  loader: { '.wgsl': 'text' },
};
const node = { ...common, platform: 'node', format: 'cjs', target: 'node20', external: ['vscode'] };
const browser = { ...common, platform: 'browser', target: 'es2022' };

const product = [
  { ...node, entryPoints: ['src/extension.ts'], outfile: 'dist/extension.js' },
  { ...node, entryPoints: ['src/analysisWorker.ts'], outfile: 'dist/analysisWorker.js' },
  { ...node, entryPoints: ['src/engineWorker.ts'], outfile: 'dist/engineWorker.js' },
  { ...node, entryPoints: ['src/core/engine/reference/referenceEngine.ts'], outfile: 'dist/referenceEngine.js' },
  { ...node, entryPoints: ['src/cli.ts'], outfile: 'dist/cli.js', banner: { js: '#!/usr/bin/env node' } },
  {
    ...node,
    sourcemap: false,
    minify: true,
    // It asks where it lies, and does without.
    logOverride: { 'empty-import-meta': 'silent' },
    plugins: [{ name: 'hdf5', setup: (build) => void build.onLoad({ filter: /hdf5_util\.js$/ }, takeApart) }],
    entryPoints: ['node_modules/h5wasm/dist/esm/hdf5_util.js'],
    outfile: 'dist/hdf5.js',
  },
  { ...browser, format: 'iife', entryPoints: ['webview/editor.tsx'], outfile: 'dist/webview/editor.js' },
  {
    // A notebook output has no page of its own to link a style sheet in: its styles travel as text.
    ...browser,
    format: 'esm',
    entryPoints: ['webview/renderer.tsx'],
    outfile: 'dist/webview/renderer.js',
    loader: { ...common.loader, '.css': 'text' },
  },
];

/**
 * h5wasm has its WebAssembly as a text in its code, and decodes and compiles it for every instance. Here it becomes a file of its
 * own, `dist/hdf5.wasm`, which is compiled once.
 */
function takeApart({ path: file }) {
  const text = fs.readFileSync(file, 'utf8');
  const [before, after] = ["return binaryDecode('", "')}"];
  const start = text.indexOf(before) + before.length;
  const end = text.indexOf(after, start);
  if (start < before.length || end < 0) throw new Error('h5wasm is built in another way than before: see takeApart in esbuild.js.');
  // As its `binaryDecode` does: 256 stands for 0.
  const characters = new Function(`return '${text.slice(start, end)}'`)();
  fs.mkdirSync('dist', { recursive: true });
  fs.writeFileSync(path.join('dist', 'hdf5.wasm'), Uint8Array.from(characters, (character) => (~character.charCodeAt(0) >> 8) & character.charCodeAt(0)));
  return { contents: `${text.slice(0, start - before.length)}throw new Error('instantiateWasm is missing')}${text.slice(end + after.length)}`, loader: 'js' };
}

/** Tests load tools that must not be bundled from node_modules. */
const tools = ['mocha', 'esbuild', 'typescript', 'playwright-core', 'assemblyscript', 'axe-core', '@vscode/test-electron', 'h5wasm'];

function testBundles() {
  const files = walk('test');
  return [
    {
      ...node,
      sourcemap: 'inline',
      entryPoints: files.filter((file) => /\.test\.tsx?$/.test(file) || file === path.join('test', 'integration', 'index.ts')),
      outdir: 'dist/test',
      outbase: 'test',
      external: [...node.external, ...tools],
    },
    {
      ...browser,
      sourcemap: 'inline',
      format: 'iife',
      entryPoints: files.filter((file) => /\.browser\.tsx?$/.test(file)),
      outdir: 'dist/test',
      outbase: 'test',
    },
  ].filter((bundle) => bundle.entryPoints.length > 0);
}

function walk(folder) {
  return fs.readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const full = path.join(folder, entry.name);
    return entry.isDirectory() ? (entry.name === 'fixtures' ? [] : walk(full)) : [full];
  });
}

/** The kernels: `src/core/engine/assembly` to `dist/engine.wasm`, by the options of `asconfig.json`. */
async function buildKernels() {
  const { default: asc } = await import('assemblyscript/asc');
  const { error, stderr } = await asc.main([
    'src/core/engine/assembly/index.ts',
    '--config', 'asconfig.json',
  ]);
  if (error) throw new Error(`AssemblyScript: ${stderr.toString() || error.message}`);
}

async function main() {
  if (!flags.has('--watch') && only === undefined) fs.rmSync('dist', { recursive: true, force: true });
  const bundles = [...product, ...(flags.has('--tests') ? testBundles() : [])].filter((bundle) =>
    wanted(bundle.outfile ?? bundle.outdir),
  );
  if (flags.has('--watch')) {
    await buildKernels();
    fs.watch('src/core/engine/assembly', { recursive: true }, () => buildKernels().catch((error) => console.error(error.message)));
    for (const bundle of bundles) await (await esbuild.context({ ...bundle, logLevel: 'info' })).watch();
    return;
  }
  const [, ...results] = await Promise.all([
    wanted('dist/engine.wasm') ? buildKernels() : undefined,
    ...bundles.map((bundle) => esbuild.build({ ...bundle, metafile: true })),
  ]);
  if (wanted('dist/cli.js')) fs.chmodSync('dist/cli.js', 0o755);
  const inputs = {};
  results.forEach((result, index) => {
    inputs[bundles[index].outfile ?? bundles[index].outdir] = result.metafile.inputs;
  });
  if (flags.has('--tests')) fs.writeFileSync('dist/test/metafile.json', JSON.stringify(inputs));
}

main().catch((error) => {
  // esbuild has printed its own errors already.
  if (!error.errors) console.error(error.message);
  process.exit(1);
});
