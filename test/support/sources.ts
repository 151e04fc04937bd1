import fs from 'node:fs';
import path from 'node:path';
import { projectRoot } from './root';

/** Files under a folder of the project that end in one of `endings`, as paths from the project's root with slashes. */
export function filesUnder(folder: string, endings: readonly string[]): string[] {
  const absolute = path.join(projectRoot, folder);
  if (!fs.existsSync(absolute)) return [];
  return fs
    .readdirSync(absolute, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && endings.some((ending) => entry.name.endsWith(ending)))
    .map((entry) => path.relative(projectRoot, path.join(entry.parentPath, entry.name)).split(path.sep).join('/'))
    .sort();
}
