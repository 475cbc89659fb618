import { handoffLead, runLead, runNumber } from '@leadlog/lead';
import { dealsAsTheyStand, type Deal } from './deals-as-they-stand';
import type { HandoffFacts, HandoffState, RunEnd } from './handoff-facts';

/** The state of a handoff. Times in ms. */
export interface Handoff {
  handoffId: string;
  runId: string;
  state: 'handed-off' | 'accepted' | 'in-deal' | 'rejected' | 'returned' | 'won' | 'lost' | 'disqualified';
  at: number;
  repId?: string;
  teamId?: string;
  /** To whom it was assigned, if a colleague has taken it over since. */
  takenOverFrom?: string;
  acceptBy: string;
  contactBy: string;
  reason?: string;
  /** The deal that decides its state: the won one, else an open one, else the one lost last. */
  dealId?: string;
  eventId: string;
  /** First call or meeting after the handoff and before the next handoff. */
  contactedAt?: number;
  /** When sales first acted on it: accepted it, or opened a deal from it. */
  acceptedAt?: number;
  /** When it was decided, returned or superseded; undefined while it is open. */
  endedAt?: number;
  /** `existing`: the lead, or somebody of its company, had bought before the handoff. */
  business: 'new' | 'existing';
  /** Deadlines whose breach is recorded. */
  breached?: ('accept' | 'contact')[];
}

/** An import of a lead is considered complete when no more of its events have arrived for this long. */
const SETTLE_MS = 5_000;

type Handed = HandoffFacts & { handed: NonNullable<HandoffFacts['handed']> };

/**
 * All handoffs of a lead, by time. The state of each depends only on the facts that belong to it: a deal belongs to the handoff
 * that it names, else to the last one of the run that it names, else to the one in force when it was opened; likewise for a return.
 */
export const handoffsOf = (state: HandoffState): Handoff[] => livesOf(state).map(({ handoff }) => handoff);

/** `over`: since when sales has nothing more to do for it. */
interface Life {
  one: Handed;
  handoff: Handoff;
  over: number;
}

function livesOf(state: HandoffState): Life[] {
  const handed = (state.handoffs ?? [])
    .filter((one): one is Handed => one.handed !== undefined)
    .sort((a, b) => a.handed.at - b.handed.at || (a.handoffId < b.handoffId ? -1 : 1));
  if (handed.length === 0) return [];
  const answers = handed.map((one) => answerOf(one, handed, state));
  const dealsOf = new Map<Handed, Deal[]>(handed.map((one) => [one, []]));
  for (const deal of dealsAsTheyStand(state)) {
    const of = handoffOfDeal(deal, handed, answers);
    if (of) dealsOf.get(of)!.push(deal);
  }
  return handed.map((one, index) => {
    const next = nextOf(one, handed);
    const handoff = standing(one, next, answers[index], dealsOf.get(one)!, state);
    return { one, handoff, over: Math.min(handoff.endedAt ?? Infinity, answers[index]?.at ?? Infinity, next?.handed.at ?? Infinity) };
  });
}

export const isOpen = ({ endedAt }: Handoff): boolean => endedAt === undefined;
export const openHandoffs = (state: HandoffState): Handoff[] => handoffsOf(state).filter(isOpen);
export const pastHandoffs = (state: HandoffState): Handoff[] => handoffsOf(state).filter((handoff) => !isOpen(handoff));

/** Number of the run for the next handoff of the lead, judged by its own handoffs. */
export function runOf(state: HandoffState): number {
  return handoffsOf(state)
    .filter(({ runId }) => runLead(runId) === state.leadId)
    .reduce(
      (run, { runId, state: stage }) =>
        Math.max(run, runNumber(runId) + (stage === 'returned' || stage === 'won' || stage === 'lost' ? 1 : 0)),
      1,
    );
}

/**
 * Since when the lead should be handed off: hot, not with sales, and armed by an act later than its last return or deal, and later than
 * the model change or import that alone made it hot. Imported acts do not arm a lead that has bought, and wait for the rest of the import,
 * because deals come after the acts that led to them. The disqualification of a merged duplicate does not apply to the person. Somebody
 * who is forgotten is handed off no more.
 */
export function dueSince(state: HandoffState): number | undefined {
  const { tier, since, importedAct, withheld, erased } = state;
  if (tier !== 'hot' || erased) return undefined;
  const ends = (state.ends ?? []).filter(({ how, leadId }) => how === 'returned' || leadId === state.leadId);
  if (ends.some(({ how }) => how === 'disqualified')) return undefined;
  const handoffs = state.handoffs ? handoffsOf(state) : [];
  const deals = dealsAsTheyStand(state);
  if (handoffs.some(isOpen)) return undefined;
  const givenBack = Math.max(...handoffs.map(({ endedAt }) => endedAt!), ...ends.map(({ at }) => at));
  // A deal that was never closed is over if the lead was returned after it.
  if (deals.some(({ opened, outcome }) => opened && !outcome && opened.at > givenBack)) return undefined;
  const ended = Math.max(givenBack, ...deals.map(({ outcome }) => outcome?.at ?? -Infinity));
  const hasBought = deals.some(({ outcome }) => outcome?.won);
  const act = Math.max(state.act ?? -Infinity, hasBought ? -Infinity : (importedAct?.at ?? -Infinity));
  const settled = importedAct ? importedAct.recordedAt + SETTLE_MS : 0;
  if (ended === -Infinity && !withheld) return Math.max(since, settled);
  return act > Math.max(ended, withheld?.since ?? -Infinity) ? Math.max(since, act, settled) : undefined;
}

