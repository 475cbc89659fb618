import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { newEvent } from '@leadlog/event-log/log.contract';
import { SqliteEventLog } from '@leadlog/event-log/sqlite/sqlite-event-log';
import { UnsealedEventLog } from './unsealed-event-log';

describe('a log in clear', () => {
  const folder = mkdtempSync(join(tmpdir(), 'leadlog-unsealed-'));
  const stored = SqliteEventLog.open({ file: join(folder, 'log.db') });
  afterAll(async () => {
    await stored.close();
    rmSync(folder, { recursive: true });
  });

  it('takes names until there are keys; from then on only what tells nobody who somebody is', async () => {
    let keys = false;
    const log = new UnsealedEventLog(stored, () => keys);
    const profile = () => newEvent({ leadId: 'a', channel: 'form', profile: { name: '佐藤' } }, 'LeadCaptured');
    const claim = () => newEvent({ leadId: 'a', identity: { visitorId: 'v-1' } }, 'IdentityClaimed');
    const page = () => newEvent({ leadId: 'a', url: 'https://www.leadlog.example/', category: 'other' }, 'WebPageViewed');
    for (const event of [profile(), claim(), page()]) await log.append('activity-a', [event], { expected: 'any' });
    keys = true;
    for (const event of [profile(), claim()])
      await expect(log.append('activity-a', [page(), event], { expected: 'any' })).rejects.toThrow(/Set LEADLOG_MASTER_KEY_FILE/);
    await log.append('activity-a', [page()], { expected: 'any' });
    const types: string[] = [];
    for await (const events of stored.readStream('activity-a')) types.push(...events.map(({ type }) => type));
    expect(types).toEqual(['LeadCaptured', 'IdentityClaimed', 'WebPageViewed', 'WebPageViewed']);
  });
});
