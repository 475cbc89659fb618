import {
  EventTooLarge,
  type Append,
  type AppendError,
  type EventLog,
  type NewEvent,
  type Position,
  type RecordedEvent,
} from '@leadlog/event-log';
import { isPassing, kindOf, LeadlogError, type ErrorFacts } from '@leadlog/errors';
import { BY_IDENTITY, decisionId, leadStream, ownEvent, shown, type FieldError, type LeadIdentity } from '@leadlog/events';
import {
  isRelayFact,
  KeptApartIdentities,
  leadConcerned,
  MergeDecisions,
  relayConcerned,
  saysWhoIsOne,
  tellLead,
  tellRelay,
  type IdentityNames,
  type MembersOf,
  type TeamOf,
} from '@leadlog/lead';
import type { Clock } from '@leadlog/time';
import type { ParsedEvent } from './cloudevents';
import { differencesFrom, recordedOf } from './conflicts';
import { Identities, type Assigned, type Wish } from './identity-claims';
import { admit, type Admitted, type Data } from './admit';
import { RecordedIds } from './recorded-ids';
import { contradiction, joiningOf } from './same-person';
import { SharedIdentitiesRecorder, type Sharing } from './shared-identities-recorder';

export type IngestResult =
  | {
      result: 'accepted' | 'duplicate';
      /** As sent. */
      id: string;
      /** As recorded; what `TouchpointInvalidated` names. */
      eventId: string;
      leadId?: string;
      /** A read model at or past this position includes the event. */
      position: Position;
      /** Information for the sender; not errors. */
      notices?: readonly string[];
    }
  /** The id is recorded with other content, which stays: `errors` lists what is recorded and what was sent. */
  | { result: 'conflict'; id: string; eventId: string; leadId?: string; position: Position; errors: readonly FieldError[] }
  | { result: 'rejected'; id?: string; errors: readonly FieldError[] };

export interface IngestionOptions {
  clock: Clock;
  /** How far a sender's clock may be ahead of this one. Default: 5 minutes. */
  maxAheadMs?: number;
  /** The team of a rep, if the policy knows it. */
  teamOf?: TeamOf;
  /** Who is one person, for facts that belong to where they began; by default, everybody is one of their own. */
  membersOf?: MembersOf;
  /** Subjects whose keys are destroyed; nobody by default. */
  forgotten?: () => Promise<ReadonlySet<string>>;
  /** What identities are called in the log: with another name, an address is somebody new. */
  names: IdentityNames;
  /** Those of the process; of its own by default. */
  merges?: MergeDecisions;
  /** What events that were just recorded (at `now`, ms) contradict, by their places: told to their sender. */
  noticesOf?: (events: readonly NewEvent[], now: number) => Promise<ReadonlyMap<number, readonly string[]>>;
  /** Correlation id of the work in progress, recorded with events that name none. */
  correlationId?: () => string | undefined;
  /** Identities kept in memory. */
  cacheSize?: number;
}

/** The log cannot take events at the moment. Retrying is safe: events that were already recorded become duplicates. */
export class IngestionUnavailable extends LeadlogError {
  readonly kind: 'busy' | 'unavailable';

  constructor(override readonly cause: Error & ErrorFacts) {
    super(cause.message, { errors: cause.errors, retryAfterSeconds: cause.retryAfterSeconds });
    this.kind = kindOf(cause) === 'busy' ? 'busy' : 'unavailable';
  }
}

interface Ready {
  at: number;
  id: string;
  stream: string;
  event: NewEvent;
  leadId?: string;
  /** Identities that it reports and that belong to another lead. */
  taken?: Assigned['taken'];
  /** Leads that its identity named before, and that are forgotten. */
  former?: Assigned['former'];
}

/** For how many events with an identity of another lead both leads are read at once. */
const READ_TOGETHER = 100;

/** Events with their leads, not yet in the log. */
export interface ResolvedEvents {
  readonly ready: readonly Ready[];
  readonly rejected: readonly (readonly [at: number, result: IngestResult])[];
  readonly count: number;
}

/** Records events from outside: validate, find the lead, append. Any number of instances may run on one log. */
export class Ingestion {
  private readonly identities: Identities;
  private readonly merges: MergeDecisions;
  private readonly shared: SharedIdentitiesRecorder;
  private readonly keptApart: KeptApartIdentities;
  private readonly recordedIds: RecordedIds;

