import type { EventMetadata } from '@leadlog/event-log';
import type { LeadlogEvent } from '@leadlog/events';
import type { CompiledModel } from '../model/compile';
import { foldLead } from '../scores/rolled-back';
import { initialScore, PROFILE_EVENTS, type ScoreState } from '../scores/score-state';
import type { History } from './histories';
import { literal } from './where-sql';

const AT_ONCE = 500;

/** These leads as the live fold has them, bit for bit, from their archived events. For few leads: each event is read. */
export async function exactStates(history: History, model: CompiledModel, leadIds: readonly string[]): Promise<Map<string, ScoreState>> {
  const states = new Map<string, ScoreState>();
  const types = [...new Set([...model.byType.keys(), ...PROFILE_EVENTS, 'LeadTierChanged'])].map(literal).join(', ');
  for (let from = 0; from < leadIds.length; from += AT_ONCE) {
    const leads = leadIds
      .slice(from, from + AT_ONCE)
      .map(literal)
      .join(', ');
    const rows = await history.rows(`
      SELECT lead, event_id::VARCHAR AS id, type, stream, position::VARCHAR AS position, revision, epoch_ms(recorded_at) AS recorded_ms, epoch_ms(occurred_at) AS occurred_ms, data, metadata
      FROM archive.facts WHERE lead IN (${leads}) AND type IN (${types}) ORDER BY archive.facts.position`);
    for (const row of rows) {
      const event = {
        id: row['id'],
        type: row['type'],
        stream: row['stream'],
        revision: BigInt(row['revision'] as number),
        position: BigInt(row['position'] as string),
        recordedAt: row['recorded_ms'],
        occurredAt: row['occurred_ms'],
        data: JSON.parse(row['data'] as string) as unknown,
        metadata: JSON.parse(row['metadata'] as string) as EventMetadata,
      } as LeadlogEvent;
      const lead = row['lead'] as string;
      states.set(lead, foldLead(model, states.get(lead) ?? initialScore(), event));
    }
  }
  return states;
}
