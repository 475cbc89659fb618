import { japaneseTime, officeMoment, startOfDay, workdayAfter } from './business-calendar';
import type { Send } from './cloud-event';
import type { Company, Person, Rep } from './company';
import type { Random } from './random';
import type { Roster } from './roster';

/** Items of the flow of the sales process that Leadlog starts with. */
const FLOW = ['need', 'today', 'case', 'deciders', 'next-topic'];
const STEPS = ['call', '導入事例を送る', '見積の前提を確認する', '社内稟議の資料を渡す'];
const REASONS = ['決裁者が同席しなかった', '他社と比較中', '予算の時期を確認したい', '費用対効果を示してほしい'];
const HOUR = 3_600_000;

/** What a month should bring for each hundred companies of the market, and for each inside rep: more than it does. */
const JOINT_TARGETS = [
  { kpi: 'leads', value: 25 },
  { kpi: 'appointments', value: 40 },
  { kpi: 'first-meetings', value: 20 },
  { kpi: 'quotes', value: 12 },
  { kpi: 'wins', value: 6 },
  { kpi: 'amount-won', value: 5_000_000, currency: 'JPY' },
] as const;
const APPOINTMENTS_OF_A_REP = 20;

/**
 * What sales does around calls, meetings and deals: appointments relayed to field sales, what was covered, steps planned and done, answers of
 * customers who do not say yes, cards given to marketing or followed up once they are dormant, consent withdrawn, and the targets of both departments.
 */
export class SalesCycle {
  private readonly people: ReadonlyMap<string, Person>;
  private planned = 0;
  private followedUp = 0;
  /** Cards to follow up, by day. */
  private readonly followUps = new Map<number, Person[]>();

  constructor(
    private readonly company: Company,
    private readonly random: Random,
    /** Sends what arrives at once and only once: an answer does not come before what it answers. */
    private readonly tell: Send,
    private readonly roster: Roster,
  ) {
    this.people = new Map(company.accounts.flatMap(({ people }) => people.map((person) => [person.leadId, person])));
  }

  /** The same, with what follows from each act. */
  around(send: Send): Send {
    return (source, type, at, data, rep) => {
      if (type === 'MeetingHeld' || (type === 'CallCompleted' && data['outcome'] === 'reached')) data['covered'] = this.covered(type);
      const event = send(source, type, at, data, rep);
      this.follow(type, at, data, rep);
      return event;
    };
  }

  /** Both departments agree on them before the month begins, or as soon as they begin. */
  targets(from: number, end: number): void {
    for (let month = japaneseTime(from).slice(0, 7); Date.parse(`${month}-01T00:00:00+09:00`) < end; month = monthAfter(month)) {
      const at = Math.max(from, Date.parse(`${month}-01T00:00:00+09:00`)) + HOUR;
      const size = this.company.accounts.length / 100;
      for (const { value, ...target } of JOINT_TARGETS)
        this.tell('/planning', 'KpiTargetSet', at, {
          scope: 'joint',
          scopeId: 'company',
          period: month,
          ...target,
          value: Math.ceil(value * size),
        });
      for (const { id } of this.company.inside)
        this.tell('/planning', 'KpiTargetSet', at, {
          scope: 'rep',
          scopeId: id,
          kpi: 'appointments',
          period: month,
          value: APPOINTMENTS_OF_A_REP,
        });
    }
  }

  private covered(type: string): string[] {
    const chance = type === 'MeetingHeld' ? 0.7 : 0.3;
    return FLOW.filter(() => this.random.chance(chance));
  }

  private follow(type: string, at: number, data: Record<string, unknown>, rep: Rep | undefined): void {
    const person = this.people.get(data['leadId'] as string);
    if (!person) return;
    const { field } = person.account;
    if (type === 'AppointmentBooked' && rep?.inside) this.relay(at, data, rep, field);
    else if (type === 'MeetingHeld') this.plan(at, data, field);
    else if (type === 'QuoteSubmitted') this.answer(at, data, field);
    else if (type === 'CallCompleted' && data['outcome'] === 'refused' && this.random.chance(0.15)) this.leaveAlone(person, at, rep);
    else if (type === 'BusinessCardExchanged') {
      if (this.random.chance(0.3)) this.handOver(at, data, field);
      else {
        person.inDrawer = this.random.chance(0.4);
        if (person.inDrawer && this.random.chance(0.4)) this.followUp(at, person);
      }
    }
  }

