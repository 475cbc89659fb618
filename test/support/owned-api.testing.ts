import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { hashOfKey, keyIdIn, KnownKeys, type AccessKey } from '@leadlog/access';
import type { EventLog } from '@leadlog/event-log';
import { createApi } from '../../apps/api/api';
import type { ApiDependencies } from '../../apps/api/api-dependencies';
import { AS_OWNER, OWNER_KEY } from './owner-key';

const owner: AccessKey = {
  keyId: keyIdIn(OWNER_KEY)!,
  name: 'of a test',
  role: 'owner',
  hashes: [{ hash: hashOfKey(OWNER_KEY) }],
  createdAt: 0,
};

/** Those of the log, and OWNER_KEY. */
export async function ownedKeys(log: EventLog): Promise<KnownKeys> {
  const keys = new KnownKeys(log, () => owner);
  await keys.open();
  return keys;
}

/** The API with its guard; what is injected without a key of its own is asked by the owner. */
export async function createOwnedApi(dependencies: Omit<ApiDependencies, 'keys'>): Promise<NestFastifyApplication> {
  const app = await createApi({ ...dependencies, keys: await ownedKeys(dependencies.log) });
  const inject = (asked: string | { headers?: object }): unknown => {
    const request: { headers?: object } = typeof asked === 'string' ? ({ url: asked } as object) : asked;
    return app.inject({ ...request, headers: { ...AS_OWNER, ...request.headers } });
  };
  return new Proxy(app, {
    get: (target, name) => {
      if (name === 'inject') return inject;
      const member: unknown = Reflect.get(target, name, target);
      return typeof member === 'function' ? (member as () => unknown).bind(target) : member;
    },
  });
}
