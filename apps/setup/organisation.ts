import type { OfSettings } from '@leadlog/documents';
import type { HandoffPolicy } from '@leadlog/handoff';
import type { TeamOf } from '@leadlog/lead';
import { organisationKind, repOf, unknownHolidays, unwrittenOrganisation, type Organisation } from '@leadlog/organisation';
import { addDays, localDay } from '@leadlog/time';
import { documentOfSettings } from './document-of-settings';
import type { Settings } from './settings';

/**
 * The organisation of the file; without one, the reps of the policy, which may change while the program runs. Throws WrongSetting for a file
 * that cannot be read or is no organisation.
 */
export function readOrganisation(
  { organisationFile, timezone }: Pick<Settings, 'organisationFile' | 'timezone'>,
  policy: () => HandoffPolicy,
): () => OfSettings<Organisation> {
  if (organisationFile !== undefined) {
    const document = documentOfSettings(organisationKind, 'LEADLOG_ORGANISATION', organisationFile);
    return () => document;
  }
  let made: { of: HandoffPolicy['reps']; organisation: OfSettings<Organisation> } | undefined;
  return () => {
    const { reps } = policy();
    if (made?.of !== reps) made = { of: reps, organisation: unwrittenOrganisation(reps, timezone) };
    return made.organisation;
  };
}

/** The team of each rep. */
export const teamsOf =
  (organisation: () => Organisation): TeamOf =>
  (repId) =>
    repOf(organisation(), repId)?.team;

/** What an operator should know: that deadlines of the coming year may miss holidays. */
export function holidaysNotKnown({ calendar: { country, timezone } }: Organisation, now: number): string | undefined {
  const notKnown = unknownHolidays(country, addDays(localDay(now, timezone), 365));
  return notKnown && `LEADLOG_ORGANISATION: ${notKnown}`;
}
