import type { GenerationRecord } from './store';

/** `<projection>.<n>`, one above the highest there is. */
export function nextId(projection: string, generations: readonly GenerationRecord[]): string {
  const numbers = generations.filter((one) => one.projection === projection).map((one) => Number(one.id.slice(projection.length + 1)));
  return `${projection}.${Math.max(0, ...numbers) + 1}`;
}
