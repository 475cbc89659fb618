import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { EventLog } from '@leadlog/event-log';
import { LiveReadModels, type ReadModels } from '@leadlog/projections';
import { kpiNames } from '@leadlog/sales';
import { createOwnedApi } from './owned-api.testing';
import { openBackends, type Backends } from '../../apps/setup/backends';
import type { Settings } from '../../apps/setup/settings';
import { DescribedAnswers } from './described-answers.testing';

/** What a history is about: the ids to ask for. */
export interface Sample {
  streams: string[];
  leads: string[];
  accounts: string[];
  reps: string[];
  /** For `why`: RFC 3339. */
  moments: string[];
  /** For KPIs: the first day and the one after the last. */
  span: [from: string, to: string];
}

/** Each form of some of them, in turn: what differs between forms does not differ between ids. */
const inTurn = (ids: readonly string[], forms: readonly string[]): string[] => ids.map((id, n) => id + forms[n % forms.length]!);

/** Everything that a log is about. */
export async function sampleOf(log: EventLog, moments: string[], span: Sample['span']): Promise<Sample> {
  const [streams, leads, accounts, reps] = [new Set<string>(), new Set<string>(), new Set<string>(), new Set<string>()];
  for await (const { events } of log.read()) {
    for (const { stream, data, metadata } of events) {
      const { leadId, accountId } = data as { leadId?: string; accountId?: string };
      // What was asked of an engine is its own.
      if (!stream.startsWith('audit-')) streams.add(stream);
      if (leadId !== undefined) leads.add(leadId);
      if (accountId !== undefined) accounts.add(accountId);
      if (metadata.actor.kind === 'rep') reps.add(metadata.actor.id);
    }
  }
  return { streams: [...streams].sort(), leads: [...leads].sort(), accounts: [...accounts].sort(), reps: [...reps].sort(), moments, span };
}

/** Of a kind of document, each below its id. */
const documents = (path: string, id: string): Record<string, () => string[]> => ({
  [path]: () => [path],
  [`${path}/{id}`]: () => [id, `${id}?version=none`, 'none'].map((one) => `${path}/${one}`),
  [`${path}/{id}/history`]: () => [id, 'none'].map((one) => `${path}/${one}/history`),
  [`${path}/{id}/compare`]: () => [`${id}/compare`, `${id}/compare?against=none`, 'none/compare'].map((one) => `${path}/${one}`),
});

