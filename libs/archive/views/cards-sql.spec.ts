import fc from 'fast-check';
import type { RecordedEvent } from '@leadlog/event-log';
import { SqliteEventLog } from '@leadlog/event-log/sqlite/sqlite-event-log';
import { decode } from '@leadlog/events';
import { asAppend, recorded } from '@leadlog/events/recorded.testing';
import { cardsProjection, DORMANT_DAYS, handoffsProjection } from '@leadlog/handoff';
import { listCards } from '@leadlog/handoff/cards/card-queries';
import { leadsProjection } from '@leadlog/lead';
import { LiveReadModels, ProjectionEngine, fromCode, type Projection } from '@leadlog/projections';
import { SqliteReadModelStore } from '@leadlog/projections/sqlite/sqlite-read-model-store';
import { archiveOf, rowsOf, testFolder, TOKYO } from '../archived-history.testing';
import * as views from './cards';

const folder = testFolder();
const START = Date.parse('2026-01-01T00:00:00Z');
const day = (n: number): string => new Date(START + n * 86_400_000).toISOString();

const moment = fc.integer({ min: 0, max: 300 }).map((n) => n / 2);
const lead = fc.constantFrom('lead', 'twin');
const cardId = fc.constantFrom('c-1', 'c-2');
const rep = fc.constantFrom('rep-1', 'rep-2');
const dealId = fc.constantFrom('d-1', 'd-2');
const fact: fc.Arbitrary<() => RecordedEvent> = fc.oneof(
  fc.tuple(moment, lead, cardId, rep).map(
    ([n, leadId, card, repId]) =>
      () =>
        recorded('BusinessCardExchanged', { leadId, cardId: card, repId }, { at: day(n) }),
  ),
  fc.tuple(moment, lead, cardId, rep).map(
    ([n, leadId, card, repId]) =>
      () =>
        recorded('BusinessCardExchanged', { leadId, cardId: card, repId }, { at: day(n) }),
  ),
  fc.tuple(moment, lead, cardId, rep).map(
    ([n, leadId, card, repId]) =>
      () =>
        recorded('BusinessCardHandedToMarketing', { leadId, cardId: card, repId }, { at: day(n) }),
  ),
  fc.tuple(moment, lead).map(
    ([n, leadId]) =>
      () =>
        recorded('WebPageViewed', { leadId }, { at: day(n) }),
  ),
  fc.tuple(moment, lead, fc.constantFrom('k-1', 'k-2')).map(
    ([n, leadId, callId]) =>
      () =>
        recorded('CallCompleted', { leadId, callId, startedAt: day(n) }, { at: day(n) }),
  ),
  fc.tuple(moment, lead, dealId).map(
    ([n, leadId, id]) =>
      () =>
        recorded('DealOpened', { leadId, dealId: id, handoffId: undefined, runId: undefined }, { at: day(n) }),
  ),
  fc.tuple(moment, lead, dealId, fc.boolean()).map(
    ([n, leadId, id, isWon]) =>
      () =>
        recorded(isWon ? 'DealWon' : 'DealLost', { leadId, dealId: id }, { at: day(n) }),
  ),
  fc.tuple(moment, lead).map(
    ([n, leadId]) =>
      () =>
        recorded('LeadTierChanged', { leadId, to: 'hot' }, { at: day(n) }),
  ),
  fc.tuple(moment, lead).map(
    ([n, leadId]) =>
      () =>
        recorded('LeadHandedOff', { leadId, handoffId: `${leadId}.${n * 2}`, runId: `${leadId}.run-1` }, { at: day(n) }),
  ),
);

/** People and deals of a case of its own, so that many cases fit in one log. No two events at the same moment, which arrival would decide. */
function ofCase(event: RecordedEvent, n: number, place: number): RecordedEvent {
  const own = (text: string): string => text.replace(/"(lead|twin|c-|d-)/g, `"$1${n}-`);
  const occurredAt = event.occurredAt + place;
  const stream = event.stream.replace(/^([a-z]+)-(lead|twin|d-)/, `$1-$2${n}-`);
  const data = JSON.parse(own(JSON.stringify(event.data))) as object;
  return { ...event, stream, data, occurredAt, metadata: { ...event.metadata, occurredAt: new Date(occurredAt).toISOString() } };
}

it('is dormant after as many days as in the read model', () => expect(views.DORMANT_DAYS).toBe(DORMANT_DAYS));

it('cards in SQL are those of the read models: merged, voided, and in any order of arrival', async () => {
  const log = SqliteEventLog.open({ file: folder('log.db') });
  for (const [n, made] of fc.sample(fc.array(fact, { minLength: 2, maxLength: 9 }), { numRuns: 120, seed: 5 }).entries()) {
    const events = made.map((make, place) => ofCase(make(), n, place));
    const corrections = [
      ...(n % 3 === 0
        ? [recorded('LeadsMerged', { leadId: `twin${n}-`, mergedId: `twin${n}-`, survivorId: `lead${n}-` }, { at: day(400) })]
        : []),
      ...(n % 4 === 0
        ? [
            recorded(
              'TouchpointInvalidated',
              { leadId: (events[0]!.data as { leadId: string }).leadId, targetEventId: events[0]!.id, reason: 'test' },
              { at: day(400) },
            ),
          ]
        : []),
    ];
    for (const outcome of await log.appendMany([...events, ...corrections].map(asAppend))) if (!outcome.ok) throw outcome.error;
  }
  const store = SqliteReadModelStore.open({ file: folder('read-models.db') });
  const sources = [cardsProjection, handoffsProjection, leadsProjection({ timezone: TOKYO })].map((one) => fromCode(one as Projection));
  const engine = new ProjectionEngine({ log, store, sources, decode, clock: Date.now });
  await engine.start();
  const readModels = new LiveReadModels(store);
  await readModels.reached(['cards', 'handoffs', 'leads'], await log.head(), 300_000);
  const [cards, handoffs, leads] = await Promise.all(['cards', 'handoffs', 'leads'].map((name) => readModels.view(name)));
  const asOf = { today: '2026-05-01', timezone: TOKYO, dormantDays: DORMANT_DAYS };
  const { items } = await listCards({ cards: cards!, handoffs: handoffs!, leads: leads! }, { limit: 1_000 }, asOf);
  await engine.stop();
  await store.close();
  const archive = await archiveOf(log, folder('archive'), 'tail');
  const { connection } = await archive.snapshot();
  const rows = await rowsOf(
    connection,
    `SELECT lead, card, rep, tier, CASE WHEN handed_at IS NOT NULL THEN 'handed-over' WHEN dormant_from <= DATE '${asOf.today}' THEN 'dormant' ELSE 'active' END AS state,
      handed_off_at, deal_at IS NOT NULL AS has_deal, won_at IS NOT NULL AS won FROM card_outcomes ORDER BY lead, card`,
  );
  const live = items
    .map(({ leadId, cardId: card, repId, tier, state, handoff, deal }) => ({
      lead: leadId,
      card,
      rep: repId,
      tier,
      state,
      handed_off_at: handoff?.at ?? null,
      has_deal: deal !== undefined,
      won: deal?.state === 'won',
    }))
    .sort((a, b) => (`${a.lead} ${a.card}` < `${b.lead} ${b.card}` ? -1 : 1));
  expect(rows).toEqual(live);
  expect([...new Set(rows.map(({ state }) => state))].sort()).toEqual(['active', 'dormant', 'handed-over']);
  archive.close();
  await log.close();
});
