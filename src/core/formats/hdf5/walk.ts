import { NormoscopeError } from '../../errors';
import type { Limits } from '../../limits';
import type { Warning } from '../../tensor/tensor';
import { formatCount } from '../../text/numbers';
import { isDamage, type Session } from './session';

/** A link that leads to a dataset, or to nothing that can be read. */
export interface Found {
  /** From the root, without the first slash. */
  readonly path: string;
  /** Null: a dataset. */
  readonly failure: NormoscopeError | null;
}

const types = { group: 0, dataset: 1, datatype: 2 };
/** Parts of a path. A group may be in itself. */
const deepest = 64;

/**
 * Every dataset, in the order of names, each group under the first of its names: links within the file are followed, but for
 * those that lead to a group that was listed before, and links to other files are not.
 * @throws NormoscopeError `malformed` for the root itself, `cancelled`
 */
export async function walk(session: Session, limits: Limits, signal: AbortSignal | undefined): Promise<{ found: Found[]; warnings: Warning[] }> {
  const found: Found[] = [];
  const warnings: Warning[] = [];
  const visited = new Set<string>();
  const linked: string[] = [];
  const full = new NormoscopeError('too-large', `${session.source.name} has more than ${formatCount(limits.tensors)} datasets or groups, which is what is listed at most.`);
  let failures = 0;

  async function attempt(path: string, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (path === '' || !isDamage(error) || error === full) throw error;
      failures++;
      found.push({ path, failure: error });
    }
  }

  /** Deeper groups come after the links of a group, so that nothing here recurses. */
  async function group(start: string): Promise<void> {
    for (const queue = [start]; queue.length > 0; ) {
      const path = queue.pop() ?? '';
      await attempt(path, async () => {
        const names = await listed(path);
        if (names === null) return;
        if (found.length + names.length > limits.tensors) throw full;
        const groups: string[] = [];
        for (const name of names) {
          if (found.length >= limits.tensors) throw full;
          const child = path === '' ? name : `${path}/${name}`;
          await attempt(child, async () => {
            if (await isGroup(child)) groups.push(child);
          });
        }
        queue.push(...groups.reverse());
      });
    }
  }

  /** Names of the links in a group; null for one that was listed before. */
  function listed(path: string): Promise<readonly string[] | null> {
    return session.call(path === '' ? session.source.name : `The group ${JSON.stringify(path)}`, ({ library, file }) => {
      const place = [...library.create_object_reference(file, `/${path}`)].join();
      if (visited.has(place)) return null;
      if (visited.size >= limits.tensors) throw full;
      visited.add(place);
      return library.get_names(file, `/${path}`, false);
    }, signal);
  }

  /** Datasets are listed as they are met. */
  async function isGroup(path: string): Promise<boolean> {
    const { target, type } = await session.call(`The link ${JSON.stringify(path)}`, ({ library, file }) => {
      const to = library.get_symbolic_link(file, path);
      return { target: to, type: library.get_type(file, path) };
    }, signal);
    if (type === types.group && target === null && path.split('/').length <= deepest) return true;
    if (type === types.group && target !== null) linked.push(path);
    else if (type === types.dataset) found.push({ path, failure: null });
    else if (type !== types.datatype && type !== types.group) found.push({ path, failure: await unresolved(path, target) });
    return false;
  }

  async function unresolved(path: string, target: string | null): Promise<NormoscopeError> {
    const link = `The link ${JSON.stringify(path)}`;
    if (target !== null) return new NormoscopeError('refused', `${link} leads to ${JSON.stringify(target.slice(0, 80))}, where nothing is.`);
    return new NormoscopeError('refused', `${link} leads to another file, and no file is read but this one.`);
  }

  await group('');
  // Groups have their own names first.
  for (const path of linked) await group(path);
  if (failures > 0) warnings.push({ code: 'damaged', message: `${formatCount(failures)} of the file's links could not be followed.` });
  return { found, warnings };
}
