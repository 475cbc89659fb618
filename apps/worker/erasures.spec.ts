import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Position } from '@leadlog/event-log';
import { SqliteEventLog } from '@leadlog/event-log/sqlite/sqlite-event-log';
import { activityStream, decisionId, ownEvent } from '@leadlog/events';
import { asAppend, recorded } from '@leadlog/events/recorded.testing';
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
    await destroyKeysAgain({ storedLog: log, keys }, () => 0);
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

  it('of an identity are destroyed again with whoever had it, and not with who only shared it', async () => {
    const keys = SqlitePersonalKeys.open({ file: join(folder, 'keys-of-identities.db'), master });
    const identity = { email: '' };
    const of = (leadId: string) => ({ leadId, requestId: 'dsr-2', leadIds: [leadId] });
    await log.appendMany(
      [
        recorded('IdentityClaimed', { leadId: 'lead-8', identity }, { stream: 'identity-shared' }),
        recorded('IdentityClaimed', { leadId: 'lead-9', identity }, { stream: 'identity-own' }),
        recorded('PersonalDataErased', of('lead-9'), { stream: 'identity-shared' }),
        recorded('PersonalDataErased', of('lead-9'), { stream: 'identity-own' }),
        // Somebody new, since.
        recorded('IdentityClaimed', { leadId: 'lead-10', identity }, { stream: 'identity-own' }),
      ].map(asAppend),
    );
    await keys.ensure(['identity-shared', 'identity-own', subjectOfLead('lead-9')]);
    await destroyKeysAgain({ storedLog: log, keys }, () => 0);
    expect([...(await keys.keysOf(['identity-shared', 'identity-own', subjectOfLead('lead-9')])).keys()]).toEqual(['identity-shared']);
    await keys.close();
  });
});

describe('a log that was restored to before somebody was forgotten', () => {
  const folder = mkdtempSync(join(tmpdir(), 'leadlog-restored-'));
  const log = SqliteEventLog.open({ file: join(folder, 'log.db') });
  const keys = SqlitePersonalKeys.open({ file: join(folder, 'keys.db'), master: new MasterKey(Buffer.alloc(32, 7)) });
  afterAll(async () => {
    await Promise.all([log.close(), keys.close()]);
    rmSync(folder, { recursive: true });
  });

  it('has them asked for again, with every stream in which they are named, once; who is asked for already is not', async () => {
    const identity = { email: '' };
    const streams = ['identity-k1', 'identity-2'];
    await log.appendMany(
      [
        recorded('WebPageViewed', { leadId: 'lead-1' }),
        recorded('IdentityClaimed', { leadId: 'lead-1', identity }, { stream: streams[0] }),
        recorded('IdentityShared', { leadId: 'lead-1', identity, ownerId: 'lead-5' }, { stream: streams[1] }),
        recorded('DealOpened', { leadId: 'lead-1', dealId: 'd-1' }),
        recorded('WebPageViewed', { leadId: 'lead-2' }),
        recorded('WebPageViewed', { leadId: 'lead-3' }),
        recorded('PersonalDataErasureRequested', { leadId: 'lead-3', requestId: 'r', leadIds: ['lead-3'], streams: [] }),
        recorded('WebPageViewed', { leadId: 'lead-5' }),
      ].map(asAppend),
    );
    // Of lead-9 the restored log knows nothing.
    await keys.destroy(['lead-1', 'lead-2', 'lead-3', 'lead-9'].map(subjectOfLead));
    await keys.noteForgottenThrough(1_000n);
    await destroyKeysAgain({ storedLog: log, keys }, () => 0);
    const requests = async () => {
      const found: unknown[] = [];
      for await (const { events } of log.read({ filter: { types: ['PersonalDataErasureRequested'] } }))
        found.push(...events.map(({ data }) => data));
      return found;
    };
    const asked = (leadId: string, streams: string[]) => ({
      leadId,
      requestId: decisionId('PersonalDataErasureRequested', leadId),
      leadIds: [leadId],
      streams,
    });
    const all = [
      { leadId: 'lead-3', requestId: 'r', leadIds: ['lead-3'], streams: [] },
      asked('lead-1', ['deal-d-1', ...streams].sort()),
      asked('lead-2', []),
    ];
    expect(await requests()).toEqual(all.map((one) => expect.objectContaining(one) as unknown));
    await keys.noteForgottenThrough(1_000n);
    await destroyKeysAgain({ storedLog: log, keys }, () => 1);
    expect(await requests()).toHaveLength(3);
  });
});
