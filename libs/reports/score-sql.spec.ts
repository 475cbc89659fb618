import fc from 'fast-check';
import { START as LOG_START, type EventLog } from '@leadlog/event-log';
import { SqliteEventLog } from '@leadlog/event-log/sqlite/sqlite-event-log';
import { decode, type LeadlogEvent } from '@leadlog/lead';
import { asAppend } from '@leadlog/lead/recorded.testing';
import { fromCode, LiveReadModels, ProjectionEngine, type Projection, type ReadModelView } from '@leadlog/projections';
import { SqliteReadModelStore } from '@leadlog/projections/sqlite/sqlite-read-model-store';
import { compile, scoreAt, scoresProjection, type CompiledModel, type ScoreState, type ScoringModel } from '@leadlog/scoring';
import { randomModel } from '@leadlog/scoring/models.testing';
import { pointsOf, scoreSql } from '@leadlog/scoring/score-sql';
import { bruteScores, type BruteScore } from '@leadlog/scoring/scores.brute-force.testing';
import { clamp } from '@leadlog/scoring/tiers';
import { touchesOf, touchSteps } from '@leadlog/scoring/touches.testing';
import { columnOf } from './archived-columns';
import { archiveOf, rowsOf, testFolder, TOKYO } from './views-history.testing';

const folder = testFolder();
const START = Date.parse('2026-03-20T00:00:00+09:00');
/** Pairs of a model and a history: MODELS × HISTORIES. */
const MODELS = Number(process.env.SCORE_MODELS ?? 20);
const HISTORIES = Number(process.env.SCORE_HISTORIES ?? 60);

/** Relative to what is summed. What has decayed to a billionth of a thousandth of a point is nothing. */
const near = (found: number, { scores, size }: BruteScore, axis: string): boolean => Math.abs(found - scores[axis]!) <= Math.max(1e-9 * size[axis]!, 1e-12);

describe('a score', () => {
  it(`by the fold and by SQL is what the definition says, for ${MODELS * HISTORIES} pairs of a random model and a random history`, async () => {
    const seed = Number(process.env.SCORE_SEED ?? Math.floor(Math.random() * 2 ** 31));
    const zones = [TOKYO, TOKYO, 'America/New_York', 'Australia/Lord_Howe'];
    const models = Array.from({ length: MODELS }, (_, i) => fc.sample(randomModel(`m${i}`, zones[i % zones.length]!), { numRuns: 1, seed: seed + i })[0]!);
    const histories = fc.sample(touchSteps, { numRuns: HISTORIES, seed }).map((steps, i) => touchesOf(`h${i}`, steps, START));
    const log = await logOf(interleaved(histories));
    const at = Date.parse('2026-04-25T00:00:00+09:00');
    const events = await all(log);
    const bounded = models.map((model, i) => (i % 3 === 0 ? withBounds(model, events) : model));

    const live = await folded(log, bounded.map((model) => compile(model)));
    const archive = await archiveOf(log, folder('archive'), 'segments', 2_000);
    const { connection } = await archive.snapshot();
    let compared = 0;
    try {
      for (const [i, model] of bounded.entries()) {
        const compiled = compile(model);
        const expected = bruteScores(model, events, at);
        const rows = await rowsOf(connection, scoreSql(compiled, { columns: { columnOf, timezone: TOKYO }, at }));
        for (const row of rows) {
          const points = pointsOf(compiled, row);
          const state = await live[i]!.get<ScoreState>(row.lead as string);
          const wanted = expected.get(row.lead as string)!;
          if (!wanted) throw new Error(`seed ${seed}: ${told(row.lead as string, events)}: expected no such lead`);
          for (const [axis, { name, floor, cap }] of model.axes.entries()) {
            const byFold = scoreAt(compiled, state!, at)[name]!;
            const bySql = clamp(points[axis]!, { floor, cap });
            if (!near(byFold, wanted, name) || !near(bySql, wanted, name)) throw new Error(`seed ${seed}: ${name}: expected ${wanted.scores[name]}, got ${byFold} by the fold and ${bySql} by SQL, of ${told(row.lead as string, events)}\nunder ${JSON.stringify(model)}`);
            compared += 1;
          }
        }
        expect(rows.length).toBeGreaterThan(HISTORIES);
      }
    } finally {
      archive.close();
      await log.close();
    }
    expect(compared).toBeGreaterThan(MODELS * HISTORIES * 3);
  });
});

/** The history of which a lead is one, for a failure. */
function told(lead: string, events: readonly LeadlogEvent[]): string {
  const mine = events.filter(({ data }) => (data as { leadId: string }).leadId.startsWith(lead.slice(0, -1)));
  return [lead, ...mine.map(({ position, type, id, occurredAt, data }) => `${position} ${type} ${id} ${new Date(occurredAt).toISOString()} ${JSON.stringify(data)}`)].join('\n');
}

/** Histories at the same time, each in its own order. */
function interleaved(histories: readonly LeadlogEvent[][]): LeadlogEvent[] {
  const longest = Math.max(...histories.map(({ length }) => length));
  return Array.from({ length: longest }, (_, n) => histories.flatMap((events) => events[n] ?? [])).flat();
}

async function logOf(events: readonly LeadlogEvent[]): Promise<SqliteEventLog> {
  const log = SqliteEventLog.open({ file: folder('log.db') });
  for (let at = 0; at < events.length; at += 500) for (const outcome of await log.appendMany(events.slice(at, at + 500).map(asAppend))) if (!outcome.ok) throw outcome.error;
  return log;
}

async function all(log: EventLog): Promise<LeadlogEvent[]> {
  const events: LeadlogEvent[] = [];
  for await (const slice of log.read({ after: LOG_START, until: await log.head() })) events.push(...slice.events.map(decode));
  return events;
}

/** As after a publication for the future only: half of the rules end in the middle of the log, the other half begin there. */
function withBounds(model: ScoringModel, events: readonly LeadlogEvent[]): ScoringModel {
  const middle = String(events[Math.floor(events.length / 2)]!.position);
  const bound = { ...model, axes: model.axes.map((axis) => ({ ...axis, rules: axis.rules.map((rule, i) => ('on' in rule ? { ...rule, recorded: i % 2 === 0 ? { after: middle } : { through: middle } } : rule)) })) };
  return bound;
}

/** The documents of an engine that has followed the log with all models side by side. */
async function folded(log: EventLog, models: readonly CompiledModel[]): Promise<ReadModelView[]> {
  const store = SqliteReadModelStore.open({ file: folder('read-models.db') });
  const projections = models.map((model) => ({ ...scoresProjection(model), name: `scores-${model.id}` }) as Projection);
  const engine = new ProjectionEngine({ log, store, sources: projections.map(fromCode), decode, clock: Date.now });
  await engine.start();
  const readModels = new LiveReadModels(store);
  await readModels.reached(projections.map(({ name }) => name), await log.head(), 120_000);
  await engine.stop();
  return Promise.all(projections.map(({ name }) => readModels.view(name)));
}
