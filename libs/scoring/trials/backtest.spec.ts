import fc from 'fast-check';
import { ModelHistories } from '@leadlog/archive';
import { archiveOf, testFolder, TOKYO } from '@leadlog/archive/archived-history.testing';
import { SqliteEventLog } from '@leadlog/event-log/sqlite/sqlite-event-log';
import type { LeadlogEvent } from '@leadlog/events';
import { asAppend, recorded } from '@leadlog/events/recorded.testing';
import { backtest, compile, parseModel, TooLittleHistory, type Backtest, type ScoringModel } from '@leadlog/scoring';
import { startOfLocalDay } from '@leadlog/time';
import { randomModel } from '../model/models.testing';
import { bruteScores } from '../scores/scores.brute-force.testing';
import { touchesOf, touchSteps } from '../scores/touches.testing';
import { eventsOf } from '../past-scores/scored-logs.testing';

const folder = testFolder();
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const HORIZON = 20;
const month = (n: number): number => startOfLocalDay(`2026-0${n}-01`, TOKYO);
const FACT = /^(?!PersonalDataErased|LeadsMerged|MergeReverted|TouchpointInvalidated)/;

describe('a backtest', () => {
  it('of random models on random histories gives the figures that are counted one by one from the raw events', async () => {
    const seed = Math.floor(Math.random() * 2 ** 31);
    const { log, events } = await logOf(history(seed));
    const models = Array.from({ length: 8 }, (_, i) => fc.sample(randomModel(`m${i}`, TOKYO), { numRuns: 1, seed: seed + i })[0]!);
    const archive = await archiveOf(log, folder('archive'), 'segments', 500);
    try {
      const versions = models.map((model) => ({ name: model.model, model: compile(model) }));
      const found = await backtest(new ModelHistories(archive, TOKYO), {
        versions,
        outcome: 'deal',
        horizonDays: HORIZON,
        by: 'recorded',
        timezone: TOKYO,
        capacity: 15,
      });
      expect(found.versions[0]!.cutoffs.map(({ at }) => at)).toEqual([month(3), month(4)]);
      for (const [i, model] of models.entries())
        compare(
          seed,
          found.versions[i]!,
          found.versions[i]!.cutoffs.map(({ at }) => rankedBruteForce(model, events, at)),
          15,
        );
      expect(found.outcomes).toBeGreaterThan(0);
    } finally {
      archive.close();
      await log.close();
    }
  });

  it('gives the same numbers for a cut-off whatever is recorded after it', async () => {
    const seed = Math.floor(Math.random() * 2 ** 31);
    const all = history(seed);
    const cutoff = month(4);
    const models = Array.from({ length: 4 }, (_, i) => fc.sample(randomModel(`m${i}`, TOKYO), { numRuns: 1, seed: seed + i })[0]!);
    const request = {
      versions: models.map((model) => ({ name: model.model, model: compile(model) })),
      outcome: 'won',
      horizonDays: HORIZON,
      by: 'recorded',
      timezone: TOKYO,
      capacity: 20,
      cutoffs: [cutoff],
    } as const;
    const known = all.filter(({ recordedAt }) => recordedAt <= cutoff);
    // Of the time after, everything but the outcomes themselves; late ones, merges and voids of what came before among them.
    const later = all.filter(({ recordedAt, type }) => recordedAt > cutoff && type !== 'DealWon');
    expect({ seed, late: later.some(({ occurredAt }) => occurredAt < cutoff) }).toEqual({ seed, late: true });
    const answers: Backtest[] = [];
    for (const events of [known, [...known, ...later]]) {
      const { log } = await logOf(events);
      const archive = await archiveOf(log, folder('archive'), 'segments', 500);
      answers.push(await backtest(new ModelHistories(archive, TOKYO), request));
      archive.close();
      await log.close();
    }
    const seen = answers.map(({ versions }) =>
      versions.map(({ cutoffs, picks }) => ({
        leads: cutoffs[0]!.leads,
        hot: cutoffs[0]!.hot,
        picks: picks.map(({ leadId, rank }) => [leadId, rank.toFixed(9)]),
      })),
    );
    expect({ seed, seen: seen[1] }).toEqual({ seed, seen: seen[0] });
    expect(seen[0]![0]!.leads).toBeGreaterThan(20);
  });

  it('of one event dated 1970 is as without it, but for the cut-offs that are ignored', async () => {
    const all = history(7);
    const old = recorded('EmailOpened', { leadId: 'h0-0' }, { at: 5 * DAY, recordedAt: month(2) }) as LeadlogEvent;
    const model = compile(
      parseModel('model: m\naxes: { e: { rules: [{ id: a, on: EmailOpened, points: 1, halfLife: 30d }] } }\ntiers: {}'),
    );
    const request = {
      versions: [{ name: 'm', model }],
      outcome: 'deal',
      horizonDays: HORIZON,
      by: 'occurred',
      timezone: TOKYO,
      capacity: 15,
    } as const;
    const answers: Backtest[] = [];
    for (const events of [all, [...all, old].sort((a, b) => a.recordedAt - b.recordedAt)]) {
      const { log } = await logOf(events);
      const archive = await archiveOf(log, folder('archive'), 'segments', 500);
      answers.push(await backtest(new ModelHistories(archive, TOKYO), request));
      archive.close();
      await log.close();
    }
    const [without, found] = answers.map(({ versions }) =>
      versions[0]!.cutoffs.map(({ at, leads, outcomes }) => ({ at, leads, outcomes })),
    );
    expect(found).toEqual(without);
    expect(found!.map(({ at }) => at)).toEqual([month(3), month(4)]);
    expect(answers.map(({ cutoffsIgnored }) => cutoffsIgnored)).toEqual([0, 12 * 56 + 1]);
  });

  it('without enough of a past says what is missing', async () => {
    const { log } = await logOf(history(1).slice(0, 20));
    const archive = await archiveOf(log, folder('archive'), 'tail');
    const model = compile(parseModel('model: m\naxes: { e: { rules: [{ id: a, on: EmailOpened, points: 1 }] } }\ntiers: {}'));
    const request = { versions: [{ name: 'm', model }], outcome: 'won', horizonDays: 400, by: 'recorded', timezone: TOKYO } as const;
    await expect(backtest(new ModelHistories(archive, TOKYO), request)).rejects.toThrow(TooLittleHistory);
    await expect(backtest(new ModelHistories(archive, TOKYO), request)).rejects.toThrow(
      /expected the first day of a month with 400 days after it and two weeks before it, got a history from 2026-02-01 to /,
    );
    archive.close();
    await log.close();
  });
});

