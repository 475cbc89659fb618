import { DAY, japaneseTime, startOfDay } from './business-calendar';
import type { Company, Person, Rep } from './company';
import type { Market } from './market';
import { Random } from './random';
import type { Roster } from './roster';

/** A lead that waits for the answer of the representative who was handed it, as the inbox of the engine shows it. */
export interface HandedLead {
  leadId: string;
  handoffId: string;
  runId: string;
  repId: string;
  /** RFC 3339. */
  acceptBy: string;
  contactBy: string;
}

interface Held {
  lead: HandedLead;
  rep: Rep;
  person: Person;
  /** Of its own, so that what becomes of one does not depend on the others. */
  random: Random;
  /** A colleague is in conversation with them already. */
  busy: boolean;
  state: 'waiting' | 'accepted' | 'over';
}

interface Entry {
  at: number;
  /** A moment to which the engine has to come before this is done, or before it comes to a deadline that this is in time for. */
  look?: number;
  act: (at: number) => void;
}

const MINUTE = 60_000;
const MOST_CALLS = 6;
const REJECTED = ['badTiming', 'badTiming', 'noNeed', 'noNeed', 'badFit', 'duplicate', 'competitor'] as const;
const RETURNED = ['来期の予算で再検討', '担当者が情報収集の段階', '他の案件を優先', '社内の合意がまだない'];
const QUESTIONS = ['資料のどこに関心がありましたか', '上長もセミナーに参加していますか', '以前の失注の理由を教えてください'];

/**
 * What representatives do with the leads that the engine hands them, in their working hours: most answer and call in time, some too late;
 * what becomes no appointment goes back to marketing. Who is won once there is an appointment is up to SalesProcess.
 */
export class HandedLeads {
  private readonly people: ReadonlyMap<string, Person>;
  private readonly reps: ReadonlyMap<string, Rep>;
  private readonly held = new Map<string, Held>();
  private readonly ofPerson = new Map<Person, Held>();
  private agenda: Entry[] = [];

  constructor(
    { accounts, inside, field }: Company,
    private readonly roster: Roster,
    private readonly market: Market,
    private readonly seed: number,
  ) {
    this.people = new Map(accounts.flatMap(({ people }) => people.map((person) => [person.leadId, person])));
    this.reps = new Map([...inside, ...field].map((rep) => [rep.id, rep]));
  }

  /** Those that wait for an answer now; of one that has gone on to somebody else, it is another who answers. */
  take(leads: readonly HandedLead[], now: number): void {
    for (const lead of [...leads].sort((a, b) => (a.handoffId < b.handoffId ? -1 : 1))) {
      const before = this.held.get(lead.handoffId);
      if (before?.rep.id === lead.repId) continue;
      if (before) before.state = 'over';
      const rep = this.reps.get(lead.repId);
      // A second form with a private address is a lead of the same person.
      const person = this.people.get(lead.leadId.replace(/-b$/, ''));
      if (!rep || !person) continue;
      const random = new Random(numberOf(`${this.seed} ${lead.handoffId} ${rep.id}`));
      // Who was with another of us until now is so because of the handoff.
      const earlier = this.ofPerson.get(person);
      if (earlier) earlier.state = 'over';
      const held: Held = { lead, rep, person, random, busy: before ? before.busy : person.inProcess, state: 'waiting' };
      this.held.set(lead.handoffId, held);
      this.ofPerson.set(person, held);
      this.planAnswer(held, now);
    }
  }

  /** Does all that is planned before that moment, in its order. */
  act(before: number): void {
    for (;;) {
      const next = this.agenda.reduce<Entry | undefined>((first, one) => (first && first.at <= one.at ? first : one), undefined);
      if (!next || next.at >= before) return;
      this.agenda = this.agenda.filter((one) => one !== next);
      next.act(next.at);
    }
  }

  /** The first moment after `now` at which the engine has to decide before anything else is done. */
  nextLook(now: number): number {
    return Math.min(...this.agenda.flatMap(({ look }) => (look !== undefined && look > now ? [look] : [])));
  }

  /** Nothing more is planned with somebody, who has bought or not. */
  ended(person: Person, day: number, bought: boolean): void {
    const held = this.ofPerson.get(person);
    if (!held || held.state === 'over') return;
    // What came of the handoff itself is told by its deal.
    if (bought && !held.busy) return void (held.state = 'over');
    held.busy = false;
    person.inProcess = true;
    if (held.state === 'accepted') this.later(held, this.worked(held, day, held.random.whole(30, 300)), (at) => this.giveBack(held, at));
  }

  private planAnswer(held: Held, now: number): void {
    const { lead, random } = held;
    // Nobody else calls them now.
    held.person.inProcess = true;
    const acceptBy = Date.parse(lead.acceptBy);
    const overlooked = random.chance(0.12);
    const at = this.worked(held, overlooked ? Math.max(now, acceptBy) : now, random.whole(10, 150));
    this.later(
      held,
      at,
      () => {
        if (!held.busy && random.chance(0.09)) return this.reject(held, at);
        held.state = 'accepted';
        this.answer(held, 'HandoffAccepted', at, { repId: held.rep.id });
        if (random.chance(0.12)) this.ask(held, at);
        const callAt = this.worked(held, at, random.chance(0.88) ? random.whole(15, 200) : random.whole(540, 1_000));
        this.later(held, callAt, () => this.call(held, callAt, held.busy ? 'to say hello' : 1), Date.parse(lead.contactBy));
      },
      acceptBy,
    );
  }

