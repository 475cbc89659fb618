import { BusinessTime, NeverAtWork, type Shift } from './business-time';
import { dueAfter, type Duration } from './durations';
import { publicHoliday, type Country } from './holidays';

/** Who works for sales, in which teams, and when. Written by people, in YAML. */
export interface Organisation {
  /** When the company works; reps without hours of their own work then. */
  readonly calendar: Calendar;
  readonly teams: readonly Team[];
  readonly reps: readonly Rep[];
}

export interface Calendar {
  /** IANA name. */
  readonly timezone: string;
  /** Whose public holidays are not worked. */
  readonly country: Country;
  /** Days that are not worked either. */
  readonly holidays: readonly { readonly date: string; readonly name?: string }[];
  readonly hours: WeekHours;
}

export const WEEKDAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
export type Weekday = (typeof WEEKDAYS)[number];
/** Days that are left out are not worked. */
export type WeekHours = Readonly<Partial<Record<Weekday, readonly Shift[]>>>;

export const TEAM_KINDS = ['inside', 'field'] as const;
export const EMPLOYERS = ['own', 'agency'] as const;

export interface Team {
  readonly id: string;
  readonly name?: string;
  readonly kind: (typeof TEAM_KINDS)[number];
  readonly employer: (typeof EMPLOYERS)[number];
  readonly manager?: string;
}

export interface Rep {
  readonly id: string;
  readonly name?: string;
  readonly team: string;
  /** Share of the leads, compared with those of others. */
  readonly weight: number;
  /** Most open handoffs; undefined: any number. */
  readonly capacity?: number;
  /** Where they differ from those of the company. */
  readonly hours?: WeekHours;
  /** Days, both included. */
  readonly absent: readonly { readonly from: string; readonly to: string }[];
  /** The first day on which they do not work here any more. */
  readonly leftOn?: string;
}

const ROUND_THE_CLOCK: WeekHours = Object.fromEntries(WEEKDAYS.map((day) => [day, [{ from: 0, to: 1_440 }]]));

/** For whoever has written none: these reps, always at work. */
export function alwaysAtWork(reps: readonly Pick<Rep, 'id' | 'team' | 'weight'>[], timezone: string): Organisation {
  return {
    calendar: { timezone, country: 'none', holidays: [], hours: ROUND_THE_CLOCK },
    teams: [...new Set(reps.map(({ team }) => team))].map((id) => ({ id, kind: 'inside', employer: 'own' })),
    reps: reps.map(({ id, team, weight }) => ({ id, team, weight, absent: [] })),
  };
}

/** Whether nobody has written one. */
export const isUnwritten = ({ calendar }: Organisation): boolean => calendar.hours === ROUND_THE_CLOCK;

export const repOf = ({ reps }: Organisation, repId: string): Rep | undefined => reps.find(({ id }) => id === repId);
export const teamOf = ({ teams }: Organisation, teamId: string): Team | undefined => teams.find(({ id }) => id === teamId);

/** Days are YYYY-MM-DD. */
export const hasLeft = ({ leftOn }: Rep, day: string): boolean => leftOn !== undefined && day >= leftOn;
export const isAbsent = ({ absent }: Rep, day: string): boolean => absent.some(({ from, to }) => day >= from && day <= to);

/** Remembered, because it keeps what it has computed. */
const times = new WeakMap<Organisation, Map<string, BusinessTime>>();

/** The business time of a rep; of the company, if no rep is named or the rep is not known here. */
export function businessTimeOf(organisation: Organisation, repId?: string): BusinessTime {
  const rep = repId === undefined ? undefined : repOf(organisation, repId);
  const ofReps = times.get(organisation) ?? new Map<string, BusinessTime>();
  times.set(organisation, ofReps);
  const key = rep ? `rep ${rep.id}` : 'company';
  const known = ofReps.get(key);
  if (known) return known;
  const { calendar } = organisation;
  const own = new Set(calendar.holidays.map(({ date }) => date));
  const hours = rep?.hours ?? calendar.hours;
  const isClosed = (day: string): boolean =>
    own.has(day) || publicHoliday(calendar.country, day) !== undefined || (rep !== undefined && (hasLeft(rep, day) || isAbsent(rep, day)));
  const time = new BusinessTime(calendar.timezone, (day) => (isClosed(day) ? [] : (hours[weekdayOf(day)] ?? [])));
  ofReps.set(key, time);
  return time;
}

/** When a duration that begins at `at` (ms) is over for a rep; by the hours of the company once the rep does not work any more. */
export function dueForRep(organisation: Organisation, repId: string | undefined, at: number, duration: Duration): number {
  try {
    return dueAfter(at, duration, businessTimeOf(organisation, repId));
  } catch (error) {
    if (!(error instanceof NeverAtWork) || repId === undefined) throw error;
    return dueAfter(at, duration, businessTimeOf(organisation));
  }
}

const weekdayOf = (day: string): Weekday => WEEKDAYS[(new Date(`${day}T00:00:00Z`).getUTCDay() + 6) % 7]!;
