import type { LeadlogEvent } from '@leadlog/events';
import type { Condition } from '@leadlog/where';
import { isProfileRule, type EventRule, type ScoringModel } from '../model/model';

export interface BruteScore {
  /** By axis, floor and cap applied. */
  scores: Record<string, number>;
  /** By axis, the sum of what each contribution amounts to without its sign: what rounding is relative to. */
  size: Record<string, number>;
}

/**
 * What the definition says and nothing cleverer: for every lead its score at `at`, from the raw events. Shares no code with the fold nor
 * with SQL.
 * `asOf`: of what had been recorded, and had happened, by `at`.
 */
export function bruteScores(model: ScoringModel, log: readonly LeadlogEvent[], at: number, asOf = false): Map<string, BruteScore> {
  const events = asOf ? log.filter(({ recordedAt }) => recordedAt <= at) : [...log];
  const survivorOf = survivors(events);
  const mine = new Map<string, LeadlogEvent[]>();
  const voided = new Set<string>();
  for (const event of events) {
    const { leadId } = event.data as { leadId?: string };
    if (leadId === undefined) continue;
    const lead = survivorOf(leadId);
    if (event.type === 'TouchpointInvalidated') voided.add(`${lead} ${event.data.targetEventId}`);
    else if (event.type !== 'LeadsMerged' && event.type !== 'MergeReverted') mine.set(lead, [...(mine.get(lead) ?? []), event]);
  }
  return new Map(
    [...mine].map(([lead, all]) => {
      const counting = eachFactOnce(all.filter((event) => !voided.has(`${lead} ${event.id}`) && (!asOf || event.occurredAt <= at)));
      return [
        lead,
        scoreOf(
          model,
          counting.sort((a, b) => a.occurredAt - b.occurredAt || Number(a.position - b.position)),
          at,
        ),
      ];
    }),
  );
}

/** The same call told again is one: the later telling holds; of the same quote the first. An event that came twice is no other. */
function eachFactOnce(events: readonly LeadlogEvent[]): LeadlogEvent[] {
  const sameFact = (a: LeadlogEvent, b: LeadlogEvent): boolean => {
    if (a.type === 'CallCompleted' && b.type === 'CallCompleted') return a.data.callId === b.data.callId;
    return (
      a.type === 'QuoteSubmitted' &&
      b.type === 'QuoteSubmitted' &&
      a.data.dealId === b.data.dealId &&
      a.data.quoteId === b.data.quoteId &&
      a.data.revision === b.data.revision
    );
  };
  const isLater = (a: LeadlogEvent, b: LeadlogEvent): boolean =>
    a.occurredAt > b.occurredAt || (a.occurredAt === b.occurredAt && a.position > b.position);
  return events.filter(
    (one) => !events.some((other) => sameFact(one, other) && (one.type === 'CallCompleted' ? isLater(other, one) : isLater(one, other))),
  );
}

function survivors(events: readonly LeadlogEvent[]): (lead: string) => string {
  let merges: { id: string; merged: string; survivor: string }[] = [];
  const rootOf = (lead: string): string => {
    const merge = merges.find(({ merged }) => merged === lead);
    return merge ? rootOf(merge.survivor) : lead;
  };
  for (const event of events) {
    if (event.type === 'LeadsMerged') {
      const [merged, survivor] = [rootOf(event.data.mergedId), rootOf(event.data.survivorId)];
      if (merged !== survivor) merges.push({ id: event.id, merged, survivor: event.data.survivorId });
    } else if (event.type === 'MergeReverted') merges = merges.filter(({ id }) => id !== event.data.mergeEventId);
  }
  return rootOf;
}

