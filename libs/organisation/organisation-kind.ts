import { stringify } from 'yaml';
import { keptOf, versionOfMeaning, type DocumentKind, type OfSettings } from '@leadlog/documents';
import { ORGANISATION_SCHEMA } from './organisation-schema';
import { alwaysAtWork, WEEKDAYS, type Organisation, type Rep } from './organisation';
import { readOrganisation } from './read-organisation';

/** The organisation as a document that is stored. There is one; the name that it may give itself is no part of it. */
export const organisationKind: DocumentKind<Organisation> = {
  name: 'organisation',
  noun: 'organisation',
  drafted: 'OrganisationDrafted',
  published: 'OrganisationPublished',
  category: 'organisation',
  by: 'organisation',
  schema: ORGANISATION_SCHEMA,
  read: (text, file) => {
    const { document } = readOrganisation(text, file);
    return { ...keptOf(document, text, (definition) => readOrganisation(definition, file).organisation), id: 'organisation' };
  },
  contentOf: ({ definition }, name) => readOrganisation(definition, name).organisation,
};

/** For whoever has written none: these reps, always at work, as a document that could have been written. */
export function unwrittenOrganisation(reps: readonly Pick<Rep, 'id' | 'team' | 'weight'>[], timezone: string): OfSettings<Organisation> {
  const content = alwaysAtWork(reps, timezone);
  const definition = {
    calendar: { timezone, country: 'none', hours: Object.fromEntries(WEEKDAYS.map((day) => [day, '00:00-24:00'])) },
    teams: content.teams.map(({ id, kind }) => ({ id, kind })),
    reps: reps.map(({ id, team, weight }) => ({ id, team, weight })),
  };
  const text = `# The reps of the handoff policy, always at work.\n${stringify(definition)}`;
  return { id: 'organisation', version: versionOfMeaning(content), definition, text, content };
}
