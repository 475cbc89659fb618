import type { GenerationRecord } from './store';

/** `<projection>.<n>`, one above the highest there is. */
export function nextId(projection: string, generations: readonly GenerationRecord[]): string {
  const numbers = generations.filter((one) => one.projection === projection).map(numberOf);
  return `${projection}.${Math.max(0, ...numbers) + 1}`;
}

/** The n of `<projection>.<n>`. */
export const numberOf = ({ id, projection }: Pick<GenerationRecord, 'id' | 'projection'>): number => Number(id.slice(projection.length + 1));