  private leaveAlone(person: Person, at: number, rep: Rep | undefined): void {
    person.uncalled = true;
    this.tell('/cti', 'ConsentChanged', at + 60_000, { leadId: person.leadId, channel: 'phone', status: 'withdrawn' }, rep);
  }

  /** Most inside reps give what they have won to the field, which mostly takes it. */
  private relay(at: number, { leadId, appointmentId }: Record<string, unknown>, inside: Rep, field: Rep): void {
    if (!this.random.chance(0.8)) return;
    const appointment = { leadId, appointmentId };
    const told = at + 5 * 60_000;
    this.tell('/calendar', 'AppointmentRelayed', told, { ...appointment, fromRepId: inside.id, toRepId: field.id }, inside);
    const answered = officeMoment(this.roster.workdayAfter(field, startOfDay(told), 1), this.random);
    if (this.random.chance(0.9)) this.tell('/calendar', 'RelayAccepted', answered, { ...appointment, repId: field.id }, field);
    else if (this.random.chance(0.6))
      this.tell('/calendar', 'RelayRejected', answered, { ...appointment, repId: field.id, reason: '別の商談がある' }, field);
  }

  private plan(at: number, { leadId, dealId }: Record<string, unknown>, field: Rep): void {
    if (!dealId || !this.random.chance(0.6)) return;
    const actionId = `step-${(this.planned += 1)}`;
    const due = officeMoment(this.roster.workdayAfter(field, startOfDay(at), this.random.whole(1, 6)), this.random);
    const step = {
      leadId,
      dealId,
      actionId,
      template: this.random.pick(STEPS),
      dueAt: japaneseTime(due),
      reason: this.random.pick(REASONS),
    };
    this.tell('/sfa', 'NextActionPlanned', at + 10 * 60_000, step, field);
    if (this.random.chance(0.8)) this.tell('/sfa', 'NextActionCompleted', due, { leadId, actionId, result: '実施済み' }, field);
  }

  /** Before the deal is closed or quoted again: no, or not yet. */
  private answer(at: number, { leadId, dealId }: Record<string, unknown>, field: Rep): void {
    if (!this.random.chance(0.5)) return;
    const answered = officeMoment(this.roster.workdayAfter(field, startOfDay(at), 1), this.random);
    const decideBy = japaneseTime(workdayAfter(startOfDay(answered), this.random.whole(3, 9))).slice(0, 10);
    const answer = this.random.chance(0.3) ? { answer: 'no' } : { answer: 'undecided', decideBy };
    this.tell('/sfa', 'ClosingAnswered', answered, { leadId, dealId, ...answer }, field);
  }

  private handOver(at: number, { leadId, cardId }: Record<string, unknown>, field: Rep): void {
    const handed = officeMoment(this.roster.workdayAfter(field, startOfDay(at), this.random.whole(30, 120)), this.random);
    const how = { reason: '具体的な案件なし', keepFollowing: this.random.chance(0.3) };
    this.tell('/cards', 'BusinessCardHandedToMarketing', handed, { leadId, cardId, repId: field.id, ...how }, field);
  }

  /** A card that was dormant wakes with a call. */
  day(day: number): void {
    for (const person of this.followUps.get(day) ?? []) {
      if (person.uncalled) continue;
      const { leadId } = person;
      const { field } = person.account;
      const startedAt = officeMoment(day, this.random);
      const reached = this.random.chance(0.5);
      if (reached) person.inDrawer = false;
      const seconds = reached ? this.random.whole(60, 400) : 0;
      const call = { callId: `card-call-${(this.followedUp += 1)}`, repId: field.id, startedAt: japaneseTime(startedAt), seconds };
      this.tell(
        '/cti',
        'CallCompleted',
        startedAt + seconds * 1_000,
        { leadId, ...call, outcome: reached ? 'reached' : 'noAnswer' },
        field,
      );
    }
    this.followUps.delete(day);
  }

  private followUp(at: number, person: Person): void {
    const day = this.roster.workdayAfter(person.account.field, startOfDay(at), this.random.whole(95, 140));
    const others = this.followUps.get(day);
    if (others) others.push(person);
    else this.followUps.set(day, [person]);
  }
}

const monthAfter = (month: string): string => {
  const [year, number] = month.split('-').map(Number) as [number, number];
  return number === 12 ? `${year + 1}-01` : `${year}-${String(number + 1).padStart(2, '0')}`;
};
