import { dealStream, type LeadlogEvent, type PersonalDataErased } from '@leadlog/events';
import { engineOnFiles } from '@leadlog/events/engine-on-files.testing';
import { recorded } from '@leadlog/events/recorded.testing';
import { leadsProjection } from '../leads.projection';
import { identityOf, identityStreams, namesByKey } from '../who-is-who/identity';
import { erasureReaction, type Forgotten } from './erasure-reaction';
import { ERASING, erasureOfPerson } from './erasures';
import { requestErasure } from './request-erasure';

const names = namesByKey(Buffer.alloc(32, 3));

describe('a person whose leads are found to be one only while they are being forgotten', () => {
  const files = engineOnFiles(leadsProjection({ timezone: 'Asia/Tokyo' }));
  const { log, readModels, tell } = files;
  const destroyed: string[] = [];
  const purged: Forgotten[] = [];
  const reaction = erasureReaction({
    log,
    clock: () => Date.parse('2026-07-01T00:00:00Z'),
    names,
    destroyKeys: (leadIds, streams) => {
      destroyed.push(...leadIds, ...streams);
      return Promise.resolve(leadIds.includes('lead-2'));
    },
    purge: (person) => {
      purged.push(person);
      return Promise.resolve({ jobs: 1, generations: 0, clearEvents: 2 });
    },
  });
  const view = () => readModels.view('leads');
  /** Answers whether there was something to do. */
  async function step(): Promise<boolean> {
    await files.folded();
    const [next] = await (await view()).list(ERASING);
    if (next) await reaction.react(next.key, next.rank, await view());
    await files.folded();
    return next !== undefined;
  }
  const progress = async () => {
    const now = await view();
    return erasureOfPerson((await now.get<{ erasures?: [] }>('lead-1'))?.erasures, await now.family('lead-1'));
  };
  const erasedIn = async (stream: string): Promise<PersonalDataErased[]> => {
    const found: LeadlogEvent[] = [];
    for await (const page of log.readStream(stream)) found.push(...(page as LeadlogEvent[]));
    return found.flatMap((event) => (event.type === 'PersonalDataErased' ? [event.data] : []));
  };
  const identity = (leadId: string) => ({ email: `${leadId}@mail.example` });
  const [byKey, inClear] = [0, 1] as const;
  const addressOf = (leadId: string, which: 0 | 1 = byKey): string => identityStreams(names, identityOf(identity(leadId)))[which]!;
  /** One from before there was a key for names. */
  const streamOf = (leadId: string): string => addressOf(leadId, leadId === 'lead-2' ? inClear : byKey);
  const known = (leadId: string) => [
    recorded('LeadCaptured', { leadId, profile: { email: `${leadId}@mail.example` } }),
    recorded('IdentityClaimed', { leadId, identity: identity(leadId) }, { stream: streamOf(leadId) }),
    recorded('DealOpened', { leadId, dealId: `d-${leadId}` }),
  ];
  const merged = (mergedId: string) => recorded('LeadsMerged', { leadId: mergedId, survivorId: 'lead-1', mergedId });

  beforeAll(() => files.start());
  afterAll(() => files.end());

  it('is forgotten with every lead, in every stream, whenever that was merged', async () => {
    await tell(...['lead-1', 'lead-2', 'lead-3', 'lead-4'].flatMap(known));
    // Somebody else is party to one of the deals.
    await tell(recorded('MeetingHeld', { leadId: 'lead-4', dealId: 'd-lead-2' }, { stream: dealStream('d-lead-2') }));
    // An address of somebody else, which one of them gave too.
    await tell(
      recorded('LeadCaptured', { leadId: 'lead-1', profile: { email: 'lead-5@mail.example' } }),
      recorded('IdentityClaimed', { leadId: 'lead-5', identity: identity('lead-5') }, { stream: addressOf('lead-5') }),
    );
    await requestErasure(log, await view(), names, { leadId: 'lead-1', requestId: 'dsr-1', now: 0 });
    await tell(merged('lead-2'));
    expect(await step()).toBe(true);
    expect(destroyed).toEqual([]);
    expect(await progress()).toMatchObject({ state: 'requested', leadIds: ['lead-1', 'lead-2'] });
    while ((await erasedIn('activity-lead-1')).length === 0) await step();
    // By now the read model no longer tells by what its leads were known.
    await tell(merged('lead-3'));
    while (await step());

    expect(await progress()).toMatchObject({
      state: 'completed',
      requestId: 'dsr-1',
      leadIds: ['lead-1', 'lead-2', 'lead-3'],
      jobs: 3,
      clearEvents: 6,
      notRewritten: ['keys'],
    });
    expect(purged.flatMap(({ leadIds }) => leadIds).sort()).toEqual(['lead-1', 'lead-2', 'lead-3']);
    const theirs = ['lead-1', 'lead-2', 'lead-3'].map(streamOf);
    expect([...new Set(destroyed)].sort()).toEqual(['deal-d-lead-1', 'deal-d-lead-3', 'lead-1', 'lead-2', 'lead-3', ...theirs].sort());
    for (const leadId of ['lead-1', 'lead-2', 'lead-3']) {
      const [deal] = await erasedIn(dealStream(`d-${leadId}`));
      expect(deal).toMatchObject({ dealId: `d-${leadId}`, requestId: 'dsr-1' });
      expect(deal!.wholeDeal).toBe(leadId === 'lead-2' ? undefined : true);
      expect((await erasedIn(streamOf(leadId))).some(({ leadIds }) => leadIds!.includes(leadId))).toBe(true);
    }
    expect(await erasedIn(streamOf('lead-4'))).toEqual([]);
    // Its key is not among them: what is said of it stays with whoever has it.
    expect(await erasedIn(addressOf('lead-5'))).not.toEqual([]);
    // What an address would have been called must not come into the log.
    expect(await erasedIn(addressOf('lead-1', inClear))).toEqual([]);
  });

  it('is asked for again once it is found to have had another lead', async () => {
    await tell(merged('lead-4'));
    expect(await progress()).toBeUndefined();
    const again = await requestErasure(log, await view(), names, { leadId: 'lead-1', now: 0 });
    expect(again).toMatchObject({ leadId: 'lead-1', repeated: false });
    while (await step());
    expect(await progress()).toMatchObject({ state: 'completed', leadIds: ['lead-1', 'lead-2', 'lead-3', 'lead-4'] });
    expect(await requestErasure(log, await view(), names, { leadId: 'lead-1', now: 0 })).toMatchObject({ repeated: true });
  });
});
