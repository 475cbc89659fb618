import { DAY, isWorkday, japaneseTime, officeMoment, startOfDay, workdayAfter } from './business-calendar';
import { pad, type Company, type Person, type Rep } from './company';
import type { Random } from './random';
import type { Send } from './cloud-event';
import type { Roster } from './roster';

const PRODUCTS = ['sensor-pack', 'dashboard', 'edge-gateway', 'support-plan', 'training'];
const LOST = ['費用が折り合わず', '時期尚早', '他社を採用', '必要性がなくなった'];
const NEEDS = ['設備の停止時間を減らしたい', '紙の点検表をなくしたい', '拠点間で数字を揃えたい', '見積を早くしたい'];

/** What the sales department does: calls, appointments, meetings, deals. It sees what people do, not what they will. */
export class SalesProcess {
  /** Of each inside rep, to whomever seems warm. */
  callsADay = 9;
  private readonly diary = new Map<number, (() => void)[]>();
  private calls = 0;
  private deals = 0;
  private today = 0;

  constructor(
    private readonly company: Company,
    private readonly random: Random,
    private readonly send: Send,
    /** Without one, everybody always works. */
    private readonly roster?: Roster,
    /** Nothing more is planned with somebody. */
    private readonly ended: (person: Person, day: number, bought: boolean) => void = () => undefined,
  ) {}

  day(day: number, people: readonly Person[]): void {
    this.today = day;
    for (const [due, entries] of [...this.diary]) {
      if (due > day) continue;
      this.diary.delete(due);
      for (const entry of entries) entry();
    }
    // The warmest first, with an eye for others too.
    const list = people
      .filter((person) => person.captured && !person.inProcess && !person.uncalled && person.warmth > 0.5)
      .map((person) => ({ person, urge: person.warmth * (0.5 + this.random.next()) }))
      .sort((a, b) => b.urge - a.urge);
    let next = 0;
    for (const rep of this.company.inside) {
      if (this.roster?.isThere(rep, day) === false) continue;
      for (let n = 0; n < this.callsADay && next < list.length; n += 1) this.call(list[next++]!.person, rep);
    }
  }

  private call(person: Person, rep: Rep): void {
    const at = officeMoment(this.today, this.random);
    const callId = `call-${(this.calls += 1)}`;
    const answered = this.random.chance(0.55);
    const reached = answered && this.random.chance(0.6);
    const outcome = reached
      ? 'reached'
      : answered
        ? this.random.pick(['gatekeeper', 'gatekeeper', 'refused'] as const)
        : this.random.pick(['noAnswer', 'noAnswer', 'busy', 'voicemail', 'wrongNumber'] as const);
    const seconds = reached ? this.random.whole(90, 900) : answered ? this.random.whole(15, 60) : 0;
    const data = {
      leadId: person.leadId,
      callId,
      repId: rep.id,
      startedAt: japaneseTime(at),
      seconds,
      outcome,
      ...(reached && { needs: [this.random.pick(NEEDS)] }),
    };
    this.send('/cti', 'CallCompleted', at + seconds * 1_000, data, rep);
    person.warmth *= 0.6;
    if (!reached || !this.random.chance(Math.min(0.8, 0.05 + 0.5 * person.winProbability + 0.1 * rep.skill))) return;
    person.inProcess = true;
    this.appoint(person, rep, at + seconds * 1_000 + 60_000, callId, 1);
  }

  /** The next meeting, at a time when whoever goes there is at work. */
  appoint(person: Person, rep: Rep, at: number, callId: string | undefined, round: number): void {
    const appointmentId = `apt-${person.leadId}-${round}-${startOfDay(at) / DAY}`;
    const { field } = person.account;
    let day = this.workdayAfter(field, startOfDay(at), this.random.whole(3, 10));
    const scheduledAt = day + this.random.pick([10, 11, 13, 14, 15, 16]) * 3_600_000;
    const mode = this.random.chance(0.45) ? 'onsite' : 'remote';
    const { deal } = person.account;
    this.send(
      '/calendar',
      'AppointmentBooked',
      at,
      {
        leadId: person.leadId,
        appointmentId,
        repId: rep.id,
        scheduledAt: japaneseTime(scheduledAt),
        mode,
        ...(callId && { sourceCallId: callId }),
        ...(deal && { dealId: deal }),
      },
      rep,
    );
    if (this.random.chance(0.08)) {
      this.send('/calendar', 'AppointmentChanged', at + DAY, { leadId: person.leadId, appointmentId, status: 'cancelled' }, rep);
      this.later(day, () => this.end(person));
      return;
    }
    if (this.random.chance(0.1)) {
      day = this.workdayAfter(field, day, 3);
      this.send(
        '/calendar',
        'AppointmentChanged',
        at + DAY,
        { leadId: person.leadId, appointmentId, status: 'rescheduled', newAt: japaneseTime(day + 14 * 3_600_000) },
        rep,
      );
    }
    this.later(day, () => this.meet(person, rep, appointmentId, mode, round));
  }

