import { START, type EventLog, type Position } from '@leadlog/event-log';
import { modelStream } from '@leadlog/events';
import type { ReadModels } from '@leadlog/projections';
import { ModelHistory } from '../published/stored-model';
import type { ScoreState } from './score-state';
import { MAIN_SCORES } from './scores.projection';
import { tierOf } from './tiers';

/**
 * Whether a lead that was decided hot is hot under the model in force. After a rollback, it takes a moment until the restored version is
 * live and has corrected the decisions of the other one; meanwhile, no lead is handed off because of those.
 */
export class HotLeads {
  /** As of the last event of the model's stream; the position of the last rollback, where there was one. */
  private known?: { head: Position; rollback?: Position };

  constructor(
    private readonly log: EventLog,
    private readonly readModels: ReadModels,
    private readonly modelId: string,
  ) {}

  async isHot(leadId: string): Promise<boolean> {
    const rollback = await this.lastRollback();
    if (rollback === undefined) return true;
    const view = await this.readModels.view(MAIN_SCORES);
    if (view.asOf?.stream !== modelStream(this.modelId) || view.asOf.position < rollback) return false;
    const state = await view.get<ScoreState>(await view.resolve(leadId));
    return state !== undefined && tierOf(state) === 'hot';
  }

  /** From the log, because a read model may not have seen it yet. */
  private async lastRollback(): Promise<Position | undefined> {
    let head: Position = START;
    for await (const [last] of this.log.readStream(modelStream(this.modelId), { direction: 'backwards', limit: 1 })) head = last!.position;
    if (this.known?.head !== head) {
      const { published } = (await ModelHistory.read(this.log, this.modelId)).state;
      const rollback = published.findLast(({ original }, number) => original !== number);
      this.known = { head, ...(rollback && { rollback: BigInt(rollback.position) }) };
    }
    return this.known.rollback;
  }
}