function scoreOf(model: ScoringModel, events: readonly LeadlogEvent[], at: number): BruteScore {
  const profile = profileOf(events);
  const own: Record<string, number> = {};
  const size: Record<string, number> = {};
  for (const { name, rules } of model.axes) {
    own[name] = 0;
    size[name] = 0;
    for (const rule of rules) {
      const gives = isProfileRule(rule)
        ? [rule.profile.every((condition) => holds(condition, profile[condition.path])) ? rule.points : 0]
        : contributions(rule, events, at, model.timezone ?? 'Asia/Tokyo');
      for (const one of gives) {
        own[name] += one;
        size[name] += Math.abs(one);
      }
    }
  }
  const scores: Record<string, number> = {};
  for (const { name, sum, floor, cap } of model.axes) {
    let points = own[name]!;
    if (sum) {
      points = Object.entries(sum).reduce((total, [axis, weight]) => total + weight * own[axis]!, 0);
      size[name] = Object.entries(sum).reduce((total, [axis, weight]) => total + Math.abs(weight) * size[axis]!, 0);
    }
    scores[name] = Math.min(cap ?? Infinity, Math.max(floor, points));
  }
  return { scores, size };
}

function contributions(rule: EventRule, events: readonly LeadlogEvent[], at: number, timezone: string): number[] {
  const inWindow = new Map<string, number>();
  return events
    .filter((event) => event.type === rule.on && rule.where.every((condition) => holds(condition, valueAt(event, condition.path))))
    .filter(
      ({ position }) =>
        (rule.recorded?.after === undefined || position > BigInt(rule.recorded.after)) &&
        (rule.recorded?.through === undefined || position <= BigInt(rule.recorded.through)),
    )
    .map(({ occurredAt }) => {
      let factor = 1;
      if (rule.cap) {
        const window = windowOf(rule, occurredAt, timezone);
        const before = inWindow.get(window) ?? 0;
        inWindow.set(window, before + 1);
        factor = before >= rule.cap.times ? 0 : (rule.cap.diminish ?? 1) ** before;
      }
      return rule.points * factor * (rule.halfLife === undefined ? 1 : 0.5 ** ((at - occurredAt) / rule.halfLife));
    });
}

function windowOf({ cap }: EventRule, at: number, timezone: string): string {
  const per = cap!.per;
  if (per === undefined) return 'all';
  if ('ms' in per) return String(Math.floor(at / per.ms));
  const [year, month, day] = new Intl.DateTimeFormat('en-CA', { timeZone: timezone }).format(at).split('-').map(Number);
  const sinceMonday = (Date.UTC(year!, month! - 1, day!) - Date.UTC(1969, 11, 29)) / 86_400_000;
  return String(Math.floor(sinceMonday / per.days));
}

function profileOf(events: readonly LeadlogEvent[]): Record<string, unknown> {
  const erased = Math.max(-Infinity, ...events.filter(({ type }) => type === 'PersonalDataErased').map(({ occurredAt }) => occurredAt));
  const profile: Record<string, unknown> = { 'has.name': false, 'has.email': false, 'has.phone': false };
  for (const event of events) {
    if (event.type !== 'LeadCaptured' && event.type !== 'ProfileUpdated') continue;
    const given = event.type === 'LeadCaptured' ? event.data.profile : event.data.changes;
    const { name, email, phone, ...stays } = given;
    Object.assign(profile, stays, event.occurredAt > erased && JSON.parse(JSON.stringify({ name, email, phone })));
    if (given.email !== undefined) profile['emailDomain'] = given.email.split('@')[1];
    for (const field of ['name', 'email', 'phone'] as const) if (given[field] !== undefined) profile[`has.${field}`] = true;
  }
  return profile;
}

function valueAt(event: LeadlogEvent, path: string): unknown {
  let value: unknown = event;
  for (const part of path.split('.'))
    value = typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>)[part] : undefined;
  return value;
}

function holds(condition: Condition, found: unknown): boolean {
  const { operator, value } = condition;
  if (operator === '$exists') return (found !== undefined && found !== null) === value;
  const given = found ?? condition.default;
  if (given === undefined) return operator === '$ne';
  switch (operator) {
    case '$eq':
      return given === value;
    case '$ne':
      return given !== value;
    case '$in':
      return (value as readonly unknown[]).includes(given);
    case '$regex':
      return typeof given === 'string' && new RegExp(value as string, 'u').test(given);
    default: {
      if (typeof given !== typeof value) return false;
      const order =
        typeof given === 'number' ? given - (value as number) : Buffer.compare(Buffer.from(given as string), Buffer.from(value as string));
      return { $gt: order > 0, $gte: order >= 0, $lt: order < 0, $lte: order <= 0 }[operator];
    }
  }
}
