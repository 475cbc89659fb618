import { isScalar, isSeq, type Node } from 'yaml';
import { LONGEST_DOCUMENT, short, shown, unknownName, YamlDocument } from '@leadlog/documents';
import { isId } from '@leadlog/events';
import { isCalendarDate, isTimezone } from '@leadlog/time';
import type { Shift } from './business-time';
import { COUNTRIES } from './holidays';
import { EMPLOYERS, TEAM_KINDS, WEEKDAYS, type Calendar, type Organisation, type Rep, type Team, type WeekHours } from './organisation';

const LONGEST_NAME = 200;
const MOST_OPEN = 100_000;
const SHIFT = /^([01]?\d|2[0-4]):([0-5]\d) ?[-–~] ?([01]?\d|2[0-4]):([0-5]\d)$/;

/** An organisation from its text (YAML or JSON). Throws InvalidDocument, which names `file`, line and column of all problems. */
export const parseOrganisation = (text: string, file = 'organisation'): Organisation => readOrganisation(text, file).organisation;

/** The same, also from the content of a document as data; with the document that was read. */
export function readOrganisation(content: string | object, file: string): { organisation: Organisation; document: YamlDocument } {
  const document = new YamlDocument(file, content, 'organisation', LONGEST_DOCUMENT);
  const organisation = new OrganisationReader(document).organisation();
  document.finish();
  return { organisation, document };
}

class OrganisationReader {
  constructor(private readonly document: YamlDocument) {}

  organisation(): Organisation {
    const { document } = this;
    const members = document.members(
      document.root,
      'organisation',
      ['organisation', 'calendar', 'teams', 'reps'],
      ['calendar', 'teams', 'reps'],
    );
    this.text(members.get('organisation'), 'organisation');
    const calendar = this.calendar(members.get('calendar'));
    const teams = this.uniqueOnes(members.get('teams'), 'teams', (node) => this.team(node));
    const teamIds = teams.map(({ id }) => id);
    return { calendar, teams, reps: this.uniqueOnes(members.get('reps'), 'reps', (node) => this.rep(node, teamIds)) };
  }

  private calendar(node: Node | undefined): Calendar {
    const { document } = this;
    if (node === undefined) return { timezone: '', country: 'none', holidays: [], hours: {} };
    const members = document.members(node, 'calendar', ['timezone', 'country', 'holidays', 'hours'], ['timezone', 'country', 'hours']);
    const timezone = document.text(members.get('timezone'), 'calendar: timezone') ?? '';
    if (timezone !== '' && !isTimezone(timezone))
      document.wrong(
        members.get('timezone'),
        `calendar: timezone: expected an IANA time zone such as Asia/Tokyo, got ${JSON.stringify(short(timezone))}`,
      );
    return {
      timezone,
      country: this.oneOf(members.get('country'), 'calendar: country', COUNTRIES) ?? 'none',
      holidays: members.has('holidays')
        ? document.items(members.get('holidays'), 'calendar: holidays').map((item) => this.holiday(item))
        : [],
      hours: this.hours(members.get('hours'), 'calendar: hours') ?? {},
    };
  }

  private holiday(node: Node): Calendar['holidays'][number] {
    const members = this.document.members(node, 'calendar: holidays', ['date', 'name'], ['date']);
    const name = this.text(members.get('name'), 'calendar: holidays: name');
    return { date: this.day(members.get('date'), 'calendar: holidays: date') ?? '', ...(name !== undefined && { name }) };
  }

  private team(node: Node): Team {
    const known = ['id', 'name', 'kind', 'employer', 'manager'];
    const members = this.document.members(node, 'teams', known, ['id', 'kind']);
    const id = this.id(members.get('id'), 'teams: id');
    const what = `team ${short(id)}`;
    const name = this.text(members.get('name'), `${what}: name`);
    const manager = this.text(members.get('manager'), `${what}: manager`);
    return {
      id,
      ...(name !== undefined && { name }),
      kind: this.oneOf(members.get('kind'), `${what}: kind`, TEAM_KINDS) ?? 'inside',
      employer: this.oneOf(members.get('employer'), `${what}: employer`, EMPLOYERS) ?? 'own',
      ...(manager !== undefined && { manager }),
    };
  }

  private rep(node: Node, teams: readonly string[]): Rep {
    const { document } = this;
    const known = ['id', 'name', 'team', 'weight', 'capacity', 'hours', 'absent', 'leftOn'];
    const members = document.members(node, 'reps', known, ['id', 'team']);
    const id = this.id(members.get('id'), 'reps: id');
    const what = `rep ${short(id)}`;
    const name = this.text(members.get('name'), `${what}: name`);
    const team = this.document.text(members.get('team'), `${what}: team`) ?? '';
    if (team !== '' && !teams.includes(team)) document.wrong(members.get('team'), `${what}: team: ${unknownName(team, teams)}`);
    const weight = document.number(members.get('weight'), `${what}: weight`, 'a number above 0', (value) => value > 0) ?? 1;
    const capacity = document.number(
      members.get('capacity'),
      `${what}: capacity`,
      `a whole number of open handoffs from 0 to ${MOST_OPEN}`,
      (value) => Number.isInteger(value) && value >= 0 && value <= MOST_OPEN,
    );
    const hours = this.hours(members.get('hours'), `${what}: hours`);
    const leftOn = this.day(members.get('leftOn'), `${what}: leftOn`);
    return {
      id,
      ...(name !== undefined && { name }),
      team,
      weight,
      ...(capacity !== undefined && { capacity }),
      ...(hours !== undefined && { hours }),
      absent: members.has('absent')
        ? document.items(members.get('absent'), `${what}: absent`).map((item) => this.absence(item, `${what}: absent`))
        : [],
      ...(leftOn !== undefined && { leftOn }),
    };
  }

