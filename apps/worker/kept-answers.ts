import { formOf } from '@leadlog/archive';
import type { PersonalKeys } from '@leadlog/personal';
import { replaysOf } from '@leadlog/replays';
import { archivePlace, reportResults } from '../setup/history-folders';
import type { Settings } from '../setup/settings';

/**
 * Deletes what was made of the history while the archive still held what was recorded in clear, once anybody is forgotten: nobody can tell whom
 * it names. Nothing that is made today is among it, so that it is done once. A folder that is not there has none.
 */
export function dropsPersonalAnswers(settings: Settings, keys: PersonalKeys | undefined): () => Promise<void> {
  let done = keys === undefined;
  return async () => {
    if (done || (await keys!.forgotten()).size === 0) return;
    const { files, timezone } = archivePlace(settings);
    reportResults(settings).dropPersonal();
    replaysOf(files).dropPersonal();
    files.dropOtherForms(formOf(timezone));
    done = true;
  };
}
