import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { OpenAPIObject } from '@nestjs/swagger';
import { KnownAccess } from '@leadlog/access';
import { LiveReadModels } from '@leadlog/projections';
import { openBackends } from '../setup/backends';
import { historyOf } from '../setup/history-folders';
import { projectionSources, readableWith } from '../setup/projections';
import { readSettings } from '../setup/settings';
import { createApi } from './api';
import { documentOf } from './openapi-document';

/** The document of the API at /openapi.json, of one that never listens: for what is built from it. */
export async function openApiDocument(): Promise<OpenAPIObject> {
  const folder = mkdtempSync(join(tmpdir(), 'leadlog-openapi-'));
  const settings = readSettings({ LEADLOG_DATA: folder });
  const { log, store, jobs, close } = await openBackends(settings);
  const history = historyOf(settings);
  const readModels = new LiveReadModels(store, readableWith(projectionSources(settings)));
  const access = new KnownAccess(log, () => undefined);
  const app = await createApi({ log, store, jobs, history, readModels, access, clock: Date.now, settings });
  try {
    return documentOf(app);
  } finally {
    await app.close();
    history.sql.close();
    await close();
    rmSync(folder, { recursive: true });
  }
}
