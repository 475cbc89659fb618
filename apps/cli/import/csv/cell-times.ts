import { isCalendarDate, localMoments, startOfLocalDay } from '@leadlog/time';

/** Reads what a cell says of time. */
export interface TimeForm {
  /** What a cell should look like. */
  expected: string;
  /** The moment (ms), or the day (YYYY-MM-DD) where no time of day is said. Undefined for a cell of another form. */
  read(cell: string, timezone: string): { ms: number } | { day: string } | undefined;
}

/**
 * `date`, `datetime`, `epoch`, `epoch-ms`, `excel`, or a pattern such as `M/D/YYYY h:mm A`. Of a local time that clocks showed twice it is
 * the earlier one; one that
 * they skipped is read on the clock as it was before. Answers what was expected where it is none of them.
 */
export function timeForm(format: string): TimeForm | string {
  const known = NAMED[format];
  if (known) return known;
  const pattern = patternOf(format);
  if (typeof pattern === 'string') return pattern;
  return {
    expected: `a ${pattern.hasClock ? 'time' : 'day'} as ${format}`,
    read: (cell, timezone) => moment(pattern.regex.exec(plain(cell)), timezone),
  };
}

export const momentOf = (said: { ms: number } | { day: string }, timezone: string): number =>
  'ms' in said ? said.ms : startOfLocalDay(said.day, timezone);

const CLOCK = String.raw`(?:(?<noon>午前|午後)\s*)?(?<H>\d{1,2})(?::|時)(?<m>\d{2}|\d{1,2}(?=分))(?:(?::|分)(?<s>\d{2}|\d{1,2}(?=秒))秒?|分)?(?:[.,](?<f>\d{1,9}))?\s*(?<A>[AaPp]\.?[Mm]\.?)?`;
const OFFSET = String.raw`\s*(?<Z>Z|z|[+-]\d{2}:?\d{2}|UTC|GMT)?`;
const DAY = String.raw`(?:(?<era>令和|平成|昭和|大正|明治|[RHSTM])\s*(?<eraYear>\d{1,2}|元)(?:年\s*|[-/.])|(?<YYYY>\d{4})(?:年\s*|[-/.]))(?<M>\d{1,2})(?:月\s*|[-/.])(?<D>\d{1,2})日?(?:\s*\([日月火水木金土]\))?`;
const ISO_DAY = new RegExp(`^${DAY}$`);
const ISO_TIME = new RegExp(`^${DAY}(?:\\s*[T ]\\s*|(?<=日|\\)))${CLOCK}${OFFSET}$`);

const epoch = (unit: number, expected: string): TimeForm => ({
  expected,
  read(cell) {
    const ms = /^\d{1,14}(\.\d+)?$/.test(plain(cell)) ? Number(plain(cell)) * unit : NaN;
    // Seconds taken for milliseconds are in January 1970, milliseconds for seconds after the year 5000.
    return ms >= Date.UTC(1975) && ms < Date.UTC(2200) ? { ms: Math.round(ms) } : undefined;
  },
});

const NAMED: Readonly<Record<string, TimeForm | undefined>> = Object.assign(Object.create(null) as Record<string, TimeForm>, {
  date: {
    expected: 'a day as YYYY-MM-DD (another order is said as format: M/D/YYYY, or whatever it is)',
    read: (cell: string, timezone: string) => moment(ISO_DAY.exec(plain(cell)), timezone),
  },
  datetime: {
    expected:
      'a time as YYYY-MM-DD hh:mm:ss, with or without Z or an offset (another order is said as format: M/D/YYYY h:mm A, or whatever it is)',
    read: (cell: string, timezone: string) => moment(ISO_TIME.exec(plain(cell)), timezone),
  },
  epoch: epoch(1_000, 'seconds since 1970 (milliseconds are format: epoch-ms)'),
  'epoch-ms': epoch(1, 'milliseconds since 1970 (seconds are format: epoch)'),
  excel: {
    expected: 'days since 1899-12-30, as Excel counts them',
    read(cell: string, timezone: string) {
      const days = /^\d{5}(\.\d+)?$/.test(plain(cell)) ? Number(plain(cell)) : NaN;
      if (Number.isNaN(days)) return undefined;
      const clock = Math.round((days - 25_569) * 86_400) * 1_000;
      return Number.isInteger(days) ? { day: new Date(clock).toISOString().slice(0, 10) } : { ms: localMoments(clock, timezone)[0]! };
    },
  },
});

export const TIME_FORMATS = [
  'date',
  'datetime',
  'epoch',
  'epoch-ms',
  'excel',
  'M/D/YYYY',
  'D/M/YYYY',
  'DD.MM.YYYY',
  'M/D/YYYY h:mm A',
  'YYYY-MM-DD HH:mm:ss',
];

const MONTHS = ['january', 'february', 'march', 'april', 'may', 'june', 'july', 'august', 'september', 'october', 'november', 'december'];
const TOKENS: Readonly<Record<string, string>> = {
  YYYY: '(?<YYYY>\\d{4})',
  YY: '(?<YY>\\d{2})',
  MMMM: '(?<MMM>[A-Za-z]{3,9})\\.?',
  MMM: '(?<MMM>[A-Za-z]{3,9})\\.?',
  MM: '(?<M>\\d{1,2})',
  M: '(?<M>\\d{1,2})',
  DD: '(?<D>\\d{1,2})',
  D: '(?<D>\\d{1,2})',
  HH: '(?<H>\\d{1,2})',
  H: '(?<H>\\d{1,2})',
  hh: '(?<h>\\d{1,2})',
  h: '(?<h>\\d{1,2})',
  mm: '(?<m>\\d{2})',
  m: '(?<m>\\d{1,2})',
  ss: '(?<s>\\d{2})',
  s: '(?<s>\\d{1,2})',
  S: '(?<f>\\d{1,9})',
  A: '(?<A>[AaPp]\\.?[Mm]\\.?|午前|午後)',
  Z: '(?<Z>Z|[+-]\\d{2}:?\\d{2})',
};

