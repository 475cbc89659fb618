import { merged, type Layer, type Profile } from '@leadlog/events';

/** List of the leads that have a text, by part, and the fingerprints that show which parts have changed. */
export const TEXTS = '~texts';

/** The searchable text. */
const SEARCHED = ['name', 'email', 'company', 'department', 'title'] as const satisfies readonly (keyof Profile)[];

/** Width, case and spaces do not matter. */
export const searchable = (text: string): string => text.normalize('NFKC').toLowerCase().replace(/\s+/gu, ' ').trim();

/** Undefined if the profile has none of it. */
export function textOf(profile: readonly Layer<Profile>[]): string | undefined {
  const fields = merged(profile);
  return searchable(SEARCHED.flatMap((field) => fields[field] || []).join(' ')) || undefined;
}