  constructor(
    private readonly log: EventLog,
    private readonly options: IngestionOptions,
  ) {
    const { forgotten, names, cacheSize } = options;
    this.identities = new Identities(log, { forgotten, names, cacheSize });
    this.merges = options.merges ?? new MergeDecisions(log, undefined, undefined, names);
    this.shared = new SharedIdentitiesRecorder(log, names);
    this.keptApart = new KeptApartIdentities(log, names);
    this.recordedIds = new RecordedIds(log);
  }

  /** One result for each input, in their order, once they are durable. Rejects with IngestionUnavailable. */
  async ingest(inputs: readonly ParsedEvent[]): Promise<IngestResult[]> {
    return this.append(await this.resolve(inputs));
  }

  /**
   * The first half: batches are resolved one after another, so that each line sees the effects of earlier ones, and appended concurrently.
   */
  async resolve(inputs: readonly ParsedEvent[]): Promise<ResolvedEvents> {
    const latest = this.options.clock() + (this.options.maxAheadMs ?? 300_000);
    const correlationId = this.options.correlationId?.();
    const rejected: [number, IngestResult][] = [];
    const admitted: [at: number, id: string, event: Admitted][] = [];
    const wishes: (Wish & { at: number })[] = [];
    for (const [at, input] of inputs.entries()) {
      if (!input.ok) {
        rejected.push([at, { result: 'rejected', ...(input.id !== undefined && { id: input.id }), errors: input.errors }]);
        continue;
      }
      const result = admit(input.event, latest, correlationId);
      if (!('eventId' in result)) {
        rejected.push([at, { result: 'rejected', id: input.event.id, errors: result }]);
        continue;
      }
      admitted.push([at, input.event.id, result]);
      if (result.by || result.tells.length > 0) {
        const { leadId, by, tells, eventId, metadata } = result;
        wishes.push({ at, leadId, by, tells, eventId, occurredAt: metadata.occurredAt });
      }
    }
    await available(() => this.identities.follow());
    const assigned = await available(() => this.identities.assign(wishes));
    const byLine = new Map(wishes.map((wish, index) => [wish.at, assigned[index]!]));
    const ready: Ready[] = [];
    for (const [at, id, event] of admitted) {
      const mine = byLine.get(at);
      const one = readyToAppend(at, id, event, mine?.leadId);
      if (event.definition.subject === undefined)
        one.stream = await available(() => this.merges.streamOf((event.data as { identity: LeadIdentity }).identity));
      if (mine && mine.taken.length > 0) one.taken = mine.taken;
      if (mine?.former) one.former = mine.former;
      ready.push(one);
    }
    // All waiting is done here: what waits while appending is overtaken by the next batch, in the streams that both write.
    const starting = this.recordedIds.ready();
    if (starting) await available(() => starting);
    const facts = ready.filter(({ stream, event }) => stream.startsWith('lead-') && !saysWhoIsOne(event.type));
    if (facts.length > 0) await available(() => this.redirect(facts));
    return { ready, rejected, count: inputs.length };
  }

  /**
   * Undefined if all of these can be recorded. If not, what is wrong with which of them, by their places: those that are rejected, and those whose
   * id is recorded with other content. Decisions about a lead are looked at only when they are taken.
   */
  async refusedOf({ ready, rejected }: ResolvedEvents): Promise<ReadonlyMap<number, IngestResult> | undefined> {
    const refused = new Map(rejected);
    const byStream = new Map<string, Ready[]>();
    for (const one of ready) {
      const stream = this.recordedIds.streamOf(one.event.id) ?? one.stream;
      byStream.set(stream, [...(byStream.get(stream) ?? []), one]);
    }
    for (const [stream, some] of byStream) {
      const ids = some.map(({ event }) => event.id);
      const recorded = await available(() => recordedOf(this.log, stream, ids));
      for (const one of some) {
        const known = recorded.get(one.event.id);
        const result = known && repeated(one, known, known.position);
        if (result?.result === 'conflict') refused.set(one.at, result);
      }
    }
    return refused.size > 0 ? refused : undefined;
  }

  /** The second half: one append per stream. */
  append(events: ResolvedEvents): Promise<IngestResult[]> {
    return this.recordedIds.inTurn(events.ready, () => this.appendNow(events));
  }

