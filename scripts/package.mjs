// `npm run package`: a production build, and the extension as a `.vsix` in the project's folder.
// With `--check` it is also installed into a fresh VS Code, which has to list it.
import fs from 'node:fs';
import path from 'node:path';
import { createVSIX } from '@vscode/vsce';
import { launchBrowser } from './vscode/browser.mjs';
import { currentVersion, installCodeServer } from './vscode/codeServer.mjs';
import { readManifest } from './vscode/extensionFolder.mjs';
import { inProject, run } from './vscode/process.mjs';
import { quietSettings, startServer } from './vscode/server.mjs';
import { Temporary } from './vscode/temporary.mjs';

process.chdir(path.dirname(import.meta.dirname));

const { publisher, name, version } = readManifest();
const file = `${name}-${version}.vsix`;
await run(process.execPath, ['esbuild.js', '--production']);
// Everything is bundled: there are no dependencies to carry. Links stay as they are: there is no repository to point into.
await createVSIX({ cwd: process.cwd(), packagePath: file, dependencies: false, allowMissingRepository: true, rewriteRelativeLinks: false });
console.log(`${file}: ${Math.ceil(fs.statSync(file).size / 1024)} KiB. Install it with: code --install-extension ${file}`);

if (process.argv.includes('--check')) await check();

/** As somebody who installs it does: install, open a folder, click a tensor. */
async function check() {
  const install = await installCodeServer(currentVersion, console.log);
  const temporary = new Temporary();
  const folders = ['--extensions-dir', temporary.folder('extensions'), '--user-data-dir', temporary.folder('user-data'), '--server-data-dir', temporary.folder('server-data')];
  await run(install.node, [install.main, '--install-extension', path.resolve(file), ...folders]);
  const listed = await run(install.node, [install.main, '--list-extensions', '--show-versions', ...folders]);
  const expected = `${publisher}.${name}@${version}`;
  if (!listed.split(/\s+/).includes(expected)) throw new Error(`VS Code ${currentVersion} lists ${listed.trim() || 'nothing'} after the install, not ${expected}.`);
  const server = await startServer({ install, temporary, settings: quietSettings, test: true });
  const browser = await launchBrowser({ webgpu: false });
  try {
    const page = await browser.newPage();
    await page.goto(server.address(inProject('samples')));
    // A badge in the Explorer: the extension is active and its thread has read a header.
    await page.locator('.explorer-folders-view .explorer-item[class*="monaco-decoration-itemBadge"]').first().dblclick();
    const editor = page.frameLocator('iframe.webview.ready').frameLocator('iframe#active-frame');
    await editor.locator('#root:not(:empty)').waitFor();
  } finally {
    await browser.close();
    await server.stop();
    temporary.remove();
  }
  console.log(`VS Code ${currentVersion} installs ${expected} and opens a tensor with it.`);
}
