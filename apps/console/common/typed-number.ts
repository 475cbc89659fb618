/** What somebody typed, as a number: 2,000,000, １６ and 120円 too; undefined if it is none. Not below nothing. */
export function typedNumber(text: string): number | undefined {
  const plain = text.normalize('NFKC').replace(/[,円¥\s]/g, '');
  const value = Number(plain);
  return plain === '' || !Number.isFinite(value) || value < 0 ? undefined : value;
}

/** An amount of yen, which is whole and more than nothing. */
export function typedYen(text: string): number | undefined {
  const value = typedNumber(text);
  return value !== undefined && Number.isSafeInteger(value) && value > 0 ? value : undefined;
}