/** Leads with touches in February and March, as `touchesOf` makes them, and deals that come to some of them; by when each is recorded. */
function history(seed: number): LeadlogEvent[] {
  const events = fc.sample(touchSteps, { numRuns: 40, seed }).flatMap((steps, i) => {
    const start = month(2) + (i % 5) * 5 * DAY;
    const touches = touchesOf(`h${i}`, steps, start);
    const deal = (type: 'DealOpened' | 'DealWon' | 'DealLost', day: number, late = 0) =>
      recorded(
        type,
        { leadId: `h${i}-${i % 3}`, dealId: `deal-${i}` },
        { at: start + day * DAY, recordedAt: start + (day + late) * DAY },
      ) as LeadlogEvent;
    // In the whole history some come later than the second cut-off and tell of before it.
    if (i % 4 === 2)
      touches.push(
        recorded('EmailOpened', { leadId: `h${i}-0` }, { at: start + 20 * DAY, recordedAt: month(4) + 5 * DAY }) as LeadlogEvent,
      );
    if (i % 4 === 0) return [...touches, deal('DealOpened', 28 + (i % 12)), deal('DealWon', 45 + i)];
    return i % 4 === 1 ? [...touches, deal('DealOpened', 10, 3), deal('DealLost', 20)] : touches;
  });
  return events.sort((a, b) => a.recordedAt - b.recordedAt);
}

/** A log that took each event in when the event says so. */
async function logOf(events: readonly LeadlogEvent[]): Promise<{ log: SqliteEventLog; events: LeadlogEvent[] }> {
  let now = 0;
  const log = SqliteEventLog.open({ file: folder('log.db'), clock: () => now });
  for (const event of events) {
    now = event.recordedAt;
    const { stream, events: appended, expected } = asAppend(event);
    await log.append(stream, appended, { expected });
  }
  return { log, events: await eventsOf(log) };
}

interface Standing {
  leadId: string;
  rank: number;
  hot: boolean;
  outcome: boolean;
}

