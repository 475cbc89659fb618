import { isPassing } from '@leadlog/errors';
import { MergeDecisions, survivorOf, type LeadState, type MembersOf } from '@leadlog/lead';
import { NotReached } from '@leadlog/projections';
import { namesOf } from '../../setup/personal-keys';
import type { ApiDependencies } from '../api-dependencies';

/** Those of the process, for events and acts alike: two merges towards each other are seen only by whoever decides on both. */
export function mergeDecisions(dependencies: Pick<ApiDependencies, 'log' | 'readModels' | 'keys'>): MergeDecisions {
  return new MergeDecisions(dependencies.log, knowsLead(dependencies), apartFrom(dependencies), namesOf(dependencies.keys));
}

/**
 * What was said of the two leads themselves is found in their streams; the read model knows of leads merged into them. Ingestion needs the
 * log alone: no event waits for a read model that cannot be asked.
 */
function apartFrom({ readModels }: Pick<ApiDependencies, 'readModels'>): (leadId: string) => Promise<readonly string[]> {
  return async (leadId) => {
    try {
      return (await (await readModels.view('leads')).get<LeadState>(leadId))?.apartFrom ?? [];
    } catch (error) {
      if (isPassing(error)) return [];
      throw error;
    }
  };
}

/**
 * Into what it was merged is in the log; what was merged into that, the read model knows. While it cannot be asked, whoever needs them is to come
 * again: a fact that belongs to one of them would be refused for good.
 */
export function membersIn({ log, readModels }: Pick<ApiDependencies, 'log' | 'readModels'>): MembersOf {
  return async (leadId) => (await readModels.view('leads')).family(await survivorOf(log, leadId));
}

const LONGEST_LOOK_MS = 10_000;

/** Asked only of a lead without a stream of its own: what was answered to its sender before must be in the read model. */
function knowsLead({ log, readModels }: Pick<ApiDependencies, 'log' | 'readModels'>): (leadId: string) => Promise<boolean> {
  return async (leadId) => {
    let behind: NotReached | undefined;
    try {
      await readModels.reached(['leads'], await log.head(), LONGEST_LOOK_MS);
    } catch (error) {
      if (!(error instanceof NotReached)) throw error;
      behind = error;
    }
    const known = (await (await readModels.view('leads')).get(leadId)) !== undefined;
    // It may be among what is still to be folded.
    if (!known && behind) throw behind;
    return known;
  };
}
