export { BusinessTime, NeverAtWork } from './business-time';
export type { Shift, Span } from './business-time';
export { dueAfter, DURATION_EXAMPLES, DURATION_PATTERN, parseDuration } from './durations';
export type { Duration } from './durations';
export { COUNTRIES, publicHoliday, unknownHolidays } from './holidays';
export type { Country } from './holidays';
export {
  alwaysAtWork,
  businessTimeOf,
  dueForRep,
  EMPLOYERS,
  hasLeft,
  isAbsent,
  isUnwritten,
  repOf,
  TEAM_KINDS,
  teamOf,
  WEEKDAYS,
} from './organisation';
export type { Calendar, Organisation, Rep, Team, Weekday, WeekHours } from './organisation';
export { organisationKind, unwrittenOrganisation } from './organisation-kind';
export { ORGANISATION_SCHEMA } from './organisation-schema';
export { parseOrganisation } from './read-organisation';
