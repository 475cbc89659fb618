import { join } from 'node:path';

/** The files of the embedded engine. */
export const dataFiles = (folder: string) => ({
  log: join(folder, 'event-log.db'),
  personalKeys: join(folder, 'personal-keys.db'),
  masterKey: join(folder, 'master.key'),
  readModels: join(folder, 'read-models.db'),
  jobs: join(folder, 'jobs.db'),
  keyUses: join(folder, 'key-uses.db'),
});
