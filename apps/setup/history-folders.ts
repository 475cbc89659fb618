import { join } from 'node:path';
import { ArchiveFiles, type ArchivePlace } from '@leadlog/archive';
import { replaysOf, type KeptReplays } from '@leadlog/replays';
import { ReportFiles, ReportResults } from '@leadlog/reports';
import { TrialFiles } from '@leadlog/scoring';
import { SqlProcesses } from '@leadlog/sql';
import type { Settings } from './settings';

/** Those that come with Leadlog, and before them those of the installation. */
export function reportFiles({ reportsFolder }: Settings): ReportFiles {
  return new ReportFiles([join(__dirname, '../../../reports'), ...(reportsFolder === undefined ? [] : [reportsFolder])]);
}

export function reportResults({ archiveFolder }: Settings): ReportResults {
  return new ReportResults(join(archiveFolder, 'results'));
}

export function trialFiles({ archiveFolder }: Settings): TrialFiles {
  return new TrialFiles(join(archiveFolder, 'trials'));
}

export function archivePlace({ archiveFolder, timezone }: Settings): ArchivePlace {
  return { files: new ArchiveFiles(archiveFolder), timezone };
}

/** They read the settings of this process from its environment; started when there is something to answer. */
export function sqlProcesses(processes?: number): SqlProcesses {
  return new SqlProcesses({ program: join(__dirname, '../children/sql.js'), env: process.env, processes });
}

/** What questions about history are answered from. `sql`: to be closed. */
export interface History {
  sql: SqlProcesses;
  reports: ReportFiles;
  results: ReportResults;
  replays: KeptReplays;
  trials: TrialFiles;
  archive: ArchivePlace;
}

export const historyOf = (settings: Settings): History => ({
  sql: sqlProcesses(),
  reports: reportFiles(settings),
  results: reportResults(settings),
  replays: replaysOf({ folder: settings.archiveFolder }),
  trials: trialFiles(settings),
  archive: archivePlace(settings),
});