/** Every GET path of the API → what is asked of it. A path that is missing here fails the test that uses it. */
export const queries: Readonly<Record<string, (sample: Sample) => string[]>> = {
  '/v1/schemas': () => ['/v1/schemas'],
  '/v1/schemas/scoring-model': () => ['/v1/schemas/scoring-model'],
  '/v1/schemas/handoff-policy': () => ['/v1/schemas/handoff-policy'],
  '/v1/schemas/{type}': () => ['LeadCaptured', 'LeadTierChanged', 'DealWon', 'LeadCapturd'].map((type) => `/v1/schemas/${type}`),
  '/v1/leads': () => [
    '/v1/leads',
    '/v1/leads?limit=7',
    ...['recent', 'captured', 'score'].flatMap((sort) => [`/v1/leads?sort=${sort}`, `/v1/leads?sort=${sort}&limit=200`]),
    '/v1/leads?sort=captured&limit=11',
    ...['hot', 'warm', 'cold', 'lukewarm'].flatMap((tier) => [`/v1/leads?tier=${tier}`, `/v1/leads?tier=${tier}&limit=200`]),
    ...['株式会社', 'ﾐﾅﾄ', '部長 精機', 'P00000', '青山', 'nobody'].map((q) => `/v1/leads?limit=20&q=${encodeURIComponent(q)}`),
    '/v1/leads?cursor=none',
    '/v1/leads?limit=0',
    '/v1/leads?model=engagement&limit=7',
    '/v1/leads?model=none',
  ],
  '/v1/leads/duplicates': ({ leads }) =>
    [
      '',
      '?limit=3',
      '?kind=email',
      '?kind=visitorId',
      '?kind=phone',
      '?cursor=none',
      ...leads.map((lead) => `?lead=${encodeURIComponent(lead)}`),
    ].map((more) => `/v1/leads/duplicates${more}`),
  '/v1/models': () => ['/v1/models'],
  '/v1/models/{id}': () => ['engagement', 'engagement?version=none', 'none'].map((id) => `/v1/models/${id}`),
  ...documents('/v1/policies', 'standard'),
  ...documents('/v1/processes', 'japan-b2b'),
  '/v1/schemas/sales-process': () => ['/v1/schemas/sales-process'],
  '/v1/organisation': () => ['', '?version=none'].map((more) => `/v1/organisation${more}`),
  '/v1/organisation/history': () => ['/v1/organisation/history'],
  '/v1/organisation/compare': () => ['', '?against=none'].map((more) => `/v1/organisation/compare${more}`),
  '/v1/schemas/organisation': () => ['/v1/schemas/organisation'],
  '/v1/leads/{id}': ({ leads }) => [...leads, 'nobody'].map((id) => `/v1/leads/${id}`),
  '/v1/leads/{id}/why': ({ leads, moments }) => [
    ...[...leads, 'nobody'].map((id) => `/v1/leads/${id}/why`),
    ...inTurn(
      leads.map((id) => `/v1/leads/${id}/why`),
      moments.map((at) => `?at=${encodeURIComponent(at)}`),
    ),
  ],
  '/v1/leads/{id}/curve': ({ leads }) => [...leads.map((id) => `/v1/leads/${id}/curve`), '/v1/leads/nobody/curve?days=10&ahead=0'],
  '/v1/leads/{id}/timeline': ({ leads }) => [
    ...[...leads, 'nobody'].map((id) => `/v1/leads/${id}/timeline`),
    ...inTurn(
      leads.map((id) => `/v1/leads/${id}/timeline`),
      ['?limit=5', '?lane=customer', '?lane=seller&limit=3'],
    ),
  ],
  '/v1/leads/{id}/consent': ({ leads }) =>
    [...leads, 'nobody'].flatMap((id) => ['', '?limit=1'].map((more) => `/v1/leads/${id}/consent${more}`)),
  '/v1/leads/{id}/personal-data': ({ leads }) =>
    [...leads.slice(0, 20), 'nobody'].flatMap((id) => ['', '?limit=3'].map((more) => `/v1/leads/${id}/personal-data${more}`)),
  '/v1/leads/{id}/erasure': ({ leads }) => [...leads.slice(0, 20), 'nobody'].map((id) => `/v1/leads/${id}/erasure`),
  '/v1/leads/{id}/dossier': ({ leads }) => [...leads, 'nobody'].map((id) => `/v1/leads/${id}/dossier`),
  '/v1/leads/{id}/next': ({ leads }) => [...leads, 'nobody'].map((id) => `/v1/leads/${id}/next`),
  '/v1/reps/{id}/day': ({ reps, moments }) =>
    [...reps, 'nobody'].flatMap((rep) =>
      ['', '?limit=3', '?at=soon', ...moments.map((at) => `?at=${encodeURIComponent(at)}`)].map((more) => `/v1/reps/${rep}/day${more}`),
    ),
  '/v1/deals': ({ reps }) => [
    '/v1/deals',
    '/v1/deals?limit=2',
    '/v1/deals?without=next-step',
    '/v1/deals?without=hope',
    ...reps.map((rep) => `/v1/deals?rep=${rep}`),
  ],
  '/v1/accounts/{id}': ({ accounts }) => [...accounts, 'nothing'].map((id) => `/v1/accounts/${id}`),
  '/v1/inbox/waiting': () => ['/v1/inbox/waiting', '/v1/inbox/waiting?limit=1'],
  '/v1/inbox': ({ reps }) => [
    '/v1/inbox',
    '/v1/inbox?limit=2',
    ...reps.map((rep) => `/v1/inbox?rep=${rep}`),
    ...['inside-1', 'inside-2', 'none'].map((team) => `/v1/inbox?team=${team}`),
    ...['handed-off', 'accepted', 'in-deal', 'gone'].map((state) => `/v1/inbox?state=${state}`),
    ...['new', 'existing', 'old'].map((business) => `/v1/inbox?business=${business}`),
  ],
  '/v1/revisits': ({ span: [, to] }) => ['/v1/revisits', `/v1/revisits?until=${to}&limit=2`, '/v1/revisits?until=someday'],
  '/v1/retention/preview': () => ['', '?months=1', '?months=1&limit=2', '?months=0'].map((query) => `/v1/retention/preview${query}`),
  '/v1/questions': ({ reps }) => [
    '/v1/questions',
    ...['sales', 'marketing', 'nobody'].map((to) => `/v1/questions?to=${to}`),
    ...reps.map((rep) => `/v1/questions?rep=${rep}`),
  ],
  '/v1/cards': ({ reps }) =>
    ['', '?limit=3', '?state=dormant', '?state=active&dormantDays=3650', '?state=lost', ...reps.map((rep) => `?rep=${rep}`)].map(
      (more) => `/v1/cards${more}`,
    ),
  '/v1/cards/summary': ({ span: [from, to] }) =>
    ['none', 'rep', 'company', 'weather'].map((by) => `/v1/cards/summary?by=${by}&from=${from}&to=${to}`),
  '/v1/kpis': ({ span: [from, to] }) => [
    '/v1/kpis',
    ...['rep', 'team', 'kind', 'employer', 'mode', 'product', 'none', 'origin', 'campaign', 'region', 'industry', 'weather'].flatMap((by) =>
      ['day', 'week', 'month', 'quarter', 'fiscal-year', 'none'].map(
        (period) => `/v1/kpis?by=${by}&period=${period}&from=${from}&to=${to}`,
      ),
    ),
    ...kpiNames.flatMap((kpi) => ['rep', 'origin'].map((by) => `/v1/kpis?kpi=${kpi}&by=${by}&from=${from}&to=${to}`)),
    ...['month', 'none'].map((period) => `/v1/kpis?by=team&period=${period}&compare=previous&from=${from}&to=${to}`),
    `/v1/kpis?from=${to}&to=${from}`,
  ],
  '/v1/targets': ({ reps, span: [from] }) => [
    '/v1/targets',
    '/v1/targets?limit=2',
    '/v1/targets?scope=joint',
    '/v1/targets?scope=nobody',
    ...reps.map((rep) => `/v1/targets?scope=rep&scopeId=${rep}`),
    `/v1/targets?period=${from.slice(0, 7)}&kpi=calls`,
  ],
  '/v1/board': ({ span: [from] }) => [
    '/v1/board',
    ...[from.slice(0, 7), from.slice(0, 4), `${from.slice(0, 4)}-Q3`, '2026-13'].map((period) => `/v1/board?period=${period}`),
  ],
  '/v1/relays': ({ reps }) => [
    '/v1/relays',
    ...['waiting', 'gone'].map((state) => `/v1/relays?state=${state}`),
    ...reps.map((rep) => `/v1/relays?rep=${rep}`),
  ],
  '/v1/relays/summary': ({ span: [from, to] }) =>
    ['none', 'inside', 'field', 'pair', 'team'].map((by) => `/v1/relays/summary?by=${by}&from=${from}&to=${to}`),
  '/v1/notices': ({ leads }) => [
    '/v1/notices',
    '/v1/notices?limit=2',
    ...['won-twice', 'meeting-far-ahead', 'odd'].map((kind) => `/v1/notices?kind=${kind}`),
    ...leads.slice(0, 5).map((lead) => `/v1/notices?lead=${lead}`),
  ],
  '/v1/projections': () => ['/v1/projections'],
  '/v1/projections/{name}/parked': () =>
    [
      'leads',
      'accounts',
      'models',
      'documents',
      'scores',
      'handoffs',
      'handoff-kpis',
      'relays',
      'notices',
      'cards',
      'sales-kpis',
      'deal-leads',
      'mail-kpis',
      'sales-work',
      'shared-identities',
      'deals',
      'voided-deal-facts',
      'targets',
      'audit',
      'none',
    ].map((name) => `/v1/projections/${name}/parked`),
  '/v1/jobs': () => ['/v1/jobs'],
  '/v1/jobs/{queue}': () =>
    ['webhooks.none', 'webhooks.none?state=waiting', 'webhooks.none?state=lost'].map((queue) => `/v1/jobs/${queue}`),
  '/v1/keys': () => ['/v1/keys'],
  '/v1/keys/current': () => ['/v1/keys/current'],
  // Others would hold the requests of this walk.
  '/v1/audit': () => ['lead=nobody', 'key=nobody&person=nobody', 'to=2020-01-01T00:00:00Z', 'limit=0'].map((query) => `/v1/audit?${query}`),
  '/v1/people': () => ['/v1/people'],
  '/v1/reps': () => ['/v1/reps'],
  '/v1/session': () => ['/v1/session'],
  // Has no end; test/programs/live.e2e.ts has it on both.
  '/v1/live': () => ['/v1/live?unheardOf=1'],
  '/v1/log/head': () => ['/v1/log/head'],
  '/v1/log/streams/{stream}': ({ streams }) => [
    ...[...streams, 'activity-nobody'].map((stream) => `/v1/log/streams/${stream}?limit=1000`),
    ...inTurn(
      streams.map((stream) => `/v1/log/streams/${stream}`),
      ['?from=1&limit=2', '?limit=2', '?from=2'],
    ),
  ],
  '/health/live': () => ['/health/live'],
  '/health/ready': () => ['/health/ready'],
};

