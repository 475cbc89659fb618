import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { LogUnavailable, type EventLog, type NewEvent, type RecordedEvent } from '@leadlog/event-log';
import { SqliteEventLog } from '@leadlog/event-log/sqlite/sqlite-event-log';
import { eventIdOf, ownEvent } from '@leadlog/events';
import { namesInClear, cardIdentity, emailIdentity, identityHash, leadIdOf, MergeDecisions, visitorIdentity } from '@leadlog/lead';
import { parseStructured, type ParsedEvent } from './cloudevents';
import { Ingestion, IngestionUnavailable, type IngestResult } from './ingestion';

const now = Date.parse('2026-06-10T12:00:00+09:00');
const folder = mkdtempSync(join(tmpdir(), 'leadlog-ingestion-'));
let logs: SqliteEventLog[] = [];
let files = 0;
afterEach(async () => {
  await Promise.all(logs.map((log) => log.close()));
  logs = [];
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Each with a handle of its own on the same new file, as in processes of their own. */
function instances(count: number): Ingestion[] {
  const file = join(folder, `${files++}.db`);
  return Array.from({ length: count }, () => {
    const log = SqliteEventLog.open({ file, clock: () => now });
    logs.push(log);
    return new Ingestion(log, { names: namesInClear, clock: () => now });
  });
}

let made = 0;
function event(type: string, data: object, more: object = {}): ParsedEvent {
  const parsed = parseStructured({
    specversion: '1.0',
    id: `e-${made++}`,
    source: 'spec',
    type,
    time: '2026-06-10T11:00:00+09:00',
    data,
    ...more,
  });
  expect(parsed).toMatchObject({ ok: true });
  return parsed;
}
const page = { url: 'https://www.leadlog.example/price', category: 'price' };
const captured = (reference: object, email?: string) =>
  event('LeadCaptured', { ...reference, channel: 'form', profile: email === undefined ? {} : { email } });
const leads = (results: readonly IngestResult[]) => results.map((result) => (result.result === 'rejected' ? result.errors : result.leadId));

async function streamOf(name: string): Promise<RecordedEvent[]> {
  const events: RecordedEvent[] = [];
  for await (const page of logs[0]!.readStream(name)) events.push(...page);
  return events;
}

describe('identities', () => {
  it('are one in whatever case and width an address is written, and make the same lead everywhere', async () => {
    const [here] = instances(1);
    const results = await here!.ingest([
      event('InquiryReceived', { identity: { email: 'H.Aoyama@Example.JP' }, kind: 'demo' }),
      event('InquiryReceived', { identity: { email: 'h.aoyama@example.jp' }, kind: 'demo' }),
    ]);
    const leadId = leadIdOf(emailIdentity('h.aoyama@example.jp'));
    expect(leads(results)).toEqual([leadId, leadId]);
    const stream = `identity-${identityHash(emailIdentity('h.aoyama@example.jp'))}`;
    expect(stream).not.toContain('aoyama');
    expect((await streamOf(stream)).map(({ data }) => data)).toEqual([{ leadId, identity: { email: 'h.aoyama@example.jp' } }]);
  });

  it('are free again once their person is forgotten: who gives them then is somebody new, and what was sent before is not told twice', async () => {
    const [here, there] = instances(2);
    const first = captured({ identity: { email: 'a@example.jp' } });
    const [known] = leads(await here!.ingest([first]));
    expect(leads(await there!.ingest([captured({ identity: { email: 'a@example.jp' } })]))).toEqual([known]);
    const hash = identityHash(emailIdentity('a@example.jp'));
    const erased = (stream: string): NewEvent =>
      ownEvent({
        id: eventIdOf('spec', stream),
        type: 'PersonalDataErased',
        data: { leadId: known, requestId: 'r', leadIds: [known] },
        at: now,
        by: 'spec',
      });
    await logs[1]!.append(`identity-${hash}`, [erased(hash)], { expected: 'any' });
    const again = async (from: Ingestion) => (await from.ingest([captured({ identity: { email: 'a@example.jp' } })]))[0]!;
    // Each has heard of the first claim, and hears of its end soon.
    for (const one of [here!, there!]) while (((await again(one)) as { leadId?: string }).leadId === known) await new Promise(setImmediate);
    const [one, other] = leads([await again(here!), await again(there!)]);
    expect(one).toBe(other);
    expect(one).toBe(leadIdOf(emailIdentity('a@example.jp'), 1));
    const started = new Ingestion(logs[0]!, { names: namesInClear, clock: () => now });
    expect(await started.ingest([first])).toMatchObject([{ result: 'duplicate', leadId: known }]);
    expect(leads([await again(started)])).toEqual([one]);
  });

  it('never go back to a forgotten lead, whoever names it, and are free as soon as its key is gone', async () => {
    instances(1);
    const forgotten = new Set<string>();
    const another = () => new Ingestion(logs[0]!, { names: namesInClear, clock: () => now, forgotten: async () => forgotten });
    const here = another();
    const told = captured({ leadId: 'lead-1' }, 'a@example.jp');
    const form = async (from: Ingestion) =>
      leads(await from.ingest([event('InquiryReceived', { identity: { email: 'a@example.jp' }, kind: 'demo' })]))[0];
    await here.ingest([told]);
    expect(await form(here)).toBe('lead-1');

    for (const leadId of ['lead-1', 'lead-2']) forgotten.add(`lead-${leadId}`);
    // Its streams do not say so yet. Neither a repeat nor something new, nor what names a lead merged into it, claims the address.
    expect(await here.ingest([told])).toMatchObject([{ result: 'duplicate', leadId: 'lead-1' }]);
    for (const leadId of ['lead-1', 'lead-2'])
      expect(await here.ingest([captured({ leadId }, 'a@example.jp')])).toMatchObject([{ result: 'accepted', leadId }]);
    const back = leadIdOf(emailIdentity('a@example.jp'), 1);
    for (const one of [here, another()]) expect(await form(one)).toBe(back);

    const stream = `identity-${identityHash(emailIdentity('a@example.jp'))}`;
    const erased = { leadId: 'lead-1', requestId: 'r', leadIds: ['lead-1', 'lead-2'] };
    const end = ownEvent({ id: eventIdOf('spec', 'end'), type: 'PersonalDataErased', data: erased, at: now, by: 'spec' });
    await logs[0]!.append(stream, [end], { expected: 'any' });
    for (const one of [here, another()]) {
      await one.ingest([told, captured({ leadId: 'lead-2' }, 'a@example.jp')]);
      expect(await form(one)).toBe(back);
    }
    forgotten.add(`lead-${back}`);
    expect(await form(another())).toBe(leadIdOf(emailIdentity('a@example.jp'), 2));
  });

  it('told by an event belong to its lead from then on, also within a batch', async () => {
    const [here] = instances(1);
    const results = await here!.ingest([
      captured({ leadId: 'lead-1' }, 'a@example.jp'),
      event('WebPageViewed', { identity: { email: 'a@example.jp' }, ...page }),
    ]);
    expect(leads(results)).toEqual(['lead-1', 'lead-1']);
  });

  it('stay with the lead that claimed them first, and the answer says so', async () => {
    const [here] = instances(1);
    const [, second] = await here!.ingest([captured({ leadId: 'lead-1' }, 'a@example.jp'), captured({ leadId: 'lead-2' }, 'a@example.jp')]);
    expect(second).toMatchObject({
      result: 'accepted',
      leadId: 'lead-2',
      notices: [expect.stringMatching(/already belongs to lead lead-1/)],
    });
  });

  it('have one owner whatever instances claim them at the same time', async () => {
    const email = fc.constantFrom('a@example.jp', 'b@example.jp');
    const visitor = fc.constantFrom('v-1', 'v-2');
    const told = fc.oneof(
      fc.tuple(fc.constantFrom('lead-1', 'lead-2'), email).map(([leadId, address]) => captured({ leadId }, address)),
      email.map((address) => event('InquiryReceived', { identity: { email: address }, kind: 'demo' })),
      visitor.map((visitorId) => event('WebPageViewed', { identity: { visitorId }, ...page })),
      fc
        .tuple(email, visitor)
        .map(([address, visitorId]) => event('VisitorIdentified', { identity: { email: address }, visitorId, method: 'form' })),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(fc.array(told, { maxLength: 3 }), { minLength: 2, maxLength: 5 }), async (batches) => {
        const both = instances(2);
        await Promise.all(batches.map((batch, index) => both[index % 2]!.ingest(batch)));
        for await (const { events } of logs.at(-1)!.read({ filter: { streamPrefixes: ['identity-'] } })) {
          expect(events.every(({ revision, type }) => (revision === 0n) === (type === 'IdentityClaimed'))).toBe(true);
        }
        // An event that names its lead by an identity is where the identity says.
        for await (const { events } of logs.at(-1)!.read({ filter: { streamPrefixes: ['activity-'] } })) {
          for (const { data } of events) {
            const { leadId, identity } = data as { leadId: string; identity?: { email?: string; visitorId?: string } };
            if (!identity) continue;
            const key = identity.email === undefined ? visitorIdentity(identity.visitorId!) : emailIdentity(identity.email);
            const claims: unknown[] = [];
            for await (const page of logs.at(-1)!.readStream(`identity-${identityHash(key)}`))
              claims.push(...page.flatMap(({ type, data }) => (type === 'IdentityClaimed' ? [(data as { leadId: string }).leadId] : [])));
            expect(claims).toEqual([leadId]);
          }
        }
        await Promise.all(logs.map((log) => log.close()));
        logs = [];
      }),
      { numRuns: 25 },
    );
  });
});

describe('a visitor who says who he is', () => {
  const visit = () => event('WebPageViewed', { identity: { visitorId: 'v-1' }, ...page });
  const identified = (email: string) => event('VisitorIdentified', { identity: { email }, visitorId: 'v-1', method: 'form' });
  const anonymous = leadIdOf(visitorIdentity('v-1'));

  it('takes the history of before along: the anonymous lead is merged, once', async () => {
    const [here] = instances(1);
    await here!.ingest([visit()]);
    const [first] = await here!.ingest([identified('a@example.jp')]);
    const survivorId = leadIdOf(emailIdentity('a@example.jp'));
    expect(first).toMatchObject({
      result: 'accepted',
      leadId: survivorId,
      notices: [`the anonymous lead ${anonymous} of this visitor is merged into ${survivorId}`],
    });
    await here!.ingest([identified('a@example.jp'), identified('b@example.jp')]);
    expect((await streamOf(`lead-${anonymous}`)).map(({ type, data }) => [type, data])).toEqual([
      ['LeadsMerged', { leadId: anonymous, survivorId, mergedId: anonymous }],
    ]);
  });

  it('is joined with what is known of him, too, after he was forgotten and has come back', async () => {
    instances(1);
    const forgotten = new Set<string>();
    const here = new Ingestion(logs[0]!, { names: namesInClear, clock: () => now, forgotten: async () => forgotten });
    const survivorId = leadIdOf(emailIdentity('a@example.jp'));
    await here.ingest([visit(), identified('a@example.jp')]);
    for (const leadId of [anonymous, survivorId]) forgotten.add(`lead-${leadId}`);
    const [visitor, person] = [leadIdOf(visitorIdentity('v-1'), 1), leadIdOf(emailIdentity('a@example.jp'), 1)];
    const results = await here.ingest([visit(), identified('a@example.jp')]);
    expect(results).toMatchObject([
      { leadId: visitor },
      { leadId: person, notices: [`the anonymous lead ${visitor} of this visitor is merged into ${person}`] },
    ]);
    // One who is named by an id takes what the address alone had made.
    expect(await here.ingest([captured({ leadId: 'lead-1' }, 'a@example.jp')])).toMatchObject([
      { notices: [expect.stringContaining(`${person} of this address is merged into lead-1`)] },
    ]);
  });

  it('is not merged again after a person has taken the merge back', async () => {
    const [here] = instances(1);
    await here!.ingest([visit(), identified('a@example.jp')]);
    const [merged] = await streamOf(`lead-${anonymous}`);
    await here!.ingest([event('MergeReverted', { leadId: anonymous, mergeEventId: merged!.id })]);
    const [again] = await here!.ingest([identified('a@example.jp')]);
    expect(again).toMatchObject({ result: 'accepted', notices: [expect.stringMatching(/stays there/)] });
    expect((await streamOf(`lead-${anonymous}`)).map(({ type }) => type)).toEqual(['LeadsMerged', 'MergeReverted']);
  });
});

describe('a lead that is captured after touchpoints by its address or card', () => {
  const mailed = () => event('InquiryReceived', { identity: { email: 'a@example.jp' }, kind: 'demo' });
  const anonymous = leadIdOf(emailIdentity('a@example.jp'));
  const named = (leadId: string, name: string) =>
    event('LeadCaptured', { leadId, channel: 'form', profile: { name, email: 'a@example.jp' } });
  const mergesOf = async (leadId: string) =>
    (await streamOf(`lead-${leadId}`)).map(({ type, data }) => [type, (data as { survivorId?: string }).survivorId]);

  it('has them as its own, in one batch or two, and is told so once', async () => {
    for (const together of [true, false]) {
      const [here] = instances(1);
      logs = logs.slice(-1);
      const results = together
        ? await here!.ingest([mailed(), named('crm-1', '青山 晴香')])
        : [...(await here!.ingest([mailed()])), ...(await here!.ingest([named('crm-1', '青山 晴香')]))];
      expect(results[1]).toMatchObject({
        result: 'accepted',
        leadId: 'crm-1',
        notices: [`the anonymous lead ${anonymous} of this address is merged into crm-1`],
      });
      expect(await mergesOf(anonymous)).toEqual([['LeadsMerged', 'crm-1']]);
      expect(
        (await here!.ingest([event('ProfileUpdated', { leadId: 'crm-1', changes: { email: 'a@example.jp', title: '部長' } })]))[0],
      ).not.toHaveProperty('notices');
      await logs[0]!.close();
      logs = [];
    }
  });

  it('is another person where the names differ, where both are named leads, and after a person has taken the merge back', async () => {
    const [here] = instances(1);
    await here!.ingest([event('LeadCaptured', { identity: { email: 'a@example.jp' }, channel: 'form', profile: { name: '白川 透' } })]);
    expect((await here!.ingest([named('crm-1', '青山 晴香')]))[0]).toMatchObject({
      result: 'accepted',
      notices: [expect.stringContaining('its name is "白川 透", not "青山 晴香"')],
    });
    expect(await mergesOf(anonymous)).toEqual([]);
    await here!.ingest([named('crm-2', '白川　透')]);
    expect(await mergesOf(anonymous)).toEqual([['LeadsMerged', 'crm-2']]);
    const [merge] = await streamOf(`lead-${anonymous}`);
    await here!.ingest([event('MergeReverted', { leadId: anonymous, mergeEventId: merge!.id })]);
    expect((await here!.ingest([named('crm-2', '白川 透')]))[0]).toMatchObject({ notices: [expect.stringMatching(/stays there/)] });

    const [there] = instances(1);
    await there!.ingest([named('crm-1', '青山 晴香')]);
    expect((await there!.ingest([named('crm-2', '青山 晴香')]))[0]).toMatchObject({
      notices: [expect.stringContaining('already belongs to lead crm-1 and stays there; if they are the same person, merge crm-2 into it')],
    });
  });

  it('of a visitor who gives the address of a known lead goes into that lead, unless the visitor gave another before', async () => {
    const [here] = instances(1);
    const form = (email: string, visitorId: string) =>
      event('LeadCaptured', { identity: { visitorId }, channel: 'form', profile: { email } });
    await here!.ingest([named('crm-1', '青山 晴香'), captured({ leadId: 'crm-2' }, 'b@example.jp')]);
    await here!.ingest([form('a@example.jp', 'v-1')]);
    expect(await mergesOf(leadIdOf(visitorIdentity('v-1')))).toEqual([['LeadsMerged', 'crm-1']]);
    await here!.ingest([form('c@example.jp', 'v-2')]);
    expect((await here!.ingest([form('b@example.jp', 'v-2')]))[0]).toMatchObject({
      notices: [expect.stringContaining('its e-mail address is "c@example.jp", not "b@example.jp"')],
    });
    expect(await mergesOf(leadIdOf(visitorIdentity('v-2')))).toEqual([]);
  });

  it('has what was exchanged under its card', async () => {
    const [here] = instances(1);
    await here!.ingest([event('ConsentChanged', { identity: { cardId: 'c-1' }, channel: 'email', status: 'granted' })]);
    await here!.ingest([event('BusinessCardExchanged', { leadId: 'crm-1', cardId: 'c-1', repId: 'rep-1', place: 'onsite' })]);
    expect(await mergesOf(leadIdOf(cardIdentity('c-1')))).toEqual([['LeadsMerged', 'crm-1']]);
  });
});

describe('merges', () => {
  const merge = (mergedId: string, survivorId: string) => event('LeadsMerged', { mergedId, survivorId });
  const known = (...ids: string[]) => ids.map((leadId) => captured({ leadId }));

  it('go into the stream of the merged lead, once only, and never round in a circle', async () => {
    const [here] = instances(1);
    await here!.ingest(known('a', 'b', 'c', 'd'));
    const results = await here!.ingest([merge('a', 'b'), merge('b', 'c'), merge('a', 'd'), merge('c', 'a')]);
    expect(results.map(({ result }) => result)).toEqual(['accepted', 'accepted', 'rejected', 'rejected']);
    expect(results[3]).toMatchObject({ errors: [{ expected: expect.stringMatching(/not itself merged into c/) }] });
  });

  it('are a duplicate when sent again, and can be reverted', async () => {
    const [here] = instances(1);
    await here!.ingest(known('a', 'b', 'c'));
    const one = merge('a', 'b');
    const [first] = await here!.ingest([one]);
    expect((await here!.ingest([one]))[0]).toMatchObject({ result: 'duplicate' });
    const mergeEventId = (first as { eventId: string }).eventId;
    const reverted = event('MergeReverted', { leadId: 'a', mergeEventId });
    expect((await here!.ingest([reverted, merge('a', 'c')])).map(({ result }) => result)).toEqual(['accepted', 'accepted']);
  });
});

describe('a merge of leads of which nobody has heard', () => {
  const known = (leadId: string) => captured({ leadId });
  const merge = (mergedId: string, survivorId: string) => event('LeadsMerged', { mergedId, survivorId });

  it('is refused, whichever of them it is, and goes on once both are known, also in one batch', async () => {
    const [here] = instances(1);
    await here!.ingest([known('a')]);
    const wrong = await here!.ingest([merge('a', 'lead-typo'), merge('lead-typo', 'a')]);
    const expected = 'a lead with at least one recorded event';
    expect(wrong).toMatchObject([
      { result: 'rejected', errors: [{ pointer: '/data/survivorId', expected, got: '"lead-typo"' }] },
      { result: 'rejected', errors: [{ pointer: '/data/mergedId', expected, got: '"lead-typo"' }] },
    ]);
    expect((await here!.ingest([merge('a', 'b'), known('b')])).map(({ result }) => result)).toEqual(['accepted', 'accepted']);
  });

  it('asks elsewhere before it is refused: a lead may be known by a deal alone', async () => {
    const [here] = instances(1);
    const asked: string[] = [];
    const there = new Ingestion(logs[0]!, {
      names: namesInClear,
      clock: () => now,
      merges: new MergeDecisions(logs[0]!, async (leadId) => asked.push(leadId) > 0 && leadId === 'of-a-deal', undefined, namesInClear),
    });
    await here!.ingest([known('a')]);
    expect((await there.ingest([merge('of-a-deal', 'a'), merge('a', 'nobody')])).map(({ result }) => result)).toEqual([
      'accepted',
      'rejected',
    ]);
    expect(asked).toEqual(['of-a-deal', 'nobody']);
  });

  it('is still a duplicate when it was taken by an earlier version', async () => {
    const [here] = instances(1);
    const old = merge('a', 'unknown');
    await logs[0]!.append(
      'lead-a',
      [
        {
          id: eventIdOf('spec', (old as { event: { id: string } }).event.id),
          type: 'LeadsMerged',
          data: { leadId: 'a', mergedId: 'a', survivorId: 'unknown' },
          metadata: {
            occurredAt: '2026-06-10T11:00:00+09:00',
            source: 'spec',
            sourceId: 'x',
            initiator: 'seller',
            actor: { kind: 'integration', id: 'spec' },
            schemaVersion: 1,
          },
        },
      ],
      { expected: 'no-stream' },
    );
    expect((await here!.ingest([old]))[0]).toMatchObject({ result: 'duplicate' });
  });
});

describe('ingestion', () => {
  const call = (callId: string) =>
    event('CallCompleted', {
      leadId: 'lead-1',
      callId,
      repId: 'rep-1',
      startedAt: '2026-06-10T10:00:00+09:00',
      seconds: 60,
      outcome: 'refused',
    });
  const calls = async () =>
    (await streamOf('activity-lead-1')).flatMap(({ type, data }) => (type === 'CallCompleted' ? (data as { callId: string }).callId : []));
  const sent = (parsed: ParsedEvent) => ({ specversion: '1.0', ...(parsed as Extract<ParsedEvent, { ok: true }>).event });

  it('writes a stream in the order in which batches were resolved, whatever they wait for', async () => {
    const [here] = instances(1);
    const disqualified = event('LeadDisqualified', { leadId: 'lead-1', reason: 'competitor' });
    await here!.ingest([captured({ leadId: 'lead-1' })]);
    const one = await here!.resolve([disqualified, call('first')]);
    const other = await here!.resolve([call('second')]);
    const results = await Promise.all([here!.append(one), here!.append(other)]);
    expect(results.flat().map(({ result }) => result)).toEqual(['accepted', 'accepted', 'accepted']);
    expect(await calls()).toEqual(['first', 'second']);
  });

  it('writes a stream in that order behind a look for an id that is recorded elsewhere', async () => {
    const [here] = instances(1);
    const viewed = event('WebPageViewed', { identity: { visitorId: 'v-1' }, ...page });
    await here!.ingest([viewed]);
    const again = parseStructured({ ...sent(viewed), data: { leadId: 'lead-1', ...page } });
    const one = await here!.resolve([again, call('first')]);
    const other = await here!.resolve([call('second')]);
    const results = await Promise.all([here!.append(one), here!.append(other)]);
    expect(results.flat().map(({ result }) => result)).toEqual(['duplicate', 'accepted', 'accepted']);
    expect(await calls()).toEqual(['first', 'second']);
  });

  it('writes a stream in that order where a batch waits for another, since both have one id', async () => {
    const [here] = instances(1);
    const viewed = event('WebPageViewed', { identity: { visitorId: 'v-1' }, ...page });
    const again = parseStructured({ ...sent(viewed), data: { leadId: 'lead-1', ...page } });
    const batches = [[viewed], [again, call('first')], [call('second')], [call('third'), call('fourth')]];
    const resolved = [];
    for (const batch of batches) resolved.push(await here!.resolve(batch));
    const results = await Promise.all(resolved.map((one) => here!.append(one)));
    expect(results.flat().map(({ result }) => result)).toEqual(['accepted', 'duplicate', 'accepted', 'accepted', 'accepted', 'accepted']);
    expect(await calls()).toEqual(['first', 'second', 'third', 'fourth']);
  });

  it('decides on a lead in that order, also when the later batch has nothing else to write', async () => {
    const [here] = instances(1);
    await here!.ingest([captured({ leadId: 'lead-1' }), captured({ leadId: 'lead-2' })]);
    const merged = event('LeadsMerged', { survivorId: 'lead-1', mergedId: 'lead-2' });
    const { source, id } = sent(merged);
    const reverted = event('MergeReverted', { leadId: 'lead-2', mergeEventId: eventIdOf(source, id) });
    const one = await here!.resolve([call('first'), merged]);
    const other = await here!.resolve([reverted]);
    const results = await Promise.all([here!.append(one), here!.append(other)]);
    expect(results.flat().map(({ result }) => result)).toEqual(['accepted', 'accepted', 'accepted']);
  });

  it('answers every input in its order, duplicates in one batch too', async () => {
    const [here] = instances(1);
    const one = event('WebPageViewed', { leadId: 'lead-1', ...page });
    const bad = event('WebPageViewed', { leadId: 'lead-1' });
    const results = await here!.ingest([one, bad, one]);
    expect(results.map(({ result }) => result)).toEqual(['accepted', 'rejected', 'duplicate']);
    expect((await here!.ingest([one]))[0]).toEqual({ ...results[0], result: 'duplicate' });
    expect(await streamOf('activity-lead-1')).toHaveLength(1);
  });

  it('upcasts an older schema version at the door and stores the current one', async () => {
    const [here] = instances(1);
    const old = event('ContentDownloaded', { leadId: 'lead-1', assetId: 'wp-1', whitepaper: true }, { schemaversion: 1 });
    expect((await here!.ingest([old]))[0]).toMatchObject({ result: 'accepted' });
    expect((await streamOf('activity-lead-1'))[0]).toMatchObject({ data: { kind: 'whitepaper' }, metadata: { schemaVersion: 2 } });
  });

  it('gives what sellers do to the rep that data names', async () => {
    const [here] = instances(1);
    await here!.ingest([event('BusinessCardExchanged', { leadId: 'lead-1', cardId: 'c-1', repId: 'rep-7', place: 'onsite' })]);
    expect((await streamOf('activity-lead-1'))[0]!.metadata).toMatchObject({ initiator: 'seller', actor: { kind: 'rep', id: 'rep-7' } });
  });

  it('rejects an event too large for the log and takes the others of its stream', async () => {
    const [here] = instances(1);
    const large = event('SurveyAnswered', {
      leadId: 'lead-1',
      surveyId: 's',
      answers: Array.from({ length: 100 }, () => ({ question: '質'.repeat(1000), answer: '答'.repeat(3900) })),
    });
    const results = await here!.ingest([
      event('WebPageViewed', { leadId: 'lead-1', ...page }),
      large,
      event('WebPageViewed', { leadId: 'lead-1', ...page }),
    ]);
    expect(results.map(({ result }) => result)).toEqual(['accepted', 'rejected', 'accepted']);
  });

  it('is unavailable as a whole while the log cannot write; sent again, what was in already is a duplicate', async () => {
    const [here] = instances(1);
    const log = logs[0]!;
    let fails = true;
    const half: EventLog = new Proxy(log, {
      get(target, name) {
        const member: unknown = Reflect.get(target, name, target);
        if (name !== 'appendMany' || !fails) return typeof member === 'function' ? (member as () => unknown).bind(target) : member;
        return async (appends: Parameters<EventLog['appendMany']>[0]) => {
          const [first] = await target.appendMany(appends.slice(0, 1));
          return [first, ...appends.slice(1).map(() => ({ ok: false, error: new LogUnavailable('disk-full', 'the disk is full') }))];
        };
      },
    });
    const there = new Ingestion(half, { names: namesInClear, clock: () => now });
    const both = [event('WebPageViewed', { leadId: 'lead-1', ...page }), event('WebPageViewed', { leadId: 'lead-2', ...page })];
    await expect(there.ingest(both)).rejects.toThrow(IngestionUnavailable);
    fails = false;
    expect((await there.ingest(both)).map(({ result }) => result)).toEqual(['duplicate', 'accepted']);
    expect((await here!.ingest(both)).map(({ result }) => result)).toEqual(['duplicate', 'duplicate']);
  });
});
