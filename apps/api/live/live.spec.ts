import { once } from 'node:events';
import type { Server } from 'node:http';
import { connect, type Socket } from 'node:net';
import { setImmediate as eventLoopTurn } from 'node:timers/promises';
import fastify from 'fastify';
import { addPerson, createKey, KnownAccess, makeLink, revokeKey, signInByLink, StartLink, type WantedKey } from '@leadlog/access';
import { endSession } from '@leadlog/access/people/sign-in';
import type { SubscribeOptions } from '@leadlog/event-log';
import { engineOnFiles } from '@leadlog/events/engine-on-files.testing';
import { asAppend, recorded } from '@leadlog/events/recorded.testing';
import { parseOrganisation } from '@leadlog/organisation';
import type { Projection } from '@leadlog/projections';
import { projectionSources } from '../../setup/projections';
import { readSettings } from '../../setup/settings';
import { at } from '../sales/stories/history.testing';
import { LiveStreams } from './live-streams';
import { LiveStream } from '../../../test/support/live-stream.testing';
import { apiOnFiles } from '../../../test/support/owned-api.testing';

const engine = engineOnFiles(...projectionSources(readSettings({})).map((source) => source.current().projection as Projection));
const { log } = engine;
const writer = { log, clock: Date.now, actor: { kind: 'system' as const, id: 'test' } };
let access: KnownAccess;
let api: Awaited<ReturnType<typeof apiOnFiles>>;
let url: string;
const open = new Set<LiveStream>();

const captured = (leadId: string) => recorded('LeadCaptured', { leadId, channel: 'form' }, { at: at(1, '09:00') });
const handoff = (leadId: string) => ({ leadId, handoffId: `${leadId}.1` });
const handedTo = (repId: string, leadId: string) => [
  captured(leadId),
  recorded('LeadHandedOff', { ...handoff(leadId), runId: `${leadId}.run-1`, acceptBy: at(1, '14:00'), contactBy: at(2) }, { at: at(1) }),
  assigned(repId, leadId),
];
const assigned = (repId: string, leadId: string, when = at(1)) =>
  recorded('LeadAssigned', { ...handoff(leadId), repId, teamId: teamOf(repId), method: 'weighted' }, { at: when });
const teamOf = (repId: string) => (repId === 'rep-1' ? 'inside-1' : 'inside-2');
const viewed = (leadId: string, day = 3) =>
  recorded('WebPageViewed', { leadId, url: 'https://example.com/price' }, { at: at(day, '10:00') });

beforeAll(async () => {
  await engine.start();
  await engine.tell(...handedTo('rep-1', 'mine'), ...handedTo('rep-2', 'theirs'), captured('nobodys'));
  await start();
});
afterEach(() => {
  for (const stream of open) stream.close();
  open.clear();
});
afterAll(async () => {
  await stop();
  await engine.end();
});

async function start(): Promise<void> {
  access = new KnownAccess(log);
  await access.open();
  access.follow();
  api = await apiOnFiles(engine, { access, organisation: () => organisation });
  await api.app.listen(0, '127.0.0.1');
  url = await api.app.getUrl();
}
async function stop(): Promise<void> {
  await api.close();
  await access.stop();
}

const organisation = parseOrganisation(`
calendar: { timezone: Asia/Tokyo, country: JP, hours: { mon: 09:00-18:00, tue: 09:00-18:00, wed: 09:00-18:00, thu: 09:00-18:00, fri: 09:00-18:00 } }
teams: [{ id: inside-1, kind: inside }, { id: inside-2, kind: inside }]
reps: [{ id: rep-1, team: inside-1 }, { id: rep-2, team: inside-2 }]
`);