function rankedBruteForce(model: ScoringModel, events: readonly LeadlogEvent[], at: number): Standing[] {
  const scores = bruteScores(model, events, at, true);
  // A model has no document, so no points, of a lead of which it has heard nothing.
  const heard = new Set([
    'LeadCaptured',
    'ProfileUpdated',
    'PersonalDataErased',
    'LeadTierChanged',
    ...model.axes.flatMap(({ rules }) => rules.flatMap((rule) => ('on' in rule ? [rule.on] : []))),
  ]);
  const scored = new Set<string>();
  const known = new Set<string>();
  const busy = new Set<string>();
  const customers = new Set<string>();
  const [survivorThen, survivorNow] = [survivors(events.filter(({ recordedAt }) => recordedAt <= at)), survivors(events)];
  const then = events.filter(({ recordedAt, occurredAt }) => recordedAt <= at && occurredAt <= at);
  const voided = new Set(
    events.flatMap((event) =>
      event.type === 'TouchpointInvalidated' && event.recordedAt <= at
        ? [`${survivorThen(event.data.leadId)} ${event.data.targetEventId}`]
        : [],
    ),
  );
  const ended = new Set(
    events.flatMap((event) =>
      event.recordedAt <= at && (event.type === 'DealWon' || event.type === 'DealLost') ? [event.data.dealId] : [],
    ),
  );
  for (const event of then) {
    const lead = survivorThen((event.data as { leadId: string }).leadId);
    if (voided.has(`${lead} ${event.id}`)) continue;
    if (FACT.test(event.type)) known.add(lead);
    if (heard.has(event.type)) scored.add(lead);
  }
  for (const event of events)
    if (event.recordedAt <= at && event.type === 'DealOpened' && !ended.has(event.data.dealId)) busy.add(survivorThen(event.data.leadId));
  for (const event of events) if (event.recordedAt <= at && event.type === 'DealWon') customers.add(survivorThen(event.data.leadId));
  const opened = events.filter(({ type }) => type === 'DealOpened');
  return [...known]
    .filter((lead) => !busy.has(lead) && !customers.has(lead))
    .map((leadId) => {
      const [a, b, both] = model.axes.map(({ name, floor, cap }) =>
        scored.has(leadId) ? scores.get(leadId)!.scores[name]! : Math.min(cap ?? Infinity, Math.max(floor, 0)),
      ) as [number, number, number];
      return {
        leadId,
        rank: Math.round(Math.max(Math.min(a / 25, b / 5), both / 30) * 1e9) / 1e9,
        hot: (a >= 25 && b >= 5) || both >= 30,
        outcome: opened.some(
          (event) =>
            survivorNow((event.data as { leadId: string }).leadId) === survivorNow(leadId) &&
            event.occurredAt > at &&
            event.occurredAt <= at + HORIZON * DAY,
        ),
      };
    });
}

function survivors(events: readonly LeadlogEvent[]): (lead: string) => string {
  const parents = new Map<string, { id: string; to: string }>();
  const rootOf = (lead: string): string => (parents.has(lead) ? rootOf(parents.get(lead)!.to) : lead);
  for (const event of events) {
    if (event.type === 'LeadsMerged' && rootOf(event.data.survivorId) !== event.data.mergedId)
      parents.set(event.data.mergedId, { id: event.id, to: event.data.survivorId });
    if (event.type === 'MergeReverted' && parents.get(event.data.leadId)?.id === event.data.mergeEventId) parents.delete(event.data.leadId);
  }
  return rootOf;
}

function compare(seed: number, found: Backtest['versions'][number], months: readonly Standing[][], capacity: number): void {
  let right = 0;
  let pairs = 0;
  let picked = 0;
  let pickedWith = 0;
  for (const [n, standing] of months.entries()) {
    expect({ seed, ...found.cutoffs[n] }).toMatchObject({
      seed,
      leads: standing.length,
      outcomes: standing.filter(({ outcome }) => outcome).length,
      hot: standing.filter(({ hot }) => hot).length,
      hotOutcomes: standing.filter(({ hot, outcome }) => hot && outcome).length,
    });
    for (const one of standing)
      for (const other of standing) {
        if (!one.outcome || other.outcome) continue;
        pairs += 1;
        right += one.rank === other.rank ? 0.5 : one.rank > other.rank ? 1 : 0;
      }
    const best = [...standing].sort((a, b) => b.rank - a.rank || (a.leadId < b.leadId ? -1 : 1)).slice(0, capacity);
    picked += best.length;
    pickedWith += best.filter(({ outcome }) => outcome).length;
  }
  const all = months.flat();
  const base = all.filter(({ outcome }) => outcome).length / all.length;
  expect(found.auc).toBeCloseTo(right / pairs, 9);
  expect(found.precision).toBeCloseTo(pickedWith / picked, 9);
  expect(found.lift).toBeCloseTo(pickedWith / picked / base, 9);
}
