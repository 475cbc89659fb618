import { join } from 'node:path';
import { inZoneOf, readDocument, type MainModel } from '@leadlog/scoring';
import { readNamedFile } from './named-files';
import type { Settings } from './settings';

/** Throws WrongSetting for a file that cannot be read or is no scoring model. */
export function readMainModel({ modelFile, timezone }: Pick<Settings, 'modelFile' | 'timezone'>): MainModel {
  const document = readNamedFile(
    'LEADLOG_MODEL',
    'a scoring model',
    modelFile ?? join(__dirname, '../../libs/scoring/models/engagement.yaml'),
    (text, file) => readDocument(text, file, { former: true }),
  );
  return { ...document, model: inZoneOf(document.model, timezone) };
}
