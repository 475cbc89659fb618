import { types } from 'node:util';

/**
 * Where `value` holds something that would change when written and read again, such as an instance of a class, and what it is;
 * undefined if nowhere. Plain objects, lists, Map, Set, Date, strings, numbers, true, false, null and undefined are unchanged.
 */
export function notKeepable(value: unknown, path = 'the state', seen = new Set<object>()): string | undefined {
  if (typeof value === 'function' || typeof value === 'symbol') return `${path} is a ${typeof value}`;
  if (typeof value !== 'object' || value === null || seen.has(value)) return undefined;
  seen.add(value);
  if (types.isDate(value) || types.isTypedArray(value)) return undefined;
  // An instance of a class that is not built in: its prototype chain is longer.
  if (!isOwnKind(value)) return `${path} is an object of the class ${value.constructor.name}`;
  const members: Iterable<[unknown, unknown]> = types.isMap(value)
    ? value
    : types.isSet(value)
      ? [...value].entries()
      : Object.entries(value);
  for (const [name, member] of members) {
    const wrong =
      (types.isMap(value) ? notKeepable(name, `a key of ${path}`, seen) : undefined) ??
      notKeepable(member, `${path}.${String(name)}`, seen);
    if (wrong !== undefined) return wrong;
  }
  return undefined;
}

function isOwnKind(value: object): boolean {
  const prototype = Object.getPrototypeOf(value) as object | null;
  return (
    prototype === null ||
    Object.getPrototypeOf(prototype) === null ||
    ((Array.isArray(value) || types.isMap(value) || types.isSet(value)) && Object.getPrototypeOf(Object.getPrototypeOf(prototype)) === null)
  );
}