  private absence(node: Node, what: string): Rep['absent'][number] {
    const members = this.document.members(node, what, ['from', 'to'], ['from', 'to']);
    const from = this.day(members.get('from'), `${what}: from`) ?? '';
    const to = this.day(members.get('to'), `${what}: to`) ?? '';
    if (from !== '' && to !== '' && to < from)
      this.document.wrong(members.get('to'), `${what}: to: expected the last day of the absence, ${from} or later, got ${to}`);
    return { from, to };
  }

  /** At least one day must have working hours: who never works is left out, or has left. */
  private hours(node: Node | undefined, what: string): WeekHours | undefined {
    if (node === undefined) return undefined;
    const members = this.document.members(node, what, WEEKDAYS);
    const hours: { -readonly [Day in keyof WeekHours]: WeekHours[Day] } = {};
    for (const day of WEEKDAYS) if (members.has(day)) hours[day] = this.shifts(members.get(day)!, `${what}: ${day}`);
    if (members.size === 0) this.document.wrong(node, `${what}: expected working hours on a day, such as mon: 09:00-18:00, got none`);
    return hours;
  }

  /** `09:00-12:00, 13:00-18:00`, or a list of such texts. */
  private shifts(node: Node, what: string): readonly Shift[] {
    const texts = (isSeq(node) ? (node.items as Node[]) : [node]).flatMap((item) =>
      isScalar(item) && typeof item.value === 'string' ? item.value.split(',') : [undefined],
    );
    const shifts: Shift[] = [];
    for (const text of texts) {
      const shift = text === undefined ? undefined : shiftOf(text.trim());
      if (!shift) {
        this.document.wrong(node, `${what}: expected hours such as 09:00-12:00, 13:00-18:00, got ${shown(node)}`);
        continue;
      }
      const last = shifts.at(-1);
      if (last && shift.from < last.to)
        this.document.wrong(node, `${what}: expected hours one after the other, without overlap, got ${shown(node)}`);
      shifts.push(shift);
    }
    if (texts.length === 0) this.document.wrong(node, `${what}: expected hours such as 09:00-18:00, got none; leave the day out`);
    return shifts;
  }

  private day(node: Node | undefined, what: string): string | undefined {
    const text = this.document.text(node, what);
    if (text === undefined || isCalendarDate(text)) return text;
    return this.document.wrong(node, `${what}: expected a day such as 2026-12-29, got ${shown(node)}`);
  }

  /** As events name it. */
  private id(node: Node | undefined, what: string): string {
    const text = this.document.text(node, what) ?? '';
    if (text !== '' && !isId(text))
      this.document.wrong(node, `${what}: expected 1 to 128 characters without white space and "|", got ${shown(node)}`);
    return text;
  }

  private text(node: Node | undefined, what: string): string | undefined {
    const text = this.document.text(node, what);
    if (text === undefined || text.length <= LONGEST_NAME) return text;
    return this.document.wrong(node, `${what}: expected a text of at most ${LONGEST_NAME} characters, got ${text.length}`);
  }

  private oneOf<Value extends string>(node: Node | undefined, what: string, values: readonly Value[]): Value | undefined {
    const text = this.document.text(node, what);
    const value = values.find((one) => one === text);
    if (text !== undefined && value === undefined)
      this.document.wrong(node, `${what}: expected ${values.join(' or ')}, got ${shown(node)}`);
    return value;
  }

  private uniqueOnes<One extends { id: string }>(node: Node | undefined, what: string, read: (node: Node) => One): One[] {
    if (node === undefined) return [];
    const ids = new Set<string>();
    const found = this.document.items(node, what).map((item) => {
      const one = read(item);
      if (one.id !== '' && ids.has(one.id)) this.document.wrong(item, `${what}: expected each id once, got ${short(one.id)} again`);
      ids.add(one.id);
      return one;
    });
    if (isSeq(node) && found.length === 0) this.document.wrong(node, `${what}: expected at least one, got none`);
    return found;
  }
}

/** Hours that end before they begin go on past midnight. */
function shiftOf(text: string): Shift | undefined {
  const [, fromHour, fromMinute, toHour, toMinute] = (SHIFT.exec(text) ?? []).map(Number);
  if (toMinute === undefined) return undefined;
  const from = fromHour! * 60 + fromMinute!;
  const to = toHour! * 60 + toMinute;
  if (from >= 1_440 || to > 1_440 || from === to) return undefined;
  return { from, to: to > from ? to : to + 1_440 };
}