async function keyOf(wanted: Partial<WantedKey> & Pick<WantedKey, 'role'>): Promise<{ key: string; keyId: string }> {
  const made = await createKey(writer, { name: 'test', ...wanted });
  await access.refresh();
  return made;
}
async function listen(key: string, lastId?: string): Promise<LiveStream> {
  const stream = await LiveStream.open(url, { authorization: `Bearer ${key}` }, lastId);
  open.add(stream);
  if (stream.response.statusCode === 200) await stream.until(({ messages }) => messages.length > 0);
  return stream;
}
/** A client that reads nothing, as long as its connection is full. `ended`: at the end of the API. */
async function deaf(key: string): Promise<{ ended: Promise<unknown> }> {
  const server = api.app.getHttpServer() as Server;
  const accepted = once(server, 'connection') as Promise<[Socket]>;
  const { hostname, port } = new URL(url);
  const client = connect(Number(port), hostname).pause();
  client.on('error', () => undefined);
  const [socket] = await accepted;
  // More than the systems of both keep.
  socket.write(Buffer.alloc(32_000_000));
  const ended = once(socket, 'close').finally(() => client.destroy());
  const before = streamsAt();
  client.write(`GET /v1/live HTTP/1.1\r\nHost: ${hostname}:${port}\r\nAuthorization: Bearer ${key}\r\n\r\n`);
  while (streamsAt() === before) await eventLoopTurn();
  return { ended };
}
const streamsAt = () => api.app.get(LiveStreams).count;
const asManager = async (lastId?: string) => listen((await keyOf({ role: 'manager' })).key, lastId);