  /** A fact about a handoff or a relay of a merged lead goes into the stream of that lead: there a repeat of it must be looked for, too. */
  private async redirect(facts: readonly Ready[]): Promise<void> {
    for (const one of facts) {
      const { type, data } = one.event;
      const { membersOf } = this.options;
      const whose =
        isRelayFact(type) && membersOf
          ? await relayConcerned(this.log, one.leadId!, (data as { appointmentId: string }).appointmentId, membersOf)
          : await leadConcerned(this.log, one.leadId!, data as { handoffId?: string; runId?: string }, type);
      if (typeof whose !== 'string' || whose === one.leadId) continue;
      one.stream = leadStream(whose);
      one.event = { ...one.event, data: { ...data, leadId: whose } };
    }
  }

  private async appendNow({ ready, rejected, count }: ResolvedEvents): Promise<IngestResult[]> {
    const results = new Array<IngestResult>(count);
    for (const [at, result] of rejected) results[at] = result;
    const packs = new Map<string, Ready[]>();
    const decided = new Map<string, Ready[]>();
    const put = (one: Ready): void => {
      const target = one.stream.startsWith('lead-') || saysWhoIsOne(one.event.type) ? decided : packs;
      const pack = target.get(one.stream);
      if (pack) pack.push(one);
      else target.set(one.stream, [one]);
    };
    const firsts = new Map<string, Ready>();
    const again: [Ready, first: Ready][] = [];
    const elsewhere: [Ready, streams: readonly string[]][] = [];
    for (const one of ready) {
      const { id } = one.event;
      const first = firsts.get(id);
      if (first) {
        again.push([one, first]);
        continue;
      }
      firsts.set(id, one);
      const stream = this.recordedIds.streamOf(id);
      if (stream !== undefined && stream !== one.stream) elsewhere.push([one, [stream]]);
      else if (stream === undefined && one.former) elsewhere.push([one, one.former.map((leadId) => streamAs(leadId, one))]);
      else put(one);
    }
    // Events that were already recorded, by index.
    const known = new Map<number, RecordedEvent>();
    const lookElsewhere = async (): Promise<void> => {
      for (const [one, streams] of elsewhere) {
        let recorded: RecordedEvent | undefined;
        for (const stream of streams) recorded ??= (await recordedOf(this.log, stream, [one.event.id])).get(one.event.id);
        if (recorded) known.set(one.at, recorded);
        if (recorded) results[one.at] = repeated(one, recorded, recorded.position);
        else put(one);
      }
    };
    await available(async () => {
      // What is written is asked for first: after a look, the next batch would be ahead in the streams that both write.
      const writing = [...packs.values()];
      packs.clear();
      await Promise.all([this.appendPacks(writing, results, known), lookElsewhere()]);
      // Those that were remembered and are not there.
      await this.appendPacks([...packs.values()], results, known);
      await Promise.all([...decided.values()].map((pack) => this.decide(pack, results, known)));
    });
    for (const [one, first] of again) {
      const result = results[first.at]!;
      const recorded =
        known.get(first.at) ?? ({ ...first.event, occurredAt: Date.parse(first.event.metadata.occurredAt) } as unknown as RecordedEvent);
      results[one.at] = result.result === 'rejected' ? result : repeated(one, recorded, result.position);
    }
    const clashing: Ready[] = [];
    for (const one of ready) {
      const result = results[one.at]!;
      if (result.result === 'accepted') this.recordedIds.recorded(one.event.id, one.stream);
      // Events recorded earlier for another lead do not affect this one.
      if (one.taken && (result.result === 'accepted' || result.result === 'duplicate') && result.leadId === one.leadId) clashing.push(one);
    }
    if (clashing.length > 0) await available(() => this.settle(clashing, results));
    if (this.options.noticesOf) await available(() => this.notice(ready, results));
    return results;
  }

