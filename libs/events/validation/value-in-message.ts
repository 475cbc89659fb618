/** A received value, short enough for an error message. */
export function shown(value: unknown): string {
  if (value === undefined) return 'nothing';
  // A long text, which may be a megabyte, is cut first.
  const text = written(typeof value === 'string' ? value.slice(0, 100) : value);
  // After a whole character.
  return text.length <= 80 ? text : `${text.slice(0, 77).replace(/[\ud800-\udbff]$/, '')}…`;
}

/** JSON.parse accepts any depth, JSON.stringify does not: a received value must not break the answer. */
function written(value: unknown): string {
  try {
    return JSON.stringify(value);
  } catch (error) {
    if (error instanceof RangeError) return 'a value nested thousands of levels deep';
    throw error;
  }
}