describe('a stream of changes', () => {
  it('says what has changed once whoever reads again finds it so', async () => {
    const { key } = await keyOf({ role: 'manager' });
    const stream = await listen(key);
    expect(stream.messages[0]).toMatchObject({ event: 'open', changes: [] });
    expect(stream.response.headers).toMatchObject({ 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-store' });
    await log.appendMany([asAppend(captured('new-1'))]);
    await stream.until(() => stream.said('leads').includes('new-1'));
    expect((await api.app.inject({ url: '/v1/leads/new-1/consent', headers: { authorization: `Bearer ${key}` } })).statusCode).toBe(200);
    expect(stream.kinds).toEqual(['leads', 'numbers']);
    expect(JSON.stringify(stream.messages)).not.toContain('form');
  });

  it('tells many changes of a moment together, and of very many no ids', async () => {
    const stream = await asManager();
    const many = Array.from({ length: 150 }, (_, n) => asAppend(captured(`many-${n}`)));
    await log.appendMany(many);
    await stream.until(() => stream.said('leads').includes('any') || stream.said('leads').length >= 150);
    expect(stream.messages.length).toBeLessThan(20);
  });

  it('goes on where a former one broke off', async () => {
    const former = await asManager();
    former.close();
    await engine.tell(viewed('nobodys'));
    const stream = await asManager(former.lastId);
    expect(stream.messages[0]!.event).toBe('open');
    await stream.until(() => stream.said('leads').includes('nobodys'));
    const again = await asManager(stream.lastId);
    await engine.tell(captured('new-2'));
    await again.until(() => again.said('leads').includes('new-2'));
    expect(again.said('leads')).not.toContain('nobodys');
  });

  it('goes on after a restart of the API', async () => {
    const former = await asManager();
    await stop();
    await former.ended();
    await engine.tell(viewed('nobodys', 4));
    await start();
    const stream = await asManager(former.lastId);
    expect(stream.messages[0]!.event).toBe('open');
    await stream.until(() => stream.said('leads').includes('nobodys'));
  });

  it('has everything read anew by whoever comes with what it cannot know', async () => {
    const { lastId } = await asManager();
    const [position, mark] = lastId.split('-') as [string, string];
    for (const unknown of [`${Number(position) + 1_000_000}-${mark}`, `${position}-00000000`, 'x', ''])
      expect((await asManager(unknown)).messages[0]).toMatchObject({ event: 'reset', changes: [] });
    await log.appendMany(Array.from({ length: 2_001 }, (_, n) => asAppend(captured(`late-${n}`))));
    await engine.folded();
    // Nobody has followed meanwhile, so it would have to be read from the log.
    await stop();
    await start();
    expect((await asManager(lastId)).messages[0]!.event).toBe('reset');
  });
});

describe('whoever listens', () => {
  it('has five streams at most with one key, and as many more with another', async () => {
    const { key } = await keyOf({ role: 'manager' });
    const five = [];
    for (let n = 0; n < 5; n += 1) five.push(await listen(key));
    const sixth = await listen(key);
    expect(sixth.response.statusCode).toBe(429);
    expect(sixth.response.headers).toMatchObject({ 'content-type': 'application/problem+json; charset=utf-8', 'retry-after': '15' });
    expect((await asManager()).response.statusCode).toBe(200);
    five[0]!.close();
    await engine.tell(captured('new-3'));
    for (;;) if ((await listen(key)).response.statusCode === 200) break;
    await five[1]!.until((one) => one.said('leads').includes('new-3'));
  });

  it('hears no more once their key is revoked, and who signs out once they are out', async () => {
    const { key, keyId } = await keyOf({ role: 'manager' });
    const byKey = await listen(key);
    const { personId } = await addPerson(writer, { name: 'p', role: 'manager' });
    const { text, sessionId } = await signInByLink(writer, new StartLink(), (await makeLink(writer, personId)).token);
    await access.refresh();
    const session = await LiveStream.open(url, { cookie: `leadlog=${text}` });
    open.add(session);
    await session.until(({ messages }) => messages.length > 0);
    await revokeKey(writer, keyId);
    await endSession(writer, sessionId);
    await Promise.all([byKey.ended(), session.ended()]);
    expect((await listen(key)).response.statusCode).toBe(401);
  });

  it('is cut off if their key is revoked while they read nothing', async () => {
    const { key, keyId } = await keyOf({ role: 'manager' });
    const socket = await deaf(key);
    await revokeKey(writer, keyId);
    await socket.ended;
  });

  it('hears of what their role may read', async () => {
    const [owner, analyst, operator] = [
      await listen((await keyOf({ role: 'owner' })).key),
      await listen((await keyOf({ role: 'analyst' })).key),
      await listen((await keyOf({ role: 'operator' })).key),
    ];
    const { keyId } = await keyOf({ role: 'sender' });
    await engine.tell(
      captured('new-4'),
      recorded('KpiTargetSet', { scope: 'joint', scopeId: 'company', kpi: 'calls', period: '2026-11', value: 5 }, { at: at(1) }),
    );
    await api.jobs.enqueue([{ queue: 'webhooks.test', id: 'one', payload: {} }]);
    await operator.until(({ kinds }) => kinds.includes('jobs'));
    await owner.until(({ kinds }) => (['leads', 'numbers', 'targets', 'keys', 'jobs'] as const).every((kind) => kinds.includes(kind)));
    await analyst.until(({ kinds }) => kinds.includes('targets') && kinds.includes('numbers'));
    expect(owner.said('keys')).toContain(keyId);
    expect([operator.kinds, operator.said('jobs')]).toEqual([['jobs'], ['webhooks.test']]);
    expect(analyst.kinds.sort()).toEqual(['numbers', 'targets']);
  });
});

describe('a representative', () => {
  const asRep = async (repId: string) => listen((await keyOf({ role: 'rep', repId })).key);

  it('hears of their own leads, and of nobody else', async () => {
    const [one, other] = [await asRep('rep-1'), await asRep('rep-2')];
    await engine.tell(viewed('theirs'), viewed('nobodys'), viewed('mine', 5));
    await one.until((stream) => stream.said('leads').includes('mine') && stream.said('day').includes('rep-1'));
    await other.until((stream) => stream.said('leads').includes('theirs') && stream.said('day').includes('rep-2'));
    expect([new Set(one.said('leads')), new Set(one.said('day')), new Set(other.said('leads'))]).toEqual([
      new Set(['mine']),
      new Set(['rep-1']),
      new Set(['theirs']),
    ]);
    expect(JSON.stringify(one.messages)).not.toMatch(/theirs|nobodys|rep-2/);
  });

  it('hears that a handoff was given to a colleague, and from then on nothing of it', async () => {
    await engine.tell(...handedTo('rep-1', 'moved'));
    const [one, other] = [await asRep('rep-1'), await asRep('rep-2')];
    await engine.tell(assigned('rep-2', 'moved', at(2)));
    await one.until((stream) => stream.said('handoffs').length > 0);
    await other.until((stream) => stream.said('handoffs').includes('moved'));
    expect([one.said('handoffs'), one.said('leads'), one.said('day')]).toEqual([['any'], [], ['rep-1']]);
    const before = one.messages.length;
    await engine.tell(viewed('moved', 6));
    await other.until((stream) => stream.said('leads').includes('moved'));
    await engine.tell(viewed('mine', 6));
    await one.until((stream) => stream.said('leads').includes('mine'));
    expect(JSON.stringify(one.messages.slice(before))).not.toContain('moved');
  });

  it('hears of their deals, appointments and relays, whoever has the lead', async () => {
    const [one, other] = [await asRep('rep-1'), await asRep('rep-2')];
    const deal = { leadId: 'nobodys', dealId: 'deal-1', accountId: 'a' };
    await engine.tell(
      recorded('DealOpened', { ...deal, repId: 'rep-1', products: [], amount: { value: 1, currency: 'JPY' } }, { at: at(2) }),
    );
    await one.until((stream) => stream.said('deals').includes('deal-1') && stream.said('day').includes('rep-1'));
    await engine.tell(recorded('DealStageChanged', { leadId: 'nobodys', dealId: 'deal-1', from: 'a', to: 'b' }, { at: at(3) }));
    await one.until((stream) => stream.said('deals').length > 1);
    const appointment = { leadId: 'nobodys', appointmentId: 'ap-1' };
    await engine.tell(
      recorded('AppointmentBooked', { ...appointment, repId: 'rep-1', scheduledAt: at(9), mode: 'remote' }, { at: at(3) }),
      recorded('AppointmentRelayed', { ...appointment, fromRepId: 'rep-1', toRepId: 'rep-2' }, { at: at(4) }),
    );
    await other.until((stream) => stream.said('relays').length > 0 && stream.said('day').includes('rep-2'));
    await engine.tell(recorded('RelayRejected', { ...appointment, repId: 'rep-2', reason: 'other' }, { at: at(5) }));
    await one.until((stream) => stream.said('relays').length > 1);
    expect([one.said('leads'), other.said('leads'), other.said('deals')]).toEqual([[], [], []]);
  });
});

it('a manager of teams hears of what is of these', async () => {
  const stream = await listen((await keyOf({ role: 'manager', teams: ['inside-2'] })).key);
  await engine.tell(viewed('mine', 8), viewed('nobodys', 8), viewed('theirs', 8));
  await stream.until((one) => one.said('leads').includes('theirs') && one.said('day').includes('rep-2'));
  expect(JSON.stringify(stream.messages)).not.toMatch(/mine|nobodys|rep-1/);
});

it('ends when the API does, also of whoever reads nothing, and none begins meanwhile', async () => {
  const stream = await asManager();
  const { ended } = await deaf((await keyOf({ role: 'manager' })).key);
  await stop();
  await Promise.all([stream.ended(), ended]);
  await start();
});

it('does not begin if the API ends while it is about to', async () => {
  let [asked, answer]: (() => void)[] = [];
  const isAsked = new Promise<void>((resolve) => (asked = resolve));
  const mayAnswer = new Promise<void>((resolve) => (answer = resolve));
  const [following, warnings]: [AbortSignal[], string[]] = [[], []];
  const slow = new Proxy(log, {
    get: (of, name) => {
      if (name === 'subscribe')
        return (options: SubscribeOptions) => {
          following.push(options.signal!);
          return of.subscribe(options);
        };
      if (name !== 'head') {
        const member: unknown = Reflect.get(of, name, of);
        return typeof member === 'function' ? (member as () => unknown).bind(of) : member;
      }
      return async () => {
        asked!();
        await mayAnswer;
        return of.head();
      };
    },
  });
  const { readModels, store } = engine;
  const { jobs } = api;
  const onWarning = (message: string) => warnings.push(message);
  const streams = new LiveStreams({ log: slow, readModels, store, jobs, access, teamOf, onWarning });
  const { keyId } = await keyOf({ role: 'owner' });
  const answered = new Promise<void>((resolve, reject) => {
    const server = fastify().get('/', (request, reply) => {
      Object.assign(request, { access: { id: keyId, role: 'owner' }, refusedByNow: () => undefined });
      streams.answer(request, reply, undefined).then(resolve, reject);
    });
    void server.inject('/');
  });
  await isAsked;
  const closed = streams.close();
  answer!();
  await Promise.all([closed, expect(answered).rejects.toThrow(/about to end/)]);
  expect([following.every(({ aborted }) => aborted), warnings]).toEqual([true, []]);
});