  /** Merges leads that are certainly the same; possible matches that are not merged are reported and recorded. */
  private async settle(clashing: readonly Ready[], results: IngestResult[]): Promise<void> {
    const sharings: Sharing[] = [];
    for (let at = 0; at < clashing.length; at += READ_TOGETHER) {
      const some = clashing.slice(at, at + READ_TOGETHER);
      // A merge that occurs twice in the batch is a repeat, so all leads can be read before the first decision.
      const relations = await Promise.all(
        some.map(async ({ leadId, taken }) => Promise.all(taken!.map((one) => this.merges.relationOf(leadId!, one.leadId)))),
      );
      for (const [place, one] of some.entries()) {
        const { event, leadId, taken } = one;
        const result = results[one.at]! as Extract<IngestResult, { result: 'accepted' | 'duplicate' }>;
        const relationTo = (which: number) => relations[place]![which];
        // A pair that is already decided is not reported; a third lead may share the identity with both.
        for (const [which, { identity, leadId: ownerId }] of taken!.entries())
          if (relationTo(which) === 'one' || relationTo(which) === 'apart') sharings.push({ event, leadId: leadId!, identity, ownerId });
        const notices = await this.joined({ ...one, taken: taken!.filter((_, which) => relationTo(which) === undefined) }, sharings);
        if (notices.length > 0) result.notices = notices;
      }
    }
    await this.shared.record(sharings);
  }

  /**
   * For identities that belong to another lead: a visitor who browsed, or a person who was mailed, before being identified, was a separate
   * lead until now, and that history moves to this one. Identities of a lead that senders have named stay there, with a notice.
   */
  private async joined({ event, leadId, taken = [] }: Ready, sharings: Sharing[]): Promise<string[]> {
    const notices: string[] = [];
    for (const { identity, leadId: owner } of taken) {
      if (await this.keptApart.has(identity)) continue;
      const [kind, value] = Object.entries(identity.identity)[0]!;
      const stays = `${kind} ${shown(value)} already belongs to lead ${owner} and stays there`;
      const joining = joiningOf(event, leadId!, { identity, leadId: owner }, (...one) => this.identities.hasMade(...one));
      const sharing: Sharing = { event, leadId: leadId!, identity, ownerId: owner };
      if (!joining) {
        sharings.push(sharing);
        notices.push(`${stays}; if they are the same person, merge ${leadId} into it`);
        continue;
      }
      const { mergedId, survivorId } = joining;
      const against =
        (await contradiction(this.log, owner, event, ['name'])) ??
        (mergedId === leadId ? await contradiction(this.log, mergedId, event, ['name', 'email']) : undefined);
      const answer =
        against === undefined ? await this.merges.mergeUntouched(mergedId, mergeBecause(event, survivorId, mergedId)) : undefined;
      if (answer?.ok) {
        if (!answer.repeated) notices.push(`the anonymous lead ${mergedId} of this ${NAMES[kind] ?? kind} is merged into ${survivorId}`);
        continue;
      }
      sharings.push(sharing);
      notices.push(`${stays}: ${answer ? `expected ${answer.expected}, got ${answer.got}` : against}`);
    }
    return notices;
  }

  /** What was accepted and contradicts what is recorded is told; it stands all the same. */
  private async notice(ready: readonly Ready[], results: IngestResult[]): Promise<void> {
    const accepted = ready.filter(({ at }) => results[at]!.result === 'accepted');
    const notices = await this.options.noticesOf!(
      accepted.map(({ event }) => event),
      this.options.clock(),
    );
    for (const [place, told] of notices) {
      const result = results[accepted[place]!.at] as Extract<IngestResult, { result: 'accepted' | 'duplicate' }>;
      result.notices = [...(result.notices ?? []), ...told];
    }
  }

  private async appendPacks(packs: readonly Ready[][], results: IngestResult[], known: Map<number, RecordedEvent>): Promise<void> {
    for (let left = packs; left.length > 0;) {
      const outcomes = await this.log.appendMany(left.map(appendOf));
      const next: Ready[][] = [];
      let failure: AppendError | undefined;
      for (const [index, outcome] of outcomes.entries()) {
        const pack = left[index]!;
        if (outcome.ok) {
          const { position, repeated: ids } = outcome.value;
          const again = ids.length === 0 ? undefined : await recordedOf(this.log, pack[0]!.stream, ids);
          for (const one of pack) {
            const recorded = again?.get(one.event.id);
            if (recorded) known.set(one.at, recorded);
            results[one.at] = recorded ? repeated(one, recorded, recorded.position) : accepted(one, position);
          }
        } else if (outcome.error instanceof EventTooLarge) {
          // It made the others of its stream fail too: they are appended again without it.
          const { eventId } = outcome.error;
          for (const one of pack) if (one.event.id === eventId) results[one.at] = tooLarge(one, outcome.error);
          const rest = pack.filter((one) => one.event.id !== eventId);
          if (rest.length > 0) next.push(rest);
        } else {
          failure = outcome.error;
        }
      }
      if (failure) throw failure;
      left = next;
    }
  }

