import fc from 'fast-check';
import { ModelHistories } from '@leadlog/archive';
import { archiveOf, testFolder, TOKYO } from '@leadlog/archive/archived-history.testing';
import type { LeadlogEvent, Tier } from '@leadlog/events';
import { recorded } from '@leadlog/events/recorded.testing';
import { compile, nextChange, preview, tierOf, type ScoreState } from '@leadlog/scoring';
import { randomModel } from '../model/models.testing';
import { touchesOf, touchSteps } from '../scores/touches.testing';
import { folded, interleaved, logOf } from '../past-scores/scored-logs.testing';

const folder = testFolder();
const START = Date.parse('2026-03-20T00:00:00+09:00');
const SWITCH = Date.parse('2026-04-25T00:00:00+09:00');

describe('a preview', () => {
  it('names exactly the leads whose tier the engine decides anew at the switch, and what they become', async () => {
    const seed = Math.floor(Math.random() * 2 ** 31);
    const histories = fc.sample(touchSteps, { numRuns: 80, seed }).map((steps, i) => touchesOf(`h${i}`, steps, START));
    const log = await logOf(folder('log.db'), [...interleaved(histories), ...decisions(histories.length)]);
    // One name: the draft takes over what the live version has decided.
    const drafts = Array.from({ length: 12 }, (_, i) =>
      compile({ ...fc.sample(randomModel('m', TOKYO), { numRuns: 1, seed: seed + i })[0]!, model: 'm' }),
    );
    const documents = await folded(folder('read-models.db'), log, drafts);
    const archive = await archiveOf(log, folder('archive'), 'segments', 700);
    let named = 0;
    try {
      for (const [i, draft] of drafts.entries()) {
        const answer = await preview(new ModelHistories(archive, TOKYO), { draft, live: drafts[0]!, at: SWITCH });
        const expected = new Map<string, { from: Tier; to: Tier }>();
        for (const leadId of await leadsOf(archive)) {
          const state = await documents[i]!.get<ScoreState>(leadId);
          const change = state && nextChange(draft, state, SWITCH);
          if (change?.at === SWITCH) expected.set(leadId, { from: tierOf(state!), to: change.to });
        }
        expect({ seed, moves: new Map(answer.named.map(({ leadId, from, to }) => [leadId, { from, to }])) }).toEqual({
          seed,
          moves: expected,
        });
        expect(answer.becomeHot).toBe([...expected.values()].filter(({ to }) => to === 'hot').length);
        expect(Object.values(answer.tiers.then).reduce((sum, n) => sum + n, 0)).toBe(answer.leads);
        named += expected.size;
      }
    } finally {
      archive.close();
      await log.close();
    }
    expect(named).toBeGreaterThan(100);
  });
});

/** A third of the leads were decided hot or warm before. */
function decisions(histories: number): LeadlogEvent[] {
  return Array.from({ length: histories }, (_, i) => i)
    .filter((i) => i % 3 > 0)
    .map(
      (i) =>
        recorded(
          'LeadTierChanged',
          { leadId: `h${i}-0`, modelId: 'm', to: i % 3 === 1 ? 'hot' : 'warm' },
          { at: i % 2 === 0 ? SWITCH - 3_600_000 : START },
        ) as LeadlogEvent,
    );
}

async function leadsOf(archive: Awaited<ReturnType<typeof archiveOf>>): Promise<string[]> {
  const history = await new ModelHistories(archive, TOKYO).asOf();
  return (await history.rows('SELECT DISTINCT lead FROM archive.counted WHERE lead IS NOT NULL')).map(({ lead }) => lead as string);
}
