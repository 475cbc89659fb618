import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parsePolicy, type HandoffPolicy } from '@leadlog/handoff';
import type { TeamOf } from '@leadlog/lead';
import type { Settings } from './settings';

export function readPolicy({ policyFile }: Pick<Settings, 'policyFile'>): HandoffPolicy {
  const file = policyFile ?? join(__dirname, '../libs/handoff/policies/standard.yaml');
  return parsePolicy(readFileSync(file, 'utf8'), file);
}

/** The team of each rep of the policy. */
export function teamsOf({ reps }: HandoffPolicy): TeamOf {
  const teams = new Map(reps.map(({ id, team }) => [id, team]));
  return (repId) => teams.get(repId);
}
