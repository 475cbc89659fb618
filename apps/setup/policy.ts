import { join } from 'node:path';
import type { OfSettings } from '@leadlog/documents';
import { policyKind, type HandoffPolicy } from '@leadlog/handoff';
import { documentOfSettings } from './document-of-settings';
import type { Settings } from './settings';

/** Throws WrongSetting for a file that cannot be read or is no handoff policy. */
export const readPolicy = ({ policyFile }: Pick<Settings, 'policyFile'>): OfSettings<HandoffPolicy> =>
  documentOfSettings(policyKind, 'LEADLOG_POLICY', policyFile ?? join(__dirname, '../../libs/handoff/policies/standard.yaml'));