  /** Whoever is in conversation with a colleague already is called once, and no more comes of it. */
  private call(held: Held, at: number, number: number | 'to say hello'): void {
    const { lead, person, rep, random } = held;
    if (person.uncalled) return this.giveBack(held, at, '電話は希望されていない');
    const lot = random.next();
    const outcome =
      lot < 0.42
        ? 'reached'
        : lot < 0.6
          ? 'gatekeeper'
          : lot < 0.64
            ? 'refused'
            : lot < 0.87
              ? 'noAnswer'
              : lot < 0.98
                ? 'voicemail'
                : 'wrongNumber';
    const seconds = outcome === 'reached' ? random.whole(90, 900) : outcome === 'gatekeeper' ? random.whole(15, 60) : 0;
    const over = at + seconds * 1_000;
    const callId = `call-${lead.handoffId}-${rep.id}-${number}`.replace(/ /g, '-');
    const data = { leadId: person.leadId, callId, repId: rep.id, startedAt: japaneseTime(at), seconds, outcome };
    this.market.send('/cti', 'CallCompleted', over, data, rep);
    if (number === 'to say hello') return this.planToAsk(held, over + 5 * MINUTE);
    if (outcome === 'refused' || outcome === 'wrongNumber') return this.giveBack(held, over + 5 * MINUTE, '断られた、または番号違い');
    if (outcome === 'reached') {
      if (random.chance(Math.min(0.85, 0.3 + 0.6 * person.winProbability + 0.1 * rep.skill)))
        return this.market.sales.appoint(person, rep, over + MINUTE, callId, 1);
      if (random.chance(0.6)) return this.giveBack(held, over + 5 * MINUTE);
    }
    if (number >= MOST_CALLS) return this.giveBack(held, over + 5 * MINUTE, '六回かけてもアポイントが取れない');
    const again = this.worked(held, over, random.whole(180, 1_200));
    this.later(held, again, () => this.call(held, again, number + 1));
  }

  /** How the conversation of the colleague went. */
  private planToAsk(held: Held, at: number): void {
    const { lead, random, rep } = held;
    const action = { leadId: lead.leadId, actionId: `ask-${lead.handoffId}` };
    const dueAt = this.worked(held, at, random.whole(3_000, 5_000));
    const plan = { ...action, template: '商談の結果を聞く', dueAt: japaneseTime(dueAt), reason: '別の担当者と商談中' };
    this.market.tell(`h-${lead.handoffId}-${rep.id}-plan`, '/sfa', 'NextActionPlanned', at, plan, rep);
    this.later(held, dueAt, () => {
      this.market.tell(`h-${lead.handoffId}-${rep.id}-done`, '/sfa', 'NextActionCompleted', dueAt, { ...action, result: '確認済み' }, rep);
      if (held.busy) this.giveBack(held, dueAt + 5 * MINUTE, '別の担当者と商談中');
    });
  }

  /** The lead goes back to marketing, and is looked at again on a day, unless it becomes hot before. */
  private giveBack(held: Held, at: number, because?: string): void {
    const { lead, random, person } = held;
    const revisitAt = startOfDay(at) + random.whole(7, 45) * DAY;
    const revisitOn = japaneseTime(revisitAt).slice(0, 10);
    this.answer(held, 'LeadReturned', at, { runId: lead.runId, reason: because ?? random.pick(RETURNED), revisitOn });
    this.leave(held, person);
    if (random.chance(0.8)) this.lookAgain(held, revisitAt + random.whole(9, 60) * 60 * MINUTE);
  }

  /** Marketing, unless the lead is with sales again by then. */
  private lookAgain({ lead: { leadId, handoffId, runId }, person }: Held, at: number): void {
    const done = { leadId, actionId: `revisit-${runId}`, result: '導入事例を送付' };
    const act = (): void => {
      if (this.ofPerson.get(person)?.lead.handoffId === handoffId)
        this.market.tell(`h-${handoffId}-revisit`, '/planning', 'NextActionCompleted', at, done);
    };
    this.agenda.push({ at, act });
  }

  private reject(held: Held, at: number): void {
    this.answer(held, 'HandoffRejected', at, { repId: held.rep.id, reason: held.random.pick(REJECTED) });
    this.leave(held, held.person);
  }

  private leave(held: Held, person: Person): void {
    held.state = 'over';
    person.inProcess = false;
    // Nobody calls again at once whom a colleague has just talked to.
    person.warmth = 0;
  }

  private ask(held: Held, at: number): void {
    const { lead, random } = held;
    this.answer(held, 'InsightExchanged', at + 3 * MINUTE, { kind: 'question', text: random.pick(QUESTIONS) });
    if (!random.chance(0.75)) return;
    const answered = this.worked(held, at, random.whole(200, 900));
    this.later(held, answered, () =>
      this.market.tell(`h-${lead.handoffId}-answer`, '/planning', 'InsightExchanged', answered, {
        leadId: lead.leadId,
        handoffId: lead.handoffId,
        kind: 'answer',
        text: '価格表と導入事例を二回ずつ読まれています',
      }),
    );
  }

  private answer({ lead, rep }: Held, type: string, at: number, data: Record<string, unknown>): void {
    const { leadId, handoffId } = lead;
    this.market.tell(`h-${handoffId}-${rep.id}-${type}`, '/sfa', type, at, { leadId, handoffId, ...data }, rep);
  }

  /** So many working minutes of theirs later. */
  private worked({ rep }: Held, at: number, minutes: number): number {
    return this.roster.timeOf(rep).add(at, minutes * MINUTE);
  }

  /** Unless somebody else has it by then. */
  private later(held: Held, at: number, act: (at: number) => void, deadline?: number): void {
    this.agenda.push({
      at,
      ...(deadline !== undefined && { look: at < deadline ? deadline - 1 : deadline }),
      act: (moment) => {
        if (held.state !== 'over') act(moment);
      },
    });
  }
}

/** FNV-1a. */
function numberOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return hash >>> 0;
}
