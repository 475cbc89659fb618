import type { DocumentKind, OfSettings } from '@leadlog/documents';
import type { ServedKind } from '@leadlog/documents/documents.handlers';
import { policyKind, type HandoffPolicy } from '@leadlog/handoff';
import { organisationKind, type Organisation } from '@leadlog/organisation';
import { processKind, type SalesProcess } from '@leadlog/sales';
import { readOrganisation } from './organisation';
import { readPolicy } from './policy';
import { readSalesProcess } from './sales-process';
import type { Settings } from './settings';

/** Kinds of documents that people write and publish, beside scoring models. */
export const documentKinds: readonly DocumentKind[] = [policyKind, organisationKind, processKind];

/** What counts until something is published. */
export interface DocumentsOfSettings {
  policy: () => OfSettings<HandoffPolicy>;
  organisation: () => OfSettings<Organisation>;
  process: () => OfSettings<SalesProcess>;
}

/** `policyNow`: the one in force, from which the organisation follows where none is written. Throws WrongSetting. */
export function documentsOfSettings(
  settings: Pick<Settings, 'policyFile' | 'organisationFile' | 'timezone'> & Partial<Pick<Settings, 'processFile'>>,
  policyNow?: () => HandoffPolicy,
): DocumentsOfSettings {
  const policy = readPolicy(settings);
  const process = readSalesProcess(settings);
  return { policy: () => policy, organisation: readOrganisation(settings, policyNow ?? (() => policy.content)), process: () => process };
}

export const servedKinds = ({ policy, organisation, process }: DocumentsOfSettings): ServedKind[] => [
  { kind: policyKind, ofSettings: policy, onlyOfSettings: true },
  { kind: processKind, ofSettings: process, onlyOfSettings: true },
  // Without any rep there is none that could be written.
  { kind: organisationKind, ofSettings: () => (organisation().content.reps.length > 0 ? organisation() : undefined) },
];
