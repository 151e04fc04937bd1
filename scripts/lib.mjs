// What the scripts that write files from the sources share.
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');

/**
 * What TypeScript sources export, bundled in memory. `code` is a module of `export … from './src/…'` lines.
 * VS Code is left out: constants of modules that import it can be had, what uses it when loaded cannot.
 */
export async function fromSources(code) {
  const { outputFiles } = await build({
    stdin: { contents: code, resolveDir: root },
    bundle: true,
    write: false,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    logLevel: 'warning',
    plugins: [
      {
        name: 'without-vscode',
        setup: (setup) => setup.onResolve({ filter: /^vscode$/ }, () => ({ path: 'vscode', external: true, sideEffects: false })),
      },
    ],
  });
  return import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString('base64')}`);
}

/**
 * Writes generated files, or with `--check` says which are not what would be written and exits with 1.
 * @param files text by path from the root
 */
export function writeOrCheck(files, command) {
  const stale = Object.entries(files).filter(([file, text]) => read(file) !== text);
  if (process.argv.includes('--check')) {
    if (stale.length === 0) return;
    console.error(`Out of date: ${stale.map(([file]) => file).join(', ')}. \`${command}\` writes what is missing.`);
    process.exitCode = 1;
    return;
  }
  for (const [file, text] of stale) {
    fs.mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
    fs.writeFileSync(path.join(root, file), text);
    console.log(`Wrote ${file}.`);
  }
}

/** The text of a file by its path from the root; null when there is none. */
export function read(file) {
  const full = path.join(root, file);
  return fs.existsSync(full) ? fs.readFileSync(full, 'utf8') : null;
}
