import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { rules } from '../../src/core/diagnostics/registry';
import { formats } from '../../src/core/formats/registry';
import { filesUnder } from '../support/sources';
import { inProject, projectRoot } from '../support/root';

const pages = [...fs.readdirSync(projectRoot).filter((file) => file.endsWith('.md')), ...filesUnder('docs', ['.md']), ...filesUnder('samples', ['.md'])];

describe('the documentation', () => {
  it('is what its sources say, where it is generated', () => {
    const check = spawnSync(process.execPath, ['scripts/docs.mjs', '--check'], { cwd: projectRoot, encoding: 'utf8' });
    assert.equal(check.status, 0, check.stderr);
  });

  it('has a page for every rule and for nothing else', () => {
    assert.deepEqual(filesUnder('docs/rules', ['.md']), rules.map(({ id }) => `docs/rules/${id}.md`).sort());
  });

  it('says of every format under a heading of its own what is read of it, and of no other', () => {
    const [, ...sections] = fs.readFileSync(inProject('docs/formats.md'), 'utf8').split(/^## /m);
    const described = sections.map((section) => [...(section.split('\n')[0] ?? '').matchAll(/`(\.[^`]+)`/g)].map(([, extension]) => extension));
    // A heading for each format, with all of its extensions, in whatever order.
    const registered = formats.map(({ extensions, sharedExtensions }) => [...extensions, ...sharedExtensions]);
    const inOrder = (lists: readonly (readonly (string | undefined)[])[]) => lists.map((list) => [...list].sort().join(' ')).sort();
    assert.deepEqual(inOrder(described), inOrder(registered));
    assert.deepEqual(sections.filter((section) => !section.includes('\n| read | ')).map((section) => section.split('\n')[0]), []);
  });

  it('links only to files that are there', () => {
    const broken = pages.flatMap((page) =>
      [...fs.readFileSync(inProject(page), 'utf8').matchAll(/\]\(([^)\s]+)\)|<img[^>]* src="([^"]+)"/g)]
        .map(([, link, image]) => (link ?? image ?? '').replace(/#.*$/, ''))
        .filter((target) => target !== '' && !/^\w+:/.test(target) && !fs.existsSync(inProject(path.dirname(page), target)))
        .map((target) => `${page}: ${target}`),
    );
    assert.deepEqual(broken, []);
  });
});
