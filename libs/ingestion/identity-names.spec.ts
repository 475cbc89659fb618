import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RecordedEvent } from '@leadlog/event-log';
import { SqliteEventLog } from '@leadlog/event-log/sqlite/sqlite-event-log';
import { namesInClear, emailIdentity, identityStreams, leadIdOf, namesByKey, visitorIdentity, type Identity } from '@leadlog/lead';
import { parseStructured, type ParsedEvent } from './cloudevents';
import { Ingestion, type IngestResult } from './ingestion';

const now = Date.parse('2026-06-10T12:00:00+09:00');
const folder = mkdtempSync(join(tmpdir(), 'leadlog-names-'));
afterAll(() => rmSync(folder, { recursive: true }));
const names = namesByKey(Buffer.alloc(32, 5));

let log: SqliteEventLog;
let files = 0;
let forgotten: Set<string>;
beforeEach(() => {
  log = SqliteEventLog.open({ file: join(folder, `${files++}.db`), clock: () => now });
  forgotten = new Set();
});
afterEach(() => log.close());

/** A program from before identities were named by a key, or one in clear. */
const before = () => new Ingestion(log, { names: namesInClear, clock: () => now, forgotten: async () => forgotten });
const since = () => new Ingestion(log, { clock: () => now, names, forgotten: async () => forgotten });

let made = 0;
const event = (type: string, data: object, id = `e-${made++}`): ParsedEvent =>
  parseStructured({ specversion: '1.0', id, source: 'spec', type, time: '2026-06-10T11:00:00+09:00', data });
const asked = (identity: object, id?: string) => event('InquiryReceived', { identity, kind: 'demo' }, id);
const captured = (reference: object, profile: object) => event('LeadCaptured', { ...reference, channel: 'form', profile });
const leadOf = ([result]: readonly IngestResult[]): string => (result as { leadId: string }).leadId;

async function eventsIn(stream: string): Promise<RecordedEvent[]> {
  const events: RecordedEvent[] = [];
  for await (const page of log.readStream(stream)) events.push(...page);
  return events;
}
const typesIn = async (stream: string): Promise<string[]> => (await eventsIn(stream)).map(({ type }) => type);
async function everything(): Promise<RecordedEvent[]> {
  const all: RecordedEvent[] = [];
  for await (const { events } of log.read()) all.push(...events);
  return all;
}
const streamsOf = (identity: Identity): [keyed: string, inClear: string] => identityStreams(names, identity) as unknown as [string, string];

const A = { email: 'a@example.jp' };
const [KEYED, IN_CLEAR] = streamsOf(emailIdentity(A.email));