/** Everything that two engines with the same history may answer differently, by name. Whatever is not here must be the same bytes. */
export const differing: readonly { member: string; because: string }[] = [
  { member: 'position', because: 'a place in the log: counted by SQLite, an offset in its file for EventStoreDB' },
  { member: 'checkpoint', because: 'a position' },
  { member: 'head', because: 'a position' },
  { member: 'lag', because: 'positions too: reading the log is audited, so the log grows while it is asked' },
  { member: 'recordedAt', because: 'the clock of the log, when the event came there' },
  { member: 'createdAt', because: 'when the worker began to build a generation' },
  { member: 'switchedAt', because: 'when a generation was live' },
  { member: 'rate', because: 'events a second, as measured' },
];

/** What is compared: the text, byte for byte, but for what stands under these names. */
export function masked(text: string, members: readonly { member: string }[] = differing): string {
  return members.reduce((rest, { member }) => rest.replace(new RegExp(`"${member}":(?:"[^"]*"|-?[\\d.e+-]+)`, 'g'), `"${member}":…`), text);
}

/** The API of an engine, in this process and with its clock standing still: what two of them answer at the same moment. */
export class AskedEngine {
  private described?: DescribedAnswers;

  private constructor(
    private readonly app: NestFastifyApplication,
    private readonly backends: Backends,
  ) {}

