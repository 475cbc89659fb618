import { commandLifecycle } from '@leadlog/lead';
import { LiveReadModels } from '@leadlog/projections';
import { openBackends } from '../backends';
import type { Settings } from '../settings';
import { createApi } from './api';

export interface RunningApi {
  url: string;
  /** Takes no more requests, answers those under way, closes the files. */
  close(): Promise<void>;
}

/** The api, listening. */
export async function openApi(settings: Settings): Promise<RunningApi> {
  const { log, store, jobs, close } = await openBackends(settings);
  const app = await createApi({ log, store, readModels: new LiveReadModels(store), jobs, clock: Date.now, settings, lifecycle: commandLifecycle(log) });
  await app.listen(settings.port, settings.host);
  return {
    url: await app.getUrl(),
    close: async () => {
      await app.close();
      await close();
    },
  };
}
