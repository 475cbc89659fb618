import { businessTimeOf, parseOrganisation, type BusinessTime, type Organisation } from '@leadlog/organisation';
import { DAY, japaneseTime, startOfDay, workdayAfter } from './business-calendar';
import { FAMILY, GIVEN, type Company, type Rep, type SimulationOptions } from './company';
import { Random } from './random';

/** Open handoffs that an inside rep takes at most. */
const CAPACITY = 14;
const PART_TIME = 'hours: { mon: 10:00-16:00, tue: 10:00-16:00, thu: 10:00-16:00 }';

/**
 * Who of the company is at work when, as its organisation says: the same document that the engine reads, so that nobody in the simulation
 * works while the engine takes them to be away. Made with a randomness of its own, so that the company is the same without it.
 */
export class Roster {
  /** YAML. */
  readonly document: string;
  private readonly organisation: Organisation;

  constructor(company: Company, options: SimulationOptions) {
    this.document = documentOf(company, options);
    this.organisation = parseOrganisation(this.document);
  }

  /** Whether they work on the day that begins then. */
  isThere(rep: Rep, day: number): boolean {
    return this.timeOf(rep).between(day, day + DAY) > 0;
  }

  /** The first day at or after so many days behind this one on which they work. */
  workdayAfter(rep: Rep, day: number, days: number): number {
    let next = workdayAfter(day, days);
    while (!this.isThere(rep, next)) next = workdayAfter(next, 1);
    return next;
  }

  timeOf(rep: Rep): BusinessTime {
    return businessTimeOf(this.organisation, rep.id);
  }
}

function documentOf({ inside, field }: Company, { seed, from, to }: SimulationOptions): string {
  const random = new Random(seed ^ 0x0ff1ce);
  const teams = [...new Set([...inside, ...field].map(({ teamId }) => teamId))].sort();
  const years = yearsOf(from.getTime(), to.getTime());
  return [
    'organisation: demo',
    'calendar:',
    '  timezone: Asia/Tokyo',
    '  country: JP',
    '  holidays:',
    ...years.flatMap((year) => daysOff(year).map((day) => `    - { date: ${day} }`)),
    '  hours:',
    ...['mon', 'tue', 'wed', 'thu', 'fri'].map((day) => `    ${day}: 09:00-12:00, 13:00-18:00`),
    'teams:',
    ...teams.map(
      (id) => `  - { id: ${id}, kind: ${id.startsWith('inside') ? 'inside' : 'field'}${id === 'inside-2' ? ', employer: agency' : ''} }`,
    ),
    'reps:',
    ...inside.map((rep, index) => lineOf(rep, random, { from, to }, [`capacity: ${CAPACITY}`, ...(index % 7 === 6 ? [PART_TIME] : [])])),
    ...field.map((rep) => lineOf(rep, random, { from, to }, [])),
    '',
  ].join('\n');
}

function lineOf(rep: Rep, random: Random, span: { from: Date; to: Date }, more: readonly string[]): string {
  const absent = absencesOf(random, span.from.getTime(), span.to.getTime());
  const members = [
    `id: ${rep.id}`,
    `name: ${random.pick(FAMILY)} ${random.pick(GIVEN)}`,
    `team: ${rep.teamId}`,
    ...more,
    ...(absent.length > 0 ? [`absent: [${absent.map((days) => `{ from: ${days.from}, to: ${days.to} }`).join(', ')}]`] : []),
  ];
  return `  - { ${members.join(', ')} }`;
}

/** Most take a few days off in each quarter; some fall ill. */
function absencesOf(random: Random, from: number, to: number): { from: string; to: string }[] {
  const absences: { from: string; to: string }[] = [];
  for (let begin = startOfDay(from); begin < to; begin += 91 * DAY) {
    if (!random.chance(0.7)) continue;
    const first = begin + random.whole(0, 80) * DAY;
    absences.push({ from: dayOf(first), to: dayOf(first + random.whole(0, 6) * DAY) });
  }
  return absences;
}

/** The days around New Year and in August on which the company is closed, besides public holidays. */
const daysOff = (year: number): string[] =>
  ['01-02', '01-03', '08-13', '08-14', '08-15', '12-29', '12-30', '12-31'].map((day) => `${year}-${day}`);

const dayOf = (at: number): string => japaneseTime(at).slice(0, 10);

function yearsOf(from: number, to: number): number[] {
  const [first, last] = [from, to].map((at) => Number(japaneseTime(at).slice(0, 4))) as [number, number];
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}
