import fc from 'fast-check';
import { columnOf } from '@leadlog/archive/archived-columns';
import { archiveOf, rowsOf, testFolder, TOKYO } from '@leadlog/archive/archived-history.testing';
import type { LeadlogEvent } from '@leadlog/events';
import { compile, scoreAt, type ScoreState, type ScoringModel } from '@leadlog/scoring';
import { randomModel } from '../model/models.testing';
import { bruteScores, type BruteScore } from '../scores/scores.brute-force.testing';
import { clamp } from '../scores/tiers';
import { touchesOf, touchSteps } from '../scores/touches.testing';
import { scoreSql } from './score-sql';
import { eventsOf, folded, interleaved, logOf } from './scored-logs.testing';

const folder = testFolder();
const START = Date.parse('2026-03-20T00:00:00+09:00');
/** Pairs of a model and a history: MODELS × HISTORIES. */
const MODELS = Number(process.env.SCORE_MODELS ?? 20);
const HISTORIES = Number(process.env.SCORE_HISTORIES ?? 60);

/** Relative to what is summed. What has decayed to a billionth of a thousandth of a point is nothing. */
const near = (found: number, { scores, size }: BruteScore, axis: string): boolean =>
  Math.abs(found - scores[axis]!) <= Math.max(1e-9 * size[axis]!, 1e-12);

describe('a score', () => {
  it(`by the fold and by SQL is what the definition says, for ${MODELS * HISTORIES} pairs of a random model and a random history`, async () => {
    const seed = Number(process.env.SCORE_SEED ?? Math.floor(Math.random() * 2 ** 31));
    const zones = [TOKYO, TOKYO, 'America/New_York', 'Australia/Lord_Howe'];
    const models = Array.from(
      { length: MODELS },
      (_, i) => fc.sample(randomModel(`m${i}`, zones[i % zones.length]!), { numRuns: 1, seed: seed + i })[0]!,
    );
    const histories = fc.sample(touchSteps, { numRuns: HISTORIES, seed }).map((steps, i) => touchesOf(`h${i}`, steps, START));
    const log = await logOf(folder('log.db'), interleaved(histories));
    const at = Date.parse('2026-04-25T00:00:00+09:00');
    const events = await eventsOf(log);
    const bounded = models.map((model, i) => (i % 3 === 0 ? withBounds(model, events) : model));

    const live = await folded(
      folder('read-models.db'),
      log,
      bounded.map((model) => compile(model)),
    );
    const archive = await archiveOf(log, folder('archive'), 'segments', 2_000);
    const { connection } = await archive.snapshot();
    let compared = 0;
    try {
      for (const [i, model] of bounded.entries()) {
        const compiled = compile(model);
        const expected = bruteScores(model, events, at);
        const rows = await rowsOf(connection, scoreSql(compiled, { columns: { columnOf, timezone: TOKYO }, at }));
        for (const row of rows) {
          const state = await live[i]!.get<ScoreState>(row.lead as string);
          const wanted = expected.get(row.lead as string)!;
          if (!wanted) throw new Error(`seed ${seed}: ${told(row.lead as string, events)}: expected no such lead`);
          for (const [axis, { name, floor, cap }] of model.axes.entries()) {
            const byFold = scoreAt(compiled, state!, at)[name]!;
            const bySql = clamp(row[`a${axis}`] as number, { floor, cap });
            if (!near(byFold, wanted, name) || !near(bySql, wanted, name))
              throw new Error(
                `seed ${seed}: ${name}: expected ${wanted.scores[name]}, got ${byFold} by the fold and ${bySql} by SQL, of ${told(row.lead as string, events)}\nunder ${JSON.stringify(model)}`,
              );
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
  return [
    lead,
    ...mine.map(
      ({ position, type, id, occurredAt, data }) =>
        `${position} ${type} ${id} ${new Date(occurredAt).toISOString()} ${JSON.stringify(data)}`,
    ),
  ].join('\n');
}

/** As after a publication for the future only: half of the rules end in the middle of the log, the other half begin there. */
function withBounds(model: ScoringModel, events: readonly LeadlogEvent[]): ScoringModel {
  const middle = String(events[Math.floor(events.length / 2)]!.position);
  const bound = {
    ...model,
    axes: model.axes.map((axis) => ({
      ...axis,
      rules: axis.rules.map((rule, i) =>
        'on' in rule ? { ...rule, recorded: i % 2 === 0 ? { after: middle } : { through: middle } } : rule,
      ),
    })),
  };
  return bound;
}
