import { join } from 'node:path';
import { parsePolicy, type HandoffPolicy } from '@leadlog/handoff';
import type { TeamOf } from '@leadlog/lead';
import { readNamedFile } from './named-files';
import type { Settings } from './settings';

/** Throws WrongSetting for a file that cannot be read or is no handoff policy. */
export function readPolicy({ policyFile }: Pick<Settings, 'policyFile'>): HandoffPolicy {
  return readNamedFile(
    'LEADLOG_POLICY',
    'a handoff policy',
    policyFile ?? join(__dirname, '../../libs/handoff/policies/standard.yaml'),
    parsePolicy,
  );
}

/** The team of each rep of the policy. */
export function teamsOf({ reps }: HandoffPolicy): TeamOf {
  const teams = new Map(reps.map(({ id, team }) => [id, team]));
  return (repId) => teams.get(repId);
}