/** Channels for which consent is withdrawn at present, by name. */
export const withdrawnConsents = ({ consent = [] }: HandoffState): { channel: string; since: string }[] =>
  consent.flatMap(({ channel, status, at }) => (status === 'withdrawn' ? [{ channel, since: new Date(at).toISOString() }] : []));

export interface Breach {
  handoff: Handoff;
  /** The lead whose stream holds the handoff. */
  leadId: string;
  step: 'accept' | 'contact';
  dueAt: number;
}

/** Deadlines that are not met so far and whose breach is not recorded, earliest first. They may be in the future. */
export function breachDue(state: HandoffState): Breach[] {
  const found: Breach[] = [];
  for (const { one, handoff, over } of livesOf(state)) {
    const { acceptBy, contactBy, acceptedAt = Infinity, contactedAt = Infinity } = handoff;
    const add = (step: Breach['step'], by: string, metAt: number): void => {
      const dueAt = Date.parse(by);
      if (metAt > dueAt && !one.breached?.[step]) found.push({ handoff, leadId: one.handed.leadId, step, dueAt });
    };
    add('accept', acceptBy, Math.min(acceptedAt, over));
    add('contact', contactBy, Math.min(contactedAt, over));
  }
  return found.sort((a, b) => a.dueAt - b.dueAt);
}

/** Breaches of open handoffs of which destinations are told. */
export function toldBreaches(
  state: HandoffState,
): { handoff: Handoff; step: Breach['step']; eventId: string; dueAt: number; notify: readonly string[] }[] {
  if (!state.handoffs?.some(({ breached }) => breached?.accept?.notify ?? breached?.contact?.notify)) return [];
  return openHandoffs(state).flatMap((handoff) => {
    const { breached } = state.handoffs!.find(({ handoffId }) => handoffId === handoff.handoffId)!;
    return (['accept', 'contact'] as const).flatMap((step) => {
      const { notify, ...breach } = breached?.[step] ?? {};
      return notify ? [{ handoff, step, notify, ...(breach as { eventId: string; dueAt: number }) }] : [];
    });
  });
}

/** Open handoffs that were given to somebody after they were handed off: by which event, and by which policy they had been decided. */
export function reassignments(state: HandoffState): { handoff: Handoff; eventId: string; at: number; policyVersion?: string }[] {
  const again = (state.handoffs ?? []).filter(({ handed, assigned }) => handed && assigned && assigned.at > handed.at);
  if (again.length === 0) return [];
  return openHandoffs(state).flatMap((handoff) => {
    const { handed, assigned } = again.find(({ handoffId }) => handoffId === handoff.handoffId) ?? {};
    return handed && assigned ? [{ handoff, eventId: assigned.eventId, at: assigned.at, policyVersion: handed.policyVersion }] : [];
  });
}

interface Ending {
  at: number;
  state: 'rejected' | 'returned' | 'disqualified';
  reason: string;
}

/** The answer of sales that first ended the handoff, apart from deals. */
function answerOf(one: Handed, handed: readonly Handed[], { leadId, ends = [] }: HandoffState): Ending | undefined {
  const { handed: begin, rejected } = one;
  const endings: Ending[] = ends
    .filter((end) => endsIt(end, one, handed, leadId))
    .map(({ at, how, reason }) => ({ at: Math.max(at, begin.at), state: how, reason }));
  if (rejected) endings.push({ at: Math.max(rejected.at, begin.at), state: 'rejected', reason: rejected.reason });
  return endings.sort((a, b) => a.at - b.at || (a.state < b.state ? -1 : 1))[0];
}

function endsIt(end: RunEnd, one: Handed, handed: readonly Handed[], leadId: string): boolean {
  if (end.how === 'returned') return named(end, handed, end.at, end.leadId) === one;
  // The lead of the handoff was disqualified; or, after the handoff, the surviving lead was.
  return end.leadId === one.handed.leadId || (end.leadId === leadId && end.at >= one.handed.at);
}

function handoffOfDeal({ begin, of }: Deal, handed: readonly Handed[], answers: readonly (Ending | undefined)[]): Handed | undefined {
  if (!begin) return undefined;
  const inForce = handed.filter(
    (one, index) => (answers[index]?.at ?? Infinity) > begin.at && (nextOf(one, handed)?.handed.at ?? Infinity) > begin.at,
  );
  return named(of ?? {}, handed, begin.at, begin.leadId, inForce);
}