  static async open(settings: Settings, now: number): Promise<AskedEngine> {
    const backends = await openBackends(settings);
    const { log, store, jobs, keys } = backends;
    const app = await createOwnedApi({
      log,
      store,
      jobs,
      keys,
      readModels: new LiveReadModels(store),
      clock: () => now,
      settings,
      docs: false,
    });
    return new AskedEngine(app, backends);
  }

  get log(): EventLog {
    return this.backends.log;
  }

  get readModels(): ReadModels {
    return new LiveReadModels(this.backends.store);
  }

  /** Pages are followed to the end by the cursors that this engine gives. */
  async ask(url: string): Promise<string> {
    const pages: string[] = [];
    for (let next: string | undefined = url; next !== undefined;) {
      const answer: { statusCode: number; body: string; headers: Record<string, unknown> } = await this.app.inject({
        method: 'GET',
        url: next,
      });
      this.described ??= new DescribedAnswers(JSON.parse(await this.document()) as never);
      this.described.check('GET', new URL(next, 'http://127.0.0.1').pathname, {
        status: answer.statusCode,
        type: String(answer.headers['content-type']),
        body: answer.body,
      });
      pages.push(`${answer.statusCode} ${masked(answer.body)}`);
      const cursor: string | undefined = /"nextCursor":"([\w-]+)"/.exec(answer.body)?.[1];
      next = cursor === undefined ? undefined : `${url}${url.includes('?') ? '&' : '?'}cursor=${cursor}`;
    }
    return pages.join('\n');
  }

  private async document(): Promise<string> {
    return (await this.app.inject({ method: 'GET', url: '/openapi.json' })).body;
  }

  async paths(): Promise<string[]> {
    const { paths } = JSON.parse(await this.document()) as { paths: Record<string, { get?: object }> };
    return Object.keys(paths).filter((path) => paths[path]!.get);
  }

  async close(): Promise<void> {
    await this.app.close();
    await this.backends.close();
  }
}

export interface Difference {
  url: string;
  one: string;
  other: string;
}

/** Asks both engines everything. Throws when the API has a path that `queries` does not know, or the other way round. */
export async function differences(one: AskedEngine, other: AskedEngine, sample: Sample): Promise<Difference[]> {
  expect((await one.paths()).sort()).toEqual(Object.keys(queries).sort());
  const found: Difference[] = [];
  for (const urlsOf of Object.values(queries)) {
    const urls = urlsOf(sample);
    expect(urls.length).toBeGreaterThan(0);
    for (const url of urls) {
      const [first, second] = await Promise.all([one.ask(url), other.ask(url)]);
      // The first ones say enough.
      if (first !== second && found.length < 5) found.push({ url, one: first, other: second });
    }
  }
  return found;
}
