import { appendAll, appendAt, readState, type EventLog, type Fold, type NewEvent } from '@leadlog/event-log';
import { decisionId, decode, leadStream, modelStream, ownEvent, type EventOf, type EventType } from '@leadlog/events';
import type { Reaction, ReadModels, ReadModelView } from '@leadlog/projections';
import { addDays, localDay, startOfLocalDay, type Clock } from '@leadlog/time';
import { TRICKLING, withheldBy } from './handoffs.projection';

interface Parts {
  log: EventLog;
  readModels: ReadModels;
  clock: Clock;
  /** Time zone in which days are counted. */
  timezone: string;
}

const PAGE = 500;

/**
 * Hands off a limited number a day of the leads that are hot only because of how their model was published, best first, from the day
 * after the publication. The selection is made once a day, in one event of the model's stream, whose id and revision prevent
 * a second worker from deciding the same day; a fact in the stream of each lead follows, retried until it is written. A day on
 * which no worker runs is skipped, and another publication ends the process.
 */
export function trickleReaction({ log, readModels, clock, timezone }: Parts): Reaction {
  return {
    name: 'release-withheld',
    projection: 'models',
    list: 'trickling',
    async react(modelId) {
      const { state, revision } = await readState(log, modelStream(modelId), trickle);
      const { publication, releases } = state;
      if (!publication) return 'again';
      const published = String(publication.position);
      const now = clock();
      const day = localDay(now, timezone);
      const last = releases.at(-1);
      // The worker that selected them may have died before all releases were written.
      if (last) await tell(log, modelId, published, last, now);
      if (day > (last?.day ?? localDay(publication.recordedAt, timezone))) {
        const before = new Set(releases.flatMap(({ leadIds }) => leadIds));
        const leadIds = await best(await readModels.view('handoffs'), published, publication.data.perDay!, before);
        if (leadIds.length > 0) {
          const release = decision('WithheldHandoffsReleased', { modelId, published, day, leadIds }, now, modelId, published, day);
          if ((await appendAt(log, modelStream(modelId), [release], revision)) === undefined) return 'again';
          await tell(log, modelId, published, { day, leadIds }, now);
        }
      }
      return { notBefore: startOfLocalDay(addDays(day, 1), timezone) };
    },
  };
}

/** The stream with the daily selections of leads whose past was imported; no model can have this name. */
const IMPORTS = '@imports';

/** The same for leads that are hot by a past imported with `decisions=trickle`: a limited number a day, from the next day on. */
export function importTrickleReaction({ log, readModels, clock, timezone, perDay }: Parts & { perDay: number }): Reaction {
  let decided: { day: string; done: Promise<boolean> } | undefined;
  const release = async (day: string, since: number, now: number): Promise<boolean> => {
    const { state: releases, revision } = await readState(log, modelStream(IMPORTS), importReleases);
    const last = releases.at(-1);
    if (last) await tell(log, IMPORTS, undefined, last, now);
    if (day <= (last?.day ?? '') || day <= localDay(since, timezone)) return true;
    const leadIds = await best(await readModels.view('handoffs'), 'trickle', perDay, new Set(releases.flatMap(({ leadIds }) => leadIds)));
    if (leadIds.length === 0) return true;
    const event = decision('WithheldHandoffsReleased', { modelId: IMPORTS, day, leadIds }, now, IMPORTS, day);
    if ((await appendAt(log, modelStream(IMPORTS), [event], revision)) === undefined) return false;
    await tell(log, IMPORTS, undefined, { day, leadIds }, now);
    return true;
  };
  return {
    name: 'release-imported',
    projection: 'handoffs',
    list: TRICKLING,
    async react(_leadId, since) {
      const now = clock();
      const day = localDay(now, timezone);
      // The reaction runs for all leads of the list, longest waiting first; one selection a day is enough.
      if (decided?.day !== day) decided = { day, done: release(day, since, now) };
      const mine = decided;
      const isDone = await mine.done.catch((error: unknown) => {
        if (decided === mine) decided = undefined;
        throw error;
      });
      if (isDone) return { notBefore: startOfLocalDay(addDays(day, 1), timezone) };
      if (decided === mine) decided = undefined;
      return 'again';
    },
  };
}

interface Release {
  day: string;
  leadIds: readonly string[];
}

interface Trickle {
  /** The live publication, if it trickles. */
  publication?: EventOf<'ScoringModelPublished'>;
  releases: Release[];
}

const trickle: Fold<Trickle> = {
  initial: () => ({ releases: [] }),
  evolve: (state, recorded) => {
    const event = decode(recorded);
    if (event.type === 'ScoringModelPublished') return { releases: [], ...(event.data.handoffs === 'trickle' && { publication: event }) };
    if (event.type === 'ScoringModelRetired') return { releases: [] };
    if (event.type === 'WithheldHandoffsReleased' && event.data.published === String(state.publication?.position))
      state.releases.push(event.data);
    return state;
  },
};

const importReleases: Fold<Release[]> = {
  initial: () => [],
  evolve: (releases, recorded) => {
    const event = decode(recorded);
    if (event.type === 'WithheldHandoffsReleased') releases.push(event.data);
    return releases;
  },
};

/** Those with the highest scores that were not released yet. */
async function best(view: ReadModelView, published: string, most: number, before: ReadonlySet<string>): Promise<string[]> {
  const chosen: string[] = [];
  for (let after; chosen.length < most;) {
    const page = await view.list(withheldBy(published), { direction: 'descending', limit: PAGE, after });
    chosen.push(...page.map(({ key }) => key).filter((key) => !before.has(key)));
    after = page.at(-1);
    if (page.length < PAGE) break;
  }
  return chosen.slice(0, most);
}

/** Once per lead, however often it runs. */
async function tell(log: EventLog, modelId: string, published: string | undefined, { day, leadIds }: Release, now: number): Promise<void> {
  await appendAll(
    log,
    leadIds.map((leadId) => ({
      stream: leadStream(leadId),
      events: [
        decision(
          'HandoffReleased',
          { leadId, modelId, ...(published !== undefined && { published }), day },
          now,
          leadId,
          published ?? `${modelId} ${day}`,
        ),
      ],
      expected: 'any' as const,
    })),
  );
}

const decision = (type: EventType, data: object, at: number, ...from: string[]): NewEvent =>
  ownEvent({ id: decisionId(type, ...from), type, data, at, by: 'handoff' });
