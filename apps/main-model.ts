import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readDocument, type ModelDocumentText, type ScoringModel } from '@leadlog/scoring';
import { WrongSetting, type Settings } from './settings';

/** The model from which handoffs follow, as the settings name it: live until a version of it is published. */
export type MainModel = ModelDocumentText & { model: ScoringModel };

/** Throws InvalidModel for a document that is none, WrongSetting for a file that cannot be read. */
export function readMainModel({ modelFile }: Pick<Settings, 'modelFile'>): MainModel {
  const file = modelFile ?? join(__dirname, '../libs/scoring/models/engagement.yaml');
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new WrongSetting(`LEADLOG_MODEL: expected a file that can be read, got ${file} (${(error as NodeJS.ErrnoException).code})`);
  }
  return readDocument(text, file);
}
