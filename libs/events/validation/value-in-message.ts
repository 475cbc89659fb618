/** A value that came, short enough for an error message. */
export function shown(value: unknown): string {
  if (value === undefined) return 'nothing';
  // A long text is cut before it is written: it may be a megabyte.
  const text = written(typeof value === 'string' ? value.slice(0, 100) : value);
  // Behind a whole character.
  return text.length <= 80 ? text : `${text.slice(0, 77).replace(/[\ud800-\udbff]$/, '')}…`;
}

/** JSON.parse takes any depth, JSON.stringify does not: what was sent must not break the answer to it. */
function written(value: unknown): string {
  try {
    return JSON.stringify(value);
  } catch (error) {
    if (error instanceof RangeError) return 'a value nested thousands of levels deep';
    throw error;
  }
}
