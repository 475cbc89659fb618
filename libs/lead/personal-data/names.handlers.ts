import { setImmediate as eventLoopTurn } from 'node:timers/promises';
import { Inject } from '@nestjs/common';
import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { merged, type Profile } from '@leadlog/events';
import { READ_MODELS, type ReadModels } from '@leadlog/projections';
import type { LeadState } from '../leads.projection';

export type Named = Pick<Partial<Profile>, 'name' | 'email'>;

/** Who leads are, in the order of their ids, as known now; a merged lead is its survivor. Of one that is unknown or erased nothing is. */
export class GetNames extends Query<Named[]> {
  constructor(readonly leadIds: readonly string[]) {
    super();
  }
}

const AT_A_TIME = 200;

@QueryHandler(GetNames)
export class GetNamesHandler implements IQueryHandler<GetNames> {
  constructor(@Inject(READ_MODELS) private readonly readModels: ReadModels) {}

  async execute({ leadIds }: GetNames): Promise<Named[]> {
    const view = await this.readModels.view('leads');
    const found: Named[] = [];
    for (let at = 0; at < leadIds.length; at += AT_A_TIME) {
      const survivors = await view.resolveAll(leadIds.slice(at, at + AT_A_TIME));
      for (const state of await view.many<LeadState>(survivors)) {
        const { name, email } = state ? merged(state.profile) : ({} as Named);
        found.push({ name, email });
      }
      await eventLoopTurn();
    }
    return found;
  }
}
