import fs from 'node:fs';
import path from 'node:path';
import { inProject } from './process.mjs';

/**
 * Puts the project into a folder of extensions as a link: VS Code takes it for an installed extension.
 * @param {string} extensions
 * @param {string} project the folder with the manifest
 */
export function linkExtension(extensions, project) {
  const { publisher, name, version } = readManifest(project);
  // A junction needs no rights on Windows; elsewhere the word means nothing.
  fs.symlinkSync(project, path.join(extensions, `${publisher}.${name}-${version}`), 'junction');
}

/** @param {string} project @returns {{ publisher: string, name: string, version: string }} */
export function readManifest(project = inProject()) {
  return JSON.parse(fs.readFileSync(path.join(project, 'package.json'), 'utf8'));
}
