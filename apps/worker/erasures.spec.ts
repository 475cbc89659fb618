import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Position } from '@leadlog/event-log';
import { SqliteEventLog } from '@leadlog/event-log/sqlite/sqlite-event-log';
import { activityStream, decisionId, ownEvent } from '@leadlog/events';
import { MasterKey, subjectOfLead } from '@leadlog/personal';
import { SqlitePersonalKeys } from '@leadlog/personal/sqlite/sqlite-personal-keys';
import { destroyKeysAgain } from './erasures';

describe('keys that are put back', () => {
  const folder = mkdtempSync(join(tmpdir(), 'leadlog-erasures-'));
  const log = SqliteEventLog.open({ file: join(folder, 'log.db') });
  const master = new MasterKey(Buffer.alloc(32, 7));
  let stores = 0;
  let [first, second]: Position[] = [];
  beforeAll(async () => {
    [first, second] = [await erased('lead-1'), await erased('lead-2')];
  });
  afterAll(async () => {
    await log.close();
    rmSync(folder, { recursive: true });
  });

  async function erased(leadId: string): Promise<Position> {
    const data = { leadId, requestId: 'dsr-1' };
    const event = ownEvent({ id: decisionId('PersonalDataErased', leadId), type: 'PersonalDataErased', data, at: 0, by: 'erasure' });
    return (await log.append(activityStream(leadId), [event], { expected: 'any' })).position;
  }
  /** The leads that still have keys, in a store that has noted `through`, and what it notes then. */
  async function kept(through?: Position): Promise<[leads: string[], through: Position | undefined]> {
    const keys = SqlitePersonalKeys.open({ file: join(folder, `keys-${stores++}.db`), master });
    const leads = ['lead-1', 'lead-2', 'lead-3'];
    await keys.ensure(leads.map(subjectOfLead));
    if (through !== undefined) await keys.noteForgottenThrough(through);
    await destroyKeysAgain({ storedLog: log, keys });
    const left = await keys.keysOf(leads.map(subjectOfLead));
    const noted = await keys.forgottenThrough();
    await keys.close();
    return [leads.filter((leadId) => left.has(subjectOfLead(leadId))), noted];
  }

  it('are destroyed again, by what the log has recorded since they were copied', async () => {
    expect(await kept()).toEqual([['lead-3'], second]);
    expect(await kept(first)).toEqual([['lead-1', 'lead-3'], second]);
    expect(await kept(second)).toEqual([['lead-1', 'lead-2', 'lead-3'], second]);
  });

  it('are all looked at beside a log that is older than they are', async () => {
    expect(await kept(second! + 1n)).toEqual([['lead-3'], second]);
  });
});
