import { readFileSync } from 'node:fs';
import { InvalidDocument } from '@leadlog/documents';
import {
  alwaysAtWork,
  businessTimeOf,
  dueForRep,
  hasLeft,
  isAbsent,
  parseDuration,
  parseOrganisation,
  publicHoliday,
  repOf,
  unknownHolidays,
} from '@leadlog/organisation';

const text = `
calendar:
  timezone: Asia/Tokyo
  country: JP
  holidays: [{ date: 2026-05-01, name: 創立記念日 }]
  hours: { mon: 09:00-18:00, tue: 09:00-18:00, wed: 09:00-18:00, thu: [09:00-12:00, 13:00-18:00], fri: 09:00-18:00 }
teams:
  - { id: inside-1, kind: inside, manager: rep-1 }
  - { id: agency, name: 外部, kind: field, employer: agency }
reps:
  - { id: rep-1, name: 佐藤, team: inside-1, weight: 2.5, capacity: 3 }
  - { id: rep-2, team: agency, hours: { sat: 22:00-06:00 }, absent: [{ from: 2026-04-28, to: 2026-04-30 }], leftOn: 2026-07-01 }
`;
const organisation = parseOrganisation(text);
const problems = (wrong: string): string[] => {
  try {
    parseOrganisation(wrong, 'org.yaml');
  } catch (error) {
    if (error instanceof InvalidDocument) return error.message.split('\n');
    throw error;
  }
  return [];
};
const at = (local: string): number => Date.parse(`${local}+09:00`);
const due = (repId: string | undefined, from: string, duration: string): string =>
  new Date(dueForRep(organisation, repId, at(from), parseDuration(duration)!) + 9 * 3_600_000).toISOString().slice(0, 16);