  private meet(person: Person, caller: Rep, appointmentId: string, mode: 'onsite' | 'remote', round: number): void {
    const { leadId, account } = person;
    const { field } = account;
    const at = this.today + this.random.pick([10, 11, 13, 14, 15, 16]) * 3_600_000;
    const minutes = this.random.whole(30, 90);
    const meetingId = `mtg-${leadId}-${round}-${this.today / DAY}`;
    const goesOn = this.random.chance(Math.min(0.95, 0.35 + 0.6 * person.winProbability + 0.1 * field.skill));
    if (goesOn && !account.deal) {
      account.deal = `deal-${pad((this.deals += 1), 5)}`;
      this.send(
        '/sfa',
        'DealOpened',
        at + 1_000,
        {
          leadId,
          accountId: account.id,
          dealId: account.deal,
          repId: field.id,
          products: [PRODUCTS[0]],
          amount: this.amount(account.employees),
        },
        field,
      );
    }
    const dealId = account.deal;
    const data = {
      leadId,
      meetingId,
      appointmentId,
      repIds: round === 1 ? [field.id, caller.id] : [field.id],
      mode,
      startedAt: japaneseTime(at),
      minutes,
      attendees: [person.name],
      needs: [this.random.pick(NEEDS)],
      ...(dealId && { dealId }),
      ...(mode === 'onsite' && { travelMinutes: this.random.whole(20, 120) }),
    };
    this.send('/calendar', 'MeetingHeld', at + minutes * 60_000, data, field);
    if (!dealId || !goesOn) {
      if (dealId) this.later(this.workdayAfter(field, this.today, 5), () => this.lose(person, field, dealId));
      else this.end(person);
      return;
    }
    if (round > 1) {
      const products = PRODUCTS.slice(0, this.random.whole(1, 4));
      this.send(
        '/sfa',
        'ProductProposed',
        at + 2 * 3_600_000,
        { leadId, dealId, meetingId, productIds: products, kind: round === 2 ? 'first' : 'revision' },
        field,
      );
      this.send(
        '/sfa',
        'QuoteSubmitted',
        at + 3 * 3_600_000,
        { leadId, quoteId: `q-${dealId}`, dealId, revision: round - 1, amount: this.amount(account.employees) },
        field,
      );
    }
    if (round >= 2 && (round >= 4 || this.random.chance(0.6)))
      this.later(this.workdayAfter(field, this.today, this.random.whole(4, 14)), () => this.close(person, field, dealId));
    else this.appoint(person, field, at + minutes * 60_000 + 60_000, undefined, round + 1);
  }

  private close(person: Person, field: Rep, dealId: string): void {
    const { leadId, account } = person;
    const at = officeMoment(this.today, this.random);
    if (!this.random.chance(Math.min(0.97, person.winProbability + 0.15 * field.skill))) return this.lose(person, field, dealId);
    this.send('/sfa', 'ClosingAnswered', at - 600_000, { leadId, dealId, answer: 'yes' }, field);
    this.send('/sfa', 'DealWon', at, { leadId, dealId, amount: this.amount(account.employees), signedAt: japaneseTime(at) }, field);
    account.deal = undefined;
    // With the cycle, customers may buy again.
    if (this.roster) this.end(person, true);
  }

  private lose(person: Person, field: Rep, dealId: string): void {
    const at = officeMoment(this.today, this.random);
    this.send(
      '/sfa',
      'DealLost',
      at,
      { leadId: person.leadId, dealId, reason: this.random.pick(LOST), declaredBy: this.random.chance(0.7) ? 'customer' : 'rep' },
      field,
    );
    person.account.deal = undefined;
    this.end(person);
  }

  private end(person: Person, bought = false): void {
    person.inProcess = false;
    this.ended(person, this.today, bought);
  }

  private workdayAfter(rep: Rep, day: number, days: number): number {
    return this.roster ? this.roster.workdayAfter(rep, day, days) : workdayAfter(day, days);
  }

  private amount(employees: number): { value: number; currency: 'JPY' } {
    return { value: 10_000 * Math.round(30 + employees * (0.2 + 0.3 * this.random.next())), currency: 'JPY' };
  }

  private later(day: number, entry: () => void): void {
    const due = isWorkday(day) ? day : workdayAfter(day, 1);
    const entries = this.diary.get(due);
    if (entries) entries.push(entry);
    else this.diary.set(due, [entry]);
  }
}
