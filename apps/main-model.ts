import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { inZoneOf, readDocument, type LiveModel, type ModelDocumentText } from '@leadlog/scoring';
import { WrongSetting, type Settings } from './settings';

/** The model from which handoffs follow, as the settings name it: live until a version of it is published. */
export type MainModel = ModelDocumentText & { model: LiveModel };

/** Throws InvalidModel for a document that is none, WrongSetting for a file that cannot be read. */
export function readMainModel({ modelFile, timezone }: Pick<Settings, 'modelFile' | 'timezone'>): MainModel {
  const file = modelFile ?? join(__dirname, '../libs/scoring/models/engagement.yaml');
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new WrongSetting(`LEADLOG_MODEL: expected a file that can be read, got ${file} (${(error as NodeJS.ErrnoException).code})`);
  }
  const document = readDocument(text, file);
  return { ...document, model: inZoneOf(document.model, timezone) };
}
