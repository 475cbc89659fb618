/** `1 row`, `2 rows`: a number, also one that is written already, and what there are so many of. */
export const counted = (count: number | string, one: string, several = `${one}s`): string => `${count} ${String(count) === '1' ? one : several}`;