function patternOf(format: string): { regex: RegExp; hasClock: boolean } | string {
  const parts = [...format.matchAll(/YYYY|YY|M{1,4}|D{1,2}|H{1,2}|h{1,2}|m{1,2}|s{1,2}|S+|A|Z|T(?=H)|[A-Za-z]+|\s+|./gu)].map(([part]) =>
    part.startsWith('S') ? 'S' : part,
  );
  const unknown = parts.find((part) => /^[A-Za-z]/.test(part) && part !== 'T' && !(part in TOKENS));
  if (unknown !== undefined)
    return `one of ${TIME_FORMATS.join(', ')}, or another of YYYY, YY, M, MMM, D, H, h, mm, ss, S, A, Z (${unknown} is none)`;
  const named = parts.flatMap((part) => /\?<(\w+)>/.exec(TOKENS[part] ?? '')?.[1] ?? []);
  const twice = named.find((name, at) => named.indexOf(name) !== at);
  if (twice !== undefined) return `a pattern that says each part once (${twice} stands there twice)`;
  const has = (...names: string[]): boolean => names.some((name) => named.includes(name));
  if (!has('YYYY', 'YY') || !has('M', 'MMM') || !has('D'))
    return `one of ${TIME_FORMATS.join(', ')}, or another pattern with year, month and day`;
  if (has('h') && !has('A')) return 'A (AM or PM) in the pattern beside h; H is the hour of 24';
  if (has('m', 's', 'A') && !has('H', 'h')) return 'an hour (H, or h with A) in the pattern beside its minutes';
  const regex = parts.map((part) => TOKENS[part] ?? (/^\s/.test(part) ? '\\s+' : part.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&'))).join('');
  return { regex: new RegExp(`^${regex}$`, 'u'), hasClock: has('H', 'h') };
}

/** Full-width digits and separators are those; blanks of any kind and number are one. */
const plain = (cell: string): string => cell.normalize('NFKC').replace(/\s+/gu, ' ').trim();

const ERAS: Readonly<Record<string, readonly [first: string, before: number]>> = {
  令和: ['2019-05-01', 2018],
  平成: ['1989-01-08', 1988],
  昭和: ['1926-12-25', 1925],
  大正: ['1912-07-30', 1911],
  明治: ['1868-10-23', 1867],
};
const ERA_LETTERS: Readonly<Record<string, string>> = { R: '令和', H: '平成', S: '昭和', T: '大正', M: '明治' };

function moment(found: RegExpExecArray | null, timezone: string): { ms: number } | { day: string } | undefined {
  const part = found?.groups;
  if (!part) return undefined;
  const day = dayOf(part);
  if (day === undefined) return undefined;
  if (part['H'] === undefined && part['h'] === undefined) return { day };
  const hour = hourOf(part);
  const [minute, second] = [Number(part['m'] ?? 0), Number(part['s'] ?? 0)];
  if (hour === undefined || minute > 59 || second > 59) return undefined;
  const clock =
    Date.parse(`${day}T00:00:00Z`) + ((hour * 60 + minute) * 60 + second) * 1_000 + Math.floor(Number(`0.${part['f'] ?? 0}`) * 1_000);
  const zone = part['Z'];
  if (zone === undefined) return { ms: localMoments(clock, timezone)[0]! };
  const offset = /^([+-])(\d{2}):?(\d{2})$/.exec(zone);
  if (!offset) return { ms: clock };
  const minutes = Number(offset[2]) * 60 + Number(offset[3]);
  return Number(offset[3]) > 59 || minutes > 18 * 60 ? undefined : { ms: clock - (offset[1] === '-' ? -1 : 1) * minutes * 60_000 };
}

function dayOf(part: Record<string, string | undefined>): string | undefined {
  const month = part['MMM'] === undefined ? Number(part['M']) : MONTHS.findIndex((name) => name.startsWith(part['MMM']!.toLowerCase())) + 1;
  const rest = `-${String(month).padStart(2, '0')}-${part['D']!.padStart(2, '0')}`;
  if (part['era'] !== undefined) {
    const [first, before] = ERAS[ERA_LETTERS[part['era']] ?? part['era']]!;
    const day = `${before + (part['eraYear'] === '元' ? 1 : Number(part['eraYear']))}${rest}`;
    return isCalendarDate(day) && day >= first ? day : undefined;
  }
  // As POSIX has it: 69 is 1969, 68 is 2068.
  const year = part['YYYY'] ?? (Number(part['YY']) >= 69 ? `19${part['YY']}` : `20${part['YY']}`);
  const day = `${year}${rest}`;
  return isCalendarDate(day) ? day : undefined;
}

function hourOf(part: Record<string, string | undefined>): number | undefined {
  const half = part['A'] ?? part['noon'];
  const hour = Number(part['h'] ?? part['H']);
  if (half === undefined) return hour > 23 ? undefined : hour;
  const afternoon = /^(p|午後)/i.test(half);
  // 午後0時 is noon; 12 AM is midnight.
  if (hour > 12 || (hour === 0 && !half.startsWith('午') && part['h'] !== undefined)) return undefined;
  return (hour % 12) + (afternoon ? 12 : 0);
}
