import { createHash } from 'node:crypto';

/** Short hash of what a document means, checked and normalised: the same whatever its comments, order of names or style. */
export const versionOfMeaning = (content: unknown): string => createHash('sha256').update(canonical(content)).digest('hex').slice(0, 12);

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const entries = Object.entries(value).filter(([, member]) => member !== undefined);
  return `{${entries
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, member]) => `${JSON.stringify(name)}:${canonical(member)}`)
    .join(',')}}`;
}
