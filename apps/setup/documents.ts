import type { DocumentKind } from '@leadlog/documents';
import type { ServedKind } from '@leadlog/documents/documents.handlers';
import { policyKind } from '@leadlog/handoff';
import { readPolicy } from './policy';
import type { Settings } from './settings';

/** Kinds of documents that people write and publish, beside scoring models. */
export const documentKinds: readonly DocumentKind[] = [policyKind];

/** The same with what the settings say. Throws WrongSetting. */
export const servedKinds = (settings: Pick<Settings, 'policyFile'>): ServedKind[] => [
  { kind: policyKind, ofSettings: readPolicy(settings), onlyOfSettings: true },
];