/**
 * The handoff named by its own id or that of its run; else the last one up to then, preferring those of the lead itself over those of a
 * merged lead.
 */
function named(
  { handoffId, runId }: { handoffId?: string; runId?: string },
  handed: readonly Handed[],
  at: number,
  leadId: string,
  inForce = handed,
): Handed | undefined {
  const byId = handed.find((one) => one.handoffId === handoffId);
  // Ids that Leadlog did not make are ignored; one made by Leadlog that is not found belongs to another lead.
  if (byId || (handoffId !== undefined && handoffLead(handoffId) !== '')) return byId;
  const ofRun = handed.filter((one) => one.handed.runId === runId);
  if (ofRun.length > 0) return ofRun.findLast((one) => one.handed.at <= at) ?? ofRun[0];
  if (runId !== undefined && runLead(runId) !== '') return undefined;
  const by = inForce.filter((one) => one.handed.at <= at);
  return by.findLast((one) => one.handed.leadId === leadId) ?? by.at(-1);
}

/** The next handoff of the same lead: at most one of them waits for an answer. */
const nextOf = ({ handed: { at, leadId }, handoffId }: Handed, handed: readonly Handed[]): Handed | undefined =>
  handed.find((other) => other.handoffId !== handoffId && other.handed.leadId === leadId && other.handed.at > at);

function standing(one: Handed, next: Handed | undefined, answer: Ending | undefined, deals: readonly Deal[], state: HandoffState): Handoff {
  const { handoffId, handed, assigned, accepted, firstAccepted, breached } = one;
  const from = (at: number): number => Math.max(at, handed.at);
  const begins = deals.map(({ begin }) => from(begin!.at));
  const acceptedAt = Math.min(...begins, ...(firstAccepted ? [from(firstAccepted.at)] : []));
  const contactedAt = Math.min(
    ...(state.contacts ?? []).map(({ startedAt }) => startedAt).filter((at) => at >= handed.at && at < (next?.handed.at ?? Infinity)),
  );
  const isTaken = accepted !== undefined && !(assigned !== undefined && assigned.at > from(accepted.at));
  const holder = isTaken ? accepted : assigned;
  return {
    handoffId,
    runId: handed.runId,
    at: handed.at,
    repId: holder?.repId,
    // A representative who accepts stays in the assigned team; if a colleague takes over, only the event can tell the team.
    teamId: holder?.teamId ?? (holder?.repId === assigned?.repId ? assigned?.teamId : undefined),
    ...(isTaken && assigned !== undefined && assigned.repId !== accepted.repId && { takenOverFrom: assigned.repId }),
    acceptBy: handed.acceptBy,
    contactBy: handed.contactBy,
    eventId: handed.eventId,
    business: handed.business === 'existing' || hadBought(state, handed.at) ? 'existing' : 'new',
    ...(contactedAt !== Infinity && { contactedAt }),
    ...(acceptedAt !== Infinity && { acceptedAt }),
    ...(breached && { breached: (['accept', 'contact'] as const).filter((step) => breached[step]) }),
    ...stageOf(from, accepted !== undefined, next, answer, deals),
  };
}

/** Whether the lead had bought by then, as it is known now. */
const hadBought = (state: HandoffState, at: number): boolean =>
  dealsAsTheyStand(state).some(({ begin, outcome }) => begin && outcome?.won && outcome.at < at);
export const hasBought = (state: HandoffState): boolean => hadBought(state, Infinity);

/** A win is final; else the earlier of an answer and the loss of all deals decides; an open deal keeps the handoff open. */
function stageOf(
  from: (at: number) => number,
  isAccepted: boolean,
  next: Handed | undefined,
  answer: Ending | undefined,
  deals: readonly Deal[],
): Pick<Handoff, 'state' | 'dealId' | 'reason' | 'endedAt'> {
  const by = (a: Deal, b: Deal): number => a.outcome!.at - b.outcome!.at || (a.dealId < b.dealId ? -1 : 1);
  const won = deals.filter(({ outcome }) => outcome?.won).sort(by)[0];
  if (won) return { state: 'won', dealId: won.dealId, endedAt: from(won.outcome!.at) };
  const open = deals.filter(({ outcome }) => !outcome).sort((a, b) => a.opened!.at - b.opened!.at || (a.dealId < b.dealId ? -1 : 1))[0];
  const lost = open ? undefined : [...deals].sort(by).at(-1);
  const lostAt = lost ? from(lost.outcome!.at) : Infinity;
  if (answer && answer.at <= lostAt)
    return { state: answer.state, reason: answer.reason, endedAt: answer.at, ...((open ?? lost) && { dealId: (open ?? lost)!.dealId }) };
  if (open) return { state: 'in-deal', dealId: open.dealId };
  if (lost)
    return {
      state: 'lost',
      dealId: lost.dealId,
      endedAt: lostAt,
      ...(lost.outcome!.reason !== undefined && { reason: lost.outcome!.reason }),
    };
  return { state: isAccepted ? 'accepted' : 'handed-off', ...(next && { endedAt: next.handed.at }) };
}
