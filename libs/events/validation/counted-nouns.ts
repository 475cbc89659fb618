/** `1 row`, `2 rows`: a number, which may already be text, and its noun. */
export const counted = (count: number | string, one: string, several = `${one}s`): string =>
  `${count} ${String(count) === '1' ? one : several}`;
