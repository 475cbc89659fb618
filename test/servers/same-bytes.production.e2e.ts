import { writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import type { EventLog, NewEvent, RecordedEvent } from '@leadlog/event-log';
import { catalogue } from '@leadlog/events';
import { simulate } from '@leadlog/simulation';
import { readSettings } from '../../apps/setup/settings';
import { getJson, postJson, startEngine, temporaryFolder, type EngineProcess } from '../support/engine-process';
import { AskedEngine, differences, masked, sampleOf } from '../support/queries.testing';
import { untilQuiet } from '../support/read-models.testing';

const DAY = 86_400_000;
type On = 'files' | 'servers';

const keys = temporaryFolder();
const keyFile = (): string => join(keys.folder, 'master.key');
beforeAll(async () => {
  writeFileSync(keyFile(), 'c0ffee00'.repeat(8));
  // Without it Redis is trusted with no keys.
  const redis = new Redis(process.env.REDIS_URL!);
  await redis.config('SET', 'appendfsync', 'always');
  redis.disconnect();
});
afterAll(() => keys.remove());

/** Made up anew for each request otherwise, and kept with what comes of it. */
const CORRELATED = { 'x-correlation-id': 'the-same-for-both' };

/** One of two engines: the real program on a folder of its own, on files or on the servers under test. */
class Engine {
  private readonly temporary = temporaryFolder();
  private process: EngineProcess | undefined;
  private sent = 0;
  /** Whether anything had to be sent again: what was recorded of it before is a duplicate then. */
  hasRepeated = false;
  private readonly open: AskedEngine[] = [];

  constructor(private readonly on: On) {}

  get url(): string {
    return this.process!.url;
  }

  private get env(): Record<string, string> {
    const { folder } = this.temporary;
    const { EVENTSTORE_URL = '', REDIS_URL = '' } = process.env;
    return {
      LEADLOG_DATA: folder,
      LEADLOG_NAMESPACE: basename(folder),
      // The ids of leads follow from a key.
      LEADLOG_MASTER_KEY_FILE: keyFile(),
      ...(this.on === 'files' ? { EVENTSTORE_URL: '', REDIS_URL: '' } : { EVENTSTORE_URL, REDIS_URL }),
    };
  }

  async start(): Promise<void> {
    this.process = await startEngine(this.temporary.folder, this.env);
  }

  async stop(): Promise<void> {
    await this.process?.stop();
    this.process = undefined;
  }

  /** Its storage behind an API whose clock stands still. */
  async asked(now: number): Promise<AskedEngine> {
    const asked = await AskedEngine.open(readSettings(this.env), now);
    this.open.push(asked);
    return asked;
  }

  /** Answers without what may differ; what is not possible at the moment is asked again. */
  async post(type: string, body: string): Promise<string> {
    for (;;) {
      const response = await fetch(`${this.url}/v1/events`, { method: 'POST', headers: { 'content-type': type, ...CORRELATED }, body });
      const text = await response.text();
      if (response.status !== 503) return `${response.status} ${masked(text)}`;
      this.hasRepeated = true;
      await sleep(1_000 * Number(response.headers.get('retry-after')));
    }
  }

  async tell(type: string, subject: string, data: object, time = Date.now()): Promise<string> {
    const event = {
      specversion: '1.0',
      id: `told-${(this.sent += 1)}`,
      source: '/test',
      type,
      subject,
      time: new Date(time).toISOString(),
      data,
    };
    const { status, body } = await postJson<{ eventId: string }>(
      `${this.url}/v1/events`,
      event,
      'application/cloudevents+json',
      CORRELATED,
    );
    expect([type, status]).toEqual([type, 201]);
    return body.eventId;
  }

  async command(path: string, body: object): Promise<void> {
    expect([path, (await postJson(`${this.url}/v1/${path}`, body, 'application/json', CORRELATED)).status]).toEqual([path, 200]);
  }

  async inbox(): Promise<{ leadId: string; handoffId: string; repId: string }[]> {
    return (await getJson<{ items: { leadId: string; handoffId: string; repId: string }[] }>(`${this.url}/v1/inbox?limit=500`)).items;
  }

  async end(): Promise<void> {
    await Promise.all(this.open.map((asked) => asked.close()));
    await this.stop();
    this.temporary.remove();
  }
}

async function eventsOf(log: EventLog): Promise<RecordedEvent[]> {
  const all: RecordedEvent[] = [];
  for await (const { events } of log.read()) all.push(...events);
  return all;
}

const iso = (ms: number) => new Date(ms).toISOString();
const dayOf = (ms: number) => iso(ms).slice(0, 10);

describe('the same history over HTTP, so long past that nothing is decided any more', () => {
  const engines = [new Engine('files'), new Engine('servers')] as const;
  afterAll(() => Promise.all(engines.map((engine) => engine.end())));

  it('is taken in with the same answers, and every query is answered with the same bytes', async () => {
    await Promise.all(engines.map((engine) => engine.start()));
    // Whether a lead is known that only others' deals name, its read model must say; one that is still starting has it asked again.
    await Promise.all(engines.map(({ url }) => untilQuiet(url)));
    const to = Date.parse('2025-10-01T00:00:00+09:00');
    const from = to - 28 * DAY;
    const events = [
      ...wholeCatalogue(to - DAY),
      ...simulate({ seed: 11, from: new Date(from), to: new Date(to), accounts: 20, reps: 4 }),
    ].map((event) => JSON.stringify(event));
    const third = Math.ceil(events.length / 3);
    const [first, second] = await Promise.all(
      engines.map(async (engine) => {
        const answers = [await engine.post('application/x-ndjson', `${events.slice(0, third).join('\n')}\n`)];
        for (let at = third; at < 2 * third; at += 50)
          answers.push(
            await engine.post('application/cloudevents-batch+json', `[${events.slice(at, Math.min(2 * third, at + 50)).join(',')}]`),
          );
        for (const event of events.slice(2 * third)) answers.push(await engine.post('application/cloudevents+json', event));
        await untilQuiet(engine.url);
        return answers;
      }),
    );
    const asFirstSent = (answers: string[]) =>
      engines.some(({ hasRepeated }) => hasRepeated) ? answers.map((one) => one.replaceAll('"duplicate"', '"accepted"')) : answers;
    expect(asFirstSent(first!)).toEqual(asFirstSent(second!));
    for (const result of ['accepted', 'duplicate', 'rejected']) expect(first!.join()).toContain(`"result":"${result}"`);

    const now = Date.now();
    const [one, other] = await Promise.all([engines[0].asked(now), engines[1].asked(now)]);
    const sample = await sampleOf(one.log, [iso(from), iso(now), '2099-01-01T00:00:00+09:00'], [dayOf(from), dayOf(to)]);
    expect(sample.leads.length).toBeGreaterThan(40);
    expect(await differences(one, other, sample)).toEqual([]);
  });
});

/** One event of every type that may be sent; some are refused, since what they refer to is not there. */
function wholeCatalogue(at: number): object[] {
  return [...catalogue.values()]
    .filter(({ decision }) => !decision)
    .map(({ type, example }, index) => ({
      specversion: '1.0',
      id: `example-${index}`,
      source: '/examples',
      type,
      time: iso(at + index * 60_000),
      data: example,
    }));
}

describe.each<[On, On]>([
  ['files', 'servers'],
  ['servers', 'files'],
])('a history that was lived on %s, with its decisions and commands, given to an engine on %s', (livedOn, givenTo) => {
  const [lived, given] = [new Engine(livedOn), new Engine(givenTo)];
  afterAll(() => Promise.all([lived.end(), given.end()]));

  it('leads to no other decision, and every query is answered with the same bytes', async () => {
    await lived.start();
    await live(lived);
    await untilNothingIsDue(lived);
    await lived.stop();

    const now = Date.now() + 60_000;
    const [one, other] = await Promise.all([lived.asked(now), given.asked(now)]);
    const history = await eventsOf(one.log);
    await copy(history, other.log);
    await given.start();
    await untilQuiet(given.url);
    await given.stop();
    expect((await eventsOf(other.log)).map(({ id }) => id)).toEqual(history.map(({ id }) => id));
    const types = new Set(history.map(({ type }) => type));
    for (const type of [
      'LeadTierChanged',
      'LeadHandedOff',
      'HandoffAccepted',
      'HandoffRejected',
      'LeadReturned',
      'LeadDisqualified',
      'InsightExchanged',
      'LeadsMerged',
      'MergeReverted',
      'IdentityShared',
      'LeadsKeptApart',
      'IdentityKeptApart',
      'TouchpointInvalidated',
      'DealWon',
    ])
      expect(types).toContain(type);

    const sample = await sampleOf(one.log, [iso(now - 30 * DAY), iso(now), iso(now + 30 * DAY)], [dayOf(now - 15 * DAY), dayOf(now + DAY)]);
    for (const engine of [one, other])
      expect(await engine.ask('/v1/leads/duplicates?lead=twin-9')).toMatch(
        /info@twins\.example.*"leadsInAll":3,"keptApart":\[\["twin-7","twin-8"\]\]/,
      );
    for (const engine of [one, other]) expect(await engine.ask('/v1/leads/duplicates?lead=desk-2')).toMatch(/"items":\[\]/);
    expect(await differences(one, other, sample)).toEqual([]);
  });
});

/** Two weeks up to now, and nine leads that sales has to do with in every way there is. */
async function live(engine: Engine): Promise<void> {
  const now = Date.now();
  const past = simulate({ seed: 12, from: new Date(now - 14 * DAY), to: new Date(now), accounts: 6, reps: 3 });
  await engine.post('application/x-ndjson', [...past].map((event) => `${JSON.stringify(event)}\n`).join(''));
  const leads = Array.from({ length: 9 }, (_, n) => `hot-${n}`);
  for (const [n, leadId] of leads.entries()) {
    const profile = { name: `青山 ${n}号`, title: '部長', company: '株式会社みなと精機 🏢', employees: 420 };
    await engine.tell('LeadCaptured', leadId, { channel: 'form', accountId: `acc-hot-${n % 4}`, profile }, now - 3 * DAY);
    await engine.tell('InquiryReceived', leadId, { kind: 'demo', text: '来週の午後で\u2028お願いします' });
    await engine.tell('InquiryReceived', leadId, { kind: 'quote' });
  }
  await inInbox(engine, leads);
  const handoffs = new Map((await engine.inbox()).map((item) => [item.leadId, item]));
  const answer = (leadId: string, what: string, more: object = {}) => {
    const { handoffId, repId } = handoffs.get(leadId)!;
    return engine.command(`handoffs/${handoffId}/${what}`, { repId, ...more });
  };
  await answer('hot-0', 'accept');
  await engine.tell('DealOpened', 'hot-0', { dealId: 'deal-hot', repId: 'rep-01', handoffId: 'hot-0.1' });
  await engine.tell('DealWon', 'hot-0', { dealId: 'deal-hot', amount: { value: 1_280_000, currency: 'JPY' }, signedAt: iso(Date.now()) });
  await answer('hot-1', 'reject', { reason: 'badTiming', note: '来期の予算で再検討' });
  await answer('hot-2', 'insight', { kind: 'question', text: 'アンケートの回答は？' });
  await answer('hot-3', 'accept');
  await engine.command('leads/hot-3/return', { reason: '予算時期が来期', repId: handoffs.get('hot-3')!.repId });
  await engine.command('leads/hot-4/disqualify', { reason: '競合' });
  await engine.tell('WebPageViewed', 'twin-5', { url: 'https://www.leadlog.example/price', category: 'price', dwellMs: 20_000 });
  await engine.command('leads/hot-5/merge', { mergedId: 'twin-5' });
  await engine.tell('WebPageViewed', 'twin-6', { url: 'https://www.leadlog.example/price', category: 'price', dwellMs: 20_000 });
  await engine.command('leads/hot-6/merge', { mergedId: 'twin-6' });
  await engine.command('leads/hot-6/unmerge', { mergedId: 'twin-6' });
  for (const leadId of ['twin-7', 'twin-8', 'twin-9'])
    await engine.tell('LeadCaptured', leadId, { channel: 'form', profile: { name: leadId, email: 'info@twins.example' } }, now - 3 * DAY);
  await engine.command('leads/twin-7/keep-apart', { otherId: 'twin-8', reason: '代表アドレス' });
  for (const leadId of ['desk-1', 'desk-2'])
    await engine.tell('LeadCaptured', leadId, { channel: 'form', profile: { name: leadId, email: 'desk@twins.example' } }, now - 3 * DAY);
  await engine.command('leads/duplicates/keep-apart', { identity: { email: 'desk@twins.example' }, reason: '受付' });
  const bot = await engine.tell('WebPageViewed', 'hot-7', { url: 'https://www.leadlog.example/price', category: 'price', dwellMs: 20_000 });
  await engine.tell('TouchpointInvalidated', 'hot-7', { targetEventId: bot, reason: 'bot' });
  // Handed off again, to the rep who knew it.
  await engine.tell('InquiryReceived', 'hot-3', { kind: 'contact' });
  await inInbox(engine, ['hot-3']);
  await untilQuiet(engine.url);
}

async function inInbox(engine: Engine, leads: readonly string[]): Promise<void> {
  for (;;) {
    await untilQuiet(engine.url);
    const there = new Set((await engine.inbox()).map(({ leadId }) => leadId));
    if (leads.every((leadId) => there.has(leadId))) return;
  }
}

/** A lead that cools between the end of one engine and the start of the other would be decided on by the second alone. */
async function untilNothingIsDue(engine: Engine): Promise<void> {
  const asked = await engine.asked(Date.now());
  for (;;) {
    await untilQuiet(engine.url);
    const [next] = await (await asked.readModels.view('scores')).list('tier-due', { limit: 1 });
    if (!next || next.rank > Date.now() + 120_000) return asked.close();
    await sleep(Math.max(200, next.rank - Date.now()));
  }
}

/** In the order of the log, each append as large as it was. */
async function copy(history: readonly RecordedEvent[], to: EventLog): Promise<void> {
  for (let at = 0; at < history.length;) {
    const { stream } = history[at]!;
    const together: NewEvent[] = [];
    for (; history[at]?.stream === stream; at += 1) together.push(asNew(history[at]!));
    await to.append(stream, together, { expected: 'any' });
  }
}

const asNew = ({ id, type, data, metadata }: RecordedEvent): NewEvent => ({ id, type, data: data as object, metadata });

describe('decisions, each engine making its own', () => {
  const engines = [new Engine('files'), new Engine('servers')] as const;
  afterAll(() => Promise.all(engines.map((engine) => engine.end())));

  /**
   * A tier is decided as of the moment the score asked for it, which is when the last fact was recorded, or happened if that is
   * later: for a fact dated ahead, the same moment for every engine. A handoff is as of when it is made, and so is what counts
   * from there.
   */
  const asOfTheHandoff = ['acceptBy', 'contactBy', 'asOf', 'dossierHash'].map((member) => ({ member }));

  it('are the same bytes, but for the moment at which a handoff is made', async () => {
    await Promise.all(engines.map((engine) => engine.start()));
    const leads = Array.from({ length: 8 }, (_, n) => `lead-${n}`);
    const told = Date.now();
    await Promise.all(
      engines.map((engine) => engine.tell('WebPageViewed', 'somebody', { url: 'https://www.leadlog.example/', category: 'other' })),
    );
    const began = Date.now();
    // All has been told by then, also on a server that is slow; further ahead than some minutes nothing is believed.
    const soon = began + Math.min(Math.max(10_000, 60 * (began - told)), 200_000);
    const decisions = await Promise.all(
      engines.map(async (engine) => {
        for (const [n, leadId] of leads.entries()) {
          const ahead = soon + n * 250;
          // The one dated ahead first: nothing is decided about the lead before that moment, whatever comes then.
          await engine.tell('InquiryReceived', leadId, { kind: 'demo', text: '至急' }, ahead);
          await engine.tell(
            'LeadCaptured',
            leadId,
            { channel: 'form', accountId: `acc-${n}`, profile: { title: n % 3 ? '部長' : '担当', company: '株式会社青葉' } },
            began - DAY,
          );
          await engine.tell(
            'ContentDownloaded',
            leadId,
            { assetId: 'wp', kind: n % 2 ? 'whitepaper' : 'priceList', title: '設備保全DX' },
            began - n * 3_600_000,
          );
          await engine.tell(
            'WebPageViewed',
            leadId,
            { url: 'https://www.leadlog.example/price', category: 'price', dwellMs: 60_000 },
            began - n * 60_000,
          );
        }
        await inInbox(
          engine,
          leads.filter((_, n) => n % 3),
        );
        const asked = await engine.asked(Date.now());
        const made = (await eventsOf(asked.log)).filter(
          ({ metadata }) => metadata.actor.kind === 'system' && metadata.source !== 'leadlog/identity',
        );
        await asked.close();
        return made
          .sort((a, b) => (a.stream === b.stream ? Number(a.revision - b.revision) : a.stream < b.stream ? -1 : 1))
          .map(comparable);
      }),
    );
    expect(decisions[0]).toHaveLength(leads.length + 2 * leads.filter((_, n) => n % 3).length);
    expect(decisions[0]).toEqual(decisions[1]);
  });

  function comparable({ stream, revision, id, type, data, metadata }: RecordedEvent): string {
    const text = JSON.stringify({ stream, revision: String(revision), id, type, data, metadata });
    if (type === 'LeadTierChanged') return text;
    const { acceptBy, contactBy } = data as { acceptBy?: string; contactBy?: string };
    const after = [acceptBy, contactBy].map((by) => by && Date.parse(by) - Date.parse(metadata.occurredAt));
    return `${JSON.stringify(after)} ${masked(text, asOfTheHandoff).replaceAll(metadata.occurredAt, '')}`;
  }
});