describe('an organisation', () => {
  it('is read with what was left out', () => {
    expect(organisation.teams).toEqual([
      { id: 'inside-1', kind: 'inside', employer: 'own', manager: 'rep-1' },
      { id: 'agency', name: '外部', kind: 'field', employer: 'agency' },
    ]);
    expect(organisation.reps).toEqual([
      { id: 'rep-1', name: '佐藤', team: 'inside-1', weight: 2.5, capacity: 3, absent: [] },
      {
        id: 'rep-2',
        team: 'agency',
        weight: 1,
        hours: { sat: [{ from: 1_320, to: 1_800 }] },
        absent: [{ from: '2026-04-28', to: '2026-04-30' }],
        leftOn: '2026-07-01',
      },
    ]);
    expect(organisation.calendar.hours.thu).toEqual([
      { from: 540, to: 720 },
      { from: 780, to: 1_080 },
    ]);
  });

  it('has a file to start from', () => {
    const standard = readFileSync('libs/organisation/organisations/standard.yaml', 'utf8');
    expect(parseOrganisation(standard).reps.map(({ id }) => id)).toEqual(['rep-01', 'rep-02', 'rep-03', 'rep-04', 'rep-05']);
  });

  it.each([
    ['a misspelt member', text.replace('capacity', 'capacty'), 'org.yaml:11:57: reps: there is no capacty; the nearest is capacity'],
    [
      'a team that there is not',
      text.replace('team: agency', 'team: agenci'),
      'org.yaml:12:24: rep rep-2: team: there is no agenci; the nearest is agency',
    ],
    ['a rep twice', text.replace('id: rep-2', 'id: rep-1'), 'org.yaml:12:5: reps: expected each id once, got rep-1 again'],
    [
      'an id that no event could name',
      text.replace('id: rep-2', "id: 'rep 2'"),
      'org.yaml:12:11: reps: id: expected 1 to 128 characters without white space and "|", got "rep 2"',
    ],
    ['a weight of nothing', text.replace('2.5', '0'), 'org.yaml:11:52: rep rep-1: weight: expected a number above 0, got 0'],
    [
      'half a lead',
      text.replace('capacity: 3', 'capacity: 2.5'),
      'org.yaml:11:67: rep rep-1: capacity: expected a whole number of open handoffs from 0 to 100000, got 2.5',
    ],
    [
      'hours that are none',
      text.replace('mon: 09:00-18:00', 'mon: 9 to 5'),
      'org.yaml:6:17: calendar: hours: mon: expected hours such as 09:00-12:00, 13:00-18:00, got "9 to 5"',
    ],
    [
      'hours that overlap',
      text.replace('13:00-18:00]', '11:00-18:00]'),
      'org.yaml:6:71: calendar: hours: thu: expected hours one after the other, without overlap, got a list',
    ],
    [
      'a day that there is not',
      text.replace('2026-05-01', '2026-02-30'),
      'org.yaml:5:22: calendar: holidays: date: expected a day such as 2026-12-29, got "2026-02-30"',
    ],
    [
      'an absence that ends before it begins',
      text.replace('to: 2026-04-30', 'to: 2026-04-01'),
      'the last day of the absence, 2026-04-28 or later, got 2026-04-01',
    ],
    [
      'a zone that there is not',
      text.replace('Asia/Tokyo', 'Asia/Tokio'),
      'org.yaml:3:13: calendar: timezone: expected an IANA time zone such as Asia/Tokyo, got "Asia/Tokio"',
    ],
    [
      'a country whose holidays are not known',
      text.replace('country: JP', 'country: FR'),
      'org.yaml:4:12: calendar: country: expected JP or none, got "FR"',
    ],
    [
      'nobody who ever works',
      text.replace(/hours: \{ mon.*\}/, 'hours: {}'),
      'calendar: hours: expected working hours on a day, such as mon: 09:00-18:00, got none',
    ],
    [
      'nobody',
      'calendar: { timezone: UTC, country: none, hours: { mon: 00:00-24:00 } }\nteams: []\nreps: []',
      'org.yaml:3:7: reps: expected at least one, got none',
    ],
    ['nothing', '', 'org.yaml:1:1: organisation: expected a mapping, got nothing'],
  ])('is refused with %s, by line and column', (_, wrong, message) => {
    expect(problems(wrong).join('\n')).toContain(message);
  });

  it.each([
    ['its own holiday and the public ones', 'rep-1', '2026-04-30T17:00', '1bd', '2026-05-07T17:00'],
    ['the hours of the company for those without their own', 'rep-1', '2026-09-18T17:00', '2bh', '2026-09-24T10:00'],
    ['the same for nobody in particular', undefined, '2026-09-18T17:00', '2bh', '2026-09-24T10:00'],
    ['hours of their own, past midnight', 'rep-2', '2026-04-17T12:00', '5bh', '2026-04-19T03:00'],
    ['the hours of the company once somebody has left', 'rep-2', '2026-07-01T09:00', '2bh', '2026-07-01T11:00'],
  ])('gives business time by %s', (_, repId, from, duration, by) => expect(due(repId, from, duration)).toBe(by));

  it('knows who is absent and who has left', () => {
    const rep = repOf(organisation, 'rep-2')!;
    expect(['2026-04-27', '2026-04-28', '2026-04-30', '2026-05-01'].map((day) => isAbsent(rep, day))).toEqual([false, true, true, false]);
    expect(['2026-06-30', '2026-07-01'].map((day) => hasLeft(rep, day))).toEqual([false, true]);
    expect(businessTimeOf(organisation, 'rep-2')).toBe(businessTimeOf(organisation, 'rep-2'));
  });

  it('that nobody wrote has everybody always at work', () => {
    const always = alwaysAtWork([{ id: 'a', team: 't', weight: 1 }], 'Europe/Berlin');
    const [from, to] = [Date.parse('2026-03-28T00:00Z'), Date.parse('2026-03-30T00:00Z')];
    expect(businessTimeOf(always, 'a').between(from, to)).toBe(to - from);
    expect(always.teams).toEqual([{ id: 't', kind: 'inside', employer: 'own' }]);
  });
});

describe('public holidays', () => {
  it('are those of Japan, with the days in between and the days instead', () => {
    expect(['2026-05-03', '2026-05-06', '2026-09-22', '2026-09-23', '2026-09-24'].map((day) => publicHoliday('JP', day))).toEqual([
      '憲法記念日',
      'こどもの日 振替休日',
      '休日',
      '秋分の日',
      undefined,
    ]);
    expect(publicHoliday('none', '2026-05-03')).toBeUndefined();
  });

  it('that are not known are said', () => {
    expect(unknownHolidays('JP', '2050-12-31')).toBeUndefined();
    expect(unknownHolidays('JP', '2051-01-01')).toBe(
      'public holidays of Japan are known from 1970 to 2050, not of 2051: its days count as working days unless calendar.holidays names them',
    );
    expect(unknownHolidays('none', '2051-01-01')).toBeUndefined();
  });
});
