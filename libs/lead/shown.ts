/** A value that came, short enough for an error message. */
export function shown(value: unknown): string {
  if (value === undefined) return 'nothing';
  const text = written(value);
  return text.length <= 80 ? text : `${text.slice(0, 77)}…`;
}

/** JSON.parse takes any depth, JSON.stringify does not: what was sent must not break the answer to it. */
function written(value: unknown): string {
  try {
    return JSON.stringify(value);
  } catch (error) {
    if (error instanceof RangeError) return 'something nested thousands of levels deep';
    throw error;
  }
}