describe('identities named by a key', () => {
  it('tell nobody without the key whose they are: neither a stream nor an id follows from the address', async () => {
    const leadId = leadOf(await since().ingest([asked(A)]));
    const ids = (await everything()).flatMap(({ id, stream, data }) => [id, stream, (data as { leadId: string }).leadId]);
    for (const guessed of [IN_CLEAR, leadIdOf(emailIdentity(A.email)), IN_CLEAR.slice('identity-'.length)])
      expect(ids.some((one) => one.includes(guessed))).toBe(false);
    expect(await typesIn(KEYED)).toEqual(['IdentityClaimed']);
    const another = namesByKey(Buffer.alloc(32, 6));
    expect(another.hashesOf(emailIdentity(A.email))[0]).not.toBe(names.hashesOf(emailIdentity(A.email))[0]);
    expect(another.leadIdsOf(emailIdentity(A.email))[0]).not.toBe(leadId);
  });

  it('are the same lead for a retry, another process, and one that is started later', async () => {
    const [here, there] = [since(), since()];
    const sent = Array.from({ length: 20 }, (_, n) => asked({ email: `p-${n % 5}@example.jp` }, `same-${n}`));
    const [one, other] = await Promise.all([here.ingest(sent), there.ingest(sent)]);
    const leadsOf = (results: readonly IngestResult[]) => results.map((result) => (result as { leadId: string }).leadId);
    expect(leadsOf(one)).toEqual(leadsOf(other));
    expect(leadsOf(await since().ingest(sent))).toEqual(leadsOf(one));
    expect(new Set(leadsOf(one)).size).toBe(5);
    expect((await everything()).filter(({ type }) => type === 'IdentityClaimed')).toHaveLength(5);
  });

  it('of somebody known before are those of the same lead, under the name that they have, and nothing is claimed again', async () => {
    const old = before();
    const [known, visitor] = [leadOf(await old.ingest([asked(A)])), leadOf(await old.ingest([asked({ visitorId: 'v-1' })]))];
    await old.ingest([captured({ leadId: 'crm-1' }, { email: 'b@example.jp' })]);
    expect(known).toBe(leadIdOf(emailIdentity(A.email)));
    const here = since();
    expect(leadOf(await here.ingest([asked(A)]))).toBe(known);
    expect(leadOf(await here.ingest([asked({ email: 'B@Example.jp' })]))).toBe('crm-1');
    expect(await typesIn(KEYED)).toEqual([]);
    // The visitor of before, now known by the address, was anonymous until then.
    await here.ingest([event('VisitorIdentified', { identity: A, visitorId: 'v-1', method: 'form' })]);
    expect(await typesIn(`lead-${visitor}`)).toEqual(['LeadsMerged']);
    // And whatever is told of an identity is told beside its claim.
    await here.ingest([captured({ leadId: 'crm-2' }, { email: 'b@example.jp' })]);
    const [keyedB, clearB] = streamsOf(emailIdentity('b@example.jp'));
    expect([await typesIn(keyedB), await typesIn(clearB)]).toEqual([[], ['IdentityClaimed', 'IdentityShared']]);
    const apart = event('IdentityKeptApart', { identity: { email: 'b@example.jp' }, reason: 'the desk' }, 'apart');
    expect(await here.ingest([apart, apart])).toMatchObject([{ result: 'accepted' }, { result: 'duplicate' }]);
    expect(await since().ingest([apart])).toMatchObject([{ result: 'duplicate' }]);
    expect([await typesIn(keyedB), (await typesIn(clearB)).at(-1)]).toEqual([[], 'IdentityKeptApart']);
    const [third] = await since().ingest([captured({ leadId: 'crm-3' }, { email: 'b@example.jp' })]);
    expect(third).toEqual(expect.not.objectContaining({ notices: expect.anything() as unknown }));
  });

  it('are free under all their names once their person is forgotten, and claimed again by key', async () => {
    const sentBefore = asked(A);
    const known = leadOf(await before().ingest([sentBefore]));
    forgotten.add(`lead-${known}`);
    const here = since();
    const back = leadOf(await here.ingest([asked(A)]));
    expect(back).toBe(names.leadIdsOf(emailIdentity(A.email), 1)[0]);
    expect([await typesIn(IN_CLEAR), await typesIn(KEYED)]).toEqual([['IdentityClaimed'], ['IdentityClaimed']]);
    // What had been sent for the person of before is not told twice.
    for (const one of [here, since()]) expect(await one.ingest([sentBefore])).toMatchObject([{ result: 'duplicate', leadId: known }]);
    forgotten.add(`lead-${back}`);
    expect(leadOf(await since().ingest([asked(A)]))).toBe(names.leadIdsOf(emailIdentity(A.email), 2)[0]);
  });

  it('shared by leads are told beside the claim of their owner, with the time of that claim', async () => {
    const known = leadOf(await before().ingest([captured({ identity: A }, A)]));
    forgotten.add(`lead-${known}`);
    const here = since();
    await here.ingest([captured({ leadId: 'crm-1' }, A), captured({ leadId: 'crm-2' }, A)]);
    expect([await typesIn(IN_CLEAR), await typesIn(KEYED)]).toEqual([['IdentityClaimed'], ['IdentityClaimed', 'IdentityShared']]);
    expect((await eventsIn(KEYED))[1]!.data).toMatchObject({ leadId: 'crm-2', ownerId: 'crm-1' });
  });

  it('that a program from before claims once more are those of the lead that has them, and the other is merged into it', async () => {
    const old = before();
    await old.ingest([asked({ visitorId: 'v-9' })]);
    const leadId = leadOf(await since().ingest([asked(A)]));
    // It looks under the name that it knows, and finds nothing.
    const twin = leadOf(await old.ingest([asked(A)]));
    expect(twin).not.toBe(leadId);
    const healing = since();
    const [healed] = (await healing.ingest([asked(A)])) as unknown as [{ leadId: string; notices?: string[] }];
    expect(healed).toMatchObject({ leadId, notices: [`the anonymous lead ${twin} of this address is merged into ${leadId}`] });
    expect((await eventsIn(`lead-${twin}`)).map(({ type, data }) => [type, data])).toEqual([
      ['LeadsMerged', { leadId: twin, mergedId: twin, survivorId: leadId }],
    ]);
    expect(await healing.ingest([asked(A)])).toEqual([expect.not.objectContaining({ notices: expect.anything() as unknown })]);
    expect(await since().ingest([asked(A)])).toMatchObject([{ result: 'accepted', leadId }]);
  });

  it('that such a program claims for a lead that senders have named are told as shared', async () => {
    const leadId = leadOf(await since().ingest([asked(A)]));
    await before().ingest([captured({ leadId: 'crm-7' }, A)]);
    const [result] = (await since().ingest([captured({ identity: A }, A)])) as unknown as [{ leadId: string; notices?: string[] }];
    expect(result.leadId).toBe(leadId);
    expect(result.notices).toEqual([expect.stringContaining('already belongs to lead crm-7')]);
    expect(await typesIn(`lead-crm-7`)).toEqual([]);
  });

  it('have names that show whether they are made by a key', () => {
    const [keyed, inClear] = names.hashesOf(visitorIdentity('v-1'));
    expect([keyed, inClear]).toEqual([expect.stringMatching(/^k[0-9a-f]{64}$/), expect.stringMatching(/^[0-9a-f]{64}$/)]);
  });
});
