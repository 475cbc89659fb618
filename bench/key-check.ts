import { join } from 'node:path';
import { createKey, hashOfKey, KnownAccess } from '@leadlog/access';
import { SqliteEventLog } from '@leadlog/event-log/sqlite/sqlite-event-log';
import { may } from '../apps/api/access/roles';
import { neededFor } from '../apps/api/access/routes';
import { Limits } from '../apps/api/requests/limits';
import { DEFAULT_LIMITS } from '../apps/setup/settings';
import { temporaryFolder } from '../test/support/engine-process';
import { quantile, round, type Bench } from './result';

const KEYS = 1_000;
const CHECKS = 200_000;
const WARM_UP = 20_000;
/** Timed together: a clock that is asked twice costs about as much as half a check. */
const AT_ONCE = 20;

/** What a request costs before its route is reached: whose key it is, whether it is valid and may do this, and whether it is within its limits. */
export const runKeyCheck: Bench = async () => {
  const { folder, remove } = temporaryFolder();
  const log = SqliteEventLog.open({ file: join(folder, 'log.db') });
  try {
    const writer = { log, clock: Date.now, actor: { kind: 'system' as const, id: 'bench' } };
    const texts: string[] = [];
    for (let n = 0; n < KEYS; n += 1) texts.push((await createKey(writer, { name: `key ${n}`, role: 'analyst' })).key);
    const keys = new KnownAccess(log);
    await keys.open();
    const limits = new Limits({ ...DEFAULT_LIMITS, requests: CHECKS });
    const check = (text: string): boolean => {
      const verdict = keys.check(text, Date.now());
      if ('refused' in verdict) return false;
      const needed = neededFor('POST', '/v1/sql')!;
      const access = verdict.holder;
      const isWithin = limits.refusalOf({ access, ip: '127.0.0.1', url: '/v1/sql', headers: { 'content-length': '2' } }) === undefined;
      return isWithin && needed !== 'public' && needed !== 'any' && may(access, needed);
    };
    const hashes = new Map(texts.map((text) => [hashOfKey(text), true]));
    const timed = (one: (text: string) => boolean): number[] => {
      const times: number[] = [];
      for (let n = 0; n < WARM_UP + CHECKS; n += AT_ONCE) {
        const began = performance.now();
        for (let m = n; m < n + AT_ONCE; m += 1) if (!one(texts[m % KEYS]!)) throw new Error('a valid key was refused');
        if (n >= WARM_UP) times.push(((performance.now() - began) / AT_ONCE) * 1_000);
      }
      return times.sort((a, b) => a - b);
    };
    const [engine, bare] = [timed(check), timed((text) => hashes.get(hashOfKey(text)) === true)];
    const median = round(quantile(engine, 0.5));
    return {
      name: 'key-check',
      workload: `${CHECKS} checks of ${KEYS} keys, of ${AT_ONCE} timed together; the bare loop is a SHA-256 and a look into a map`,
      figures: { 'median µs': median, 'p99 µs': round(quantile(engine, 0.99)) },
      baseline: { 'median µs': round(quantile(bare, 0.5)), 'p99 µs': round(quantile(bare, 0.99)) },
      ratio: round(quantile(bare, 0.5) / median),
    };
  } finally {
    await log.close();
    remove();
  }
};
