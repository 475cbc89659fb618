/** What differs at one place of two documents. `path`: as people write it, `reps.rep-01.weight`. */
export interface Difference {
  path: string;
  /** Left out where there was nothing. */
  before?: unknown;
  /** Left out where there is nothing any more. */
  after?: unknown;
}

/**
 * What differs between two documents, as data, in the order of the first and then of the second. Entries of a list are told apart by their
 * `id` or `name`, if each has one of its own, else by their place; where they stand in another order, that is a difference of its own, at
 * `<path> (order)`.
 */
export function differencesOf(before: unknown, after: unknown): Difference[] {
  const found: Difference[] = [];
  compare(before, after, '', found);
  return found;
}

function compare(before: unknown, after: unknown, path: string, found: Difference[]): void {
  if (before === after) return;
  if (isMapping(before) && isMapping(after)) {
    for (const name of Object.keys({ ...before, ...after })) compare(own(before, name), own(after, name), joined(path, name), found);
    return;
  }
  if (Array.isArray(before) && Array.isArray(after)) {
    compareLists(before, after, path, found);
    return;
  }
  found.push({ path, ...(before !== undefined && { before }), ...(after !== undefined && { after }) });
}

function compareLists(before: readonly unknown[], after: readonly unknown[], path: string, found: Difference[]): void {
  const member = (['id', 'name'] as const).find((one) => namesIn(before, one) && namesIn(after, one));
  if (member === undefined) {
    for (let place = 0; place < Math.max(before.length, after.length); place += 1)
      compare(before[place], after[place], `${path}[${place}]`, found);
    return;
  }
  const [one, other] = [namesIn(before, member)!, namesIn(after, member)!];
  for (const name of new Set([...one.keys(), ...other.keys()])) compare(one.get(name), other.get(name), joined(path, name), found);
  const [kept, keptNow] = [[...one.keys()].filter((name) => other.has(name)), [...other.keys()].filter((name) => one.has(name))];
  if (kept.some((name, place) => name !== keptNow[place])) found.push({ path: `${path} (order)`, before: kept, after: keptNow });
}

/** The entries by name; undefined if some have none, or the same. */
function namesIn(list: readonly unknown[], member: 'id' | 'name'): Map<string, unknown> | undefined {
  const names = new Map(list.flatMap((one) => (isMapping(one) && typeof one[member] === 'string' ? [[one[member], one] as const] : [])));
  return names.size === list.length ? names : undefined;
}

const isMapping = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const own = (mapping: Record<string, unknown>, name: string): unknown => (Object.hasOwn(mapping, name) ? mapping[name] : undefined);

const joined = (path: string, name: string): string => {
  const part = /^[\p{L}\p{N}_-]+$/u.test(name) ? name : JSON.stringify(name);
  return path === '' ? part : `${path}.${part}`;
};
