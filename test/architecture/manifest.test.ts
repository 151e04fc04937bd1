import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { filesUnder } from '../support/sources';
import { inProject, projectRoot } from '../support/root';

const text = fs.readFileSync(inProject('package.json'), 'utf8');
const strings = JSON.parse(fs.readFileSync(inProject('package.nls.json'), 'utf8')) as Record<string, string>;

interface Manifest {
  readonly icon: string;
  readonly main: string;
  readonly contributes: {
    readonly commands: readonly { readonly command: string }[];
    readonly menus: Readonly<Record<string, readonly { readonly command: string }[]>>;
    readonly notebookRenderer: readonly { readonly entrypoint: string }[];
  };
}
const { contributes, icon, main } = JSON.parse(text) as Manifest;
const contributed = contributes.commands.map(({ command }) => command).sort();

describe('the manifest', () => {
  it('is what the registries say', () => {
    const check = spawnSync(process.execPath, ['scripts/manifest.mjs', '--check'], { cwd: projectRoot, encoding: 'utf8' });
    assert.equal(check.status, 0, check.stderr);
  });

  it('has a string for every key, and a key for every string', () => {
    const used = [...text.matchAll(/"%([^%"]+)%"/g)].map(([, key]) => key);
    assert.deepEqual([...new Set(used)].sort(), Object.keys(strings).sort());
  });

  it('contributes the commands that are registered, and no others', () => {
    const sources = filesUnder('src/features', ['.ts']).map((file) => fs.readFileSync(inProject(file), 'utf8'));
    // As a key of the table of commands, or as the constant that stands for one there.
    const registered = sources.flatMap((source) => [...source.matchAll(/^(?:\s*|export const \w+Command = )'(normoscope\.\w+)'[:;]/gm)].map(([, id]) => id));
    assert.deepEqual(registered.sort(), contributed);
  });

  it('puts only contributed commands into menus', () => {
    const inMenus = Object.values(contributes.menus).flat();
    assert.deepEqual(inMenus.filter(({ command }) => !contributed.includes(command)), []);
  });

  it('names files that a package holds', () => {
    const entrypoints = contributes.notebookRenderer.map(({ entrypoint }) => entrypoint);
    const missing = [icon, main, ...entrypoints].filter((file) => !fs.existsSync(inProject(file)));
    assert.deepEqual(missing, []);
  });
});
