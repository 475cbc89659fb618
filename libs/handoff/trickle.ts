import { appendAll, appendAt, readState, type EventLog, type Fold, type NewEvent } from '@leadlog/event-log';
import { decisionId, decode, leadStream, modelStream, ownEvent, type EventOf, type EventType } from '@leadlog/events';
import type { Reaction, ReadModels, ReadModelView } from '@leadlog/projections';
import { addDays, localDay, startOfLocalDay, type Clock } from '@leadlog/time';
import { TRICKLING, withheldBy } from './handoffs.projection';

interface Parts {
  log: EventLog;
  readModels: ReadModels;
  clock: Clock;
  /** Whose days are counted. */
  timezone: string;
}

const PAGE = 500;

/**
 * Of the leads that are hot only because of how their model was published, hands off so many a day, the best first, from the day
 * after the publication on. Which ones is decided once a day, in one event of the model's stream, whose id and revision let no
 * second worker decide the same day; each lead then hears of it in a stream of its own, as often as it takes. A day on which no
 * worker runs is left out, and another publication ends it.
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
      // Whoever decided on them may have died before all had been told.
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

/** The stream in which it is decided who is handed off of those whose past was imported; no model can have this name. */
const IMPORTS = '@imports';

/** The same for leads that are hot by a past that was imported with `decisions=trickle`: so many a day, from the day after on. */
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
      // All leads of the list ask, the one that waits longest first; one answer a day is enough.
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
  /** The live one, where it trickles. */
  publication?: EventOf<'ScoringModelPublished'>;
  releases: Release[];
}

const trickle: Fold<Trickle> = {
  initial: () => ({ releases: [] }),
  evolve: (state, recorded) => {
    const event = decode(recorded);
    if (event.type === 'ScoringModelPublished') return { releases: [], ...(event.data.handoffs === 'trickle' && { publication: event }) };
    if (event.type === 'ScoringModelRetired') return { releases: [] };
    if (event.type === 'WithheldHandoffsReleased' && event.data.published === String(state.publication?.position)) state.releases.push(event.data);
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

/** Those with the highest scores that have not had their turn. */
async function best(view: ReadModelView, published: string, most: number, before: ReadonlySet<string>): Promise<string[]> {
  const chosen: string[] = [];
  for (let after; chosen.length < most; ) {
    const page = await view.list(withheldBy(published), { direction: 'descending', limit: PAGE, after });
    chosen.push(...page.map(({ key }) => key).filter((key) => !before.has(key)));
    after = page.at(-1);
    if (page.length < PAGE) break;
  }
  return chosen.slice(0, most);
}

/** Once a lead, however often it is done. */
async function tell(log: EventLog, modelId: string, published: string | undefined, { day, leadIds }: Release, now: number): Promise<void> {
  await appendAll(
    log,
    leadIds.map((leadId) => ({ stream: leadStream(leadId), events: [decision('HandoffReleased', { leadId, modelId, ...(published !== undefined && { published }), day }, now, leadId, published ?? `${modelId} ${day}`)], expected: 'any' as const })),
  );
}

const decision = (type: EventType, data: object, at: number, ...from: string[]): NewEvent => ownEvent({ id: decisionId(type, ...from), type, data, at, by: 'handoff' });
