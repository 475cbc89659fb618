import { join } from 'node:path';
import type { OfSettings } from '@leadlog/documents';
import { policyKind, type HandoffPolicy } from '@leadlog/handoff';
import { documentOfSettings } from './document-of-settings';
import { WrongSetting, type Settings } from './settings';

/** Throws WrongSetting for a file that cannot be read or is no handoff policy. */
export function readPolicy({ policyFile, organisationFile }: Pick<Settings, 'policyFile' | 'organisationFile'>): OfSettings<HandoffPolicy> {
  const file = policyFile ?? join(__dirname, '../../libs/handoff/policies/standard.yaml');
  const policy = documentOfSettings(policyKind, 'LEADLOG_POLICY', file);
  if (policy.content.reps.length === 0 && organisationFile === undefined)
    throw new WrongSetting(
      `LEADLOG_POLICY: expected reps in ${file}, or an organisation that has them (LEADLOG_ORGANISATION), got neither`,
    );
  return policy;
}