  /** One after another for each lead or identity, because each decision depends on the changes of the one before. */
  private async decide(pack: readonly Ready[], results: IngestResult[], known: Map<number, RecordedEvent>): Promise<void> {
    for (const one of pack) {
      try {
        const answer = await (saysWhoIsOne(one.event.type)
          ? this.merges.decide(one.event)
          : isRelayFact(one.event.type)
            ? tellRelay(this.log, (one.event.data as { leadId: string }).leadId, one.event)
            : tellLead(this.log, one.leadId!, one.event, this.options.teamOf));
        const recorded =
          answer.ok && answer.repeated ? (await recordedOf(this.log, one.stream, [one.event.id])).get(one.event.id) : undefined;
        if (recorded) known.set(one.at, recorded);
        results[one.at] = answer.ok
          ? recorded
            ? repeated(one, recorded, answer.position)
            : accepted(one, answer.position)
          : {
              result: 'rejected',
              id: one.id,
              errors: [{ pointer: answer.pointer ?? '/type', expected: answer.expected, got: answer.got }],
            };
      } catch (error) {
        if (!(error instanceof EventTooLarge)) throw error;
        results[one.at] = tooLarge(one, error);
      }
    }
  }
}

function readyToAppend(
  at: number,
  id: string,
  { definition, data, eventId, leadId: named, metadata }: Admitted,
  assigned: string | undefined,
): Ready {
  const leadId = assigned ?? named;
  const recorded = leadId === undefined || data['leadId'] === leadId ? data : { leadId, ...data };
  const event: NewEvent = { id: eventId, type: definition.type, data: recorded, metadata };
  const ready: Ready = {
    at,
    id,
    // Of an event about an identity that is asked for: it may have one of several.
    stream: definition.subject === undefined ? '' : `${definition.stream}-${String((recorded as Data)[definition.subject])}`,
    event,
  };
  if (leadId !== undefined) ready.leadId = leadId;
  return ready;
}

/** Where it would be, had it come while its identity was that of this lead. */
const streamAs = (leadId: string, { stream, leadId: now }: Ready): string =>
  now !== undefined && stream.endsWith(`-${now}`) ? `${stream.slice(0, -now.length)}${leadId}` : stream;

/** Names in messages, for identity kinds that can create a lead by themselves. */
const NAMES: Readonly<Record<string, string>> = { visitorId: 'visitor', email: 'address', cardId: 'business card' };

const appendOf = (pack: readonly Ready[]): Append => ({ stream: pack[0]!.stream, events: pack.map(({ event }) => event), expected: 'any' });

function accepted({ id, event, leadId }: Ready, position: Position): IngestResult {
  const result: IngestResult = { result: 'accepted', id, eventId: event.id, position };
  if (leadId !== undefined) result.leadId = leadId;
  return result;
}

/** Whether an event under the id of a recorded one is the same or different. */
function repeated(one: Ready, recorded: RecordedEvent, position: Position): IngestResult {
  const errors = differencesFrom(recorded, one.event);
  const { leadId = one.leadId } = recorded.data as { leadId?: string };
  const result = accepted({ ...one, leadId }, position) as Extract<IngestResult, { result: 'accepted' | 'duplicate' }>;
  if (errors.length === 0) return { ...result, result: 'duplicate' };
  return { ...result, result: 'conflict', errors };
}

const tooLarge = ({ id }: Ready, { limit, bytes }: EventTooLarge): IngestResult => ({
  result: 'rejected',
  id,
  errors: [{ pointer: '/data', expected: `at most ${limit} bytes; send large content as a reference`, got: `${bytes} bytes` }],
});

function mergeBecause(cause: NewEvent, survivorId: string, mergedId: string): NewEvent {
  const id = decisionId('LeadsMerged', mergedId, survivorId);
  return ownEvent({
    id,
    type: 'LeadsMerged',
    data: { leadId: mergedId, survivorId, mergedId },
    at: cause.metadata.occurredAt,
    by: BY_IDENTITY,
    cause,
  });
}

/** Turns everything that keeps the log from answering into one error; a changed revision is not among these. */
async function available<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (isPassing(error)) throw new IngestionUnavailable(error);
    throw error;
  }
}
