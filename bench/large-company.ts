import { setTimeout as sleep } from 'node:timers/promises';
import type { CloudEvent } from '@leadlog/simulation';
import { getJson, startEngine, temporaryFolder, untilReady, type EngineProcess } from '../test/support/engine-process';
import { recordEvents } from './history';
import { quantile, round, type Bench } from './result';

const LEADS = 100_000;
const SHARED_DEALS = 10_000;
const PEOPLE = 10_000;
const TOUCHPOINTS = 10_000;
const HOT = 20;
const OPEN_DEALS = 500;
const OPEN_LEADS = 500;
const DEALS_ALONE = 10_000;
const ASKED = 30;
const PATIENCE_MS = 60_000;

const DAY = 86_400_000;
const BEGAN = Date.now() - 60 * DAY;
const TWO_YEARS = 725 * DAY;

/**
 * What a large company has that a small one has not: 20,000 deals over two years, half of them shared by two leads, an account of 10,000
 * people, a lead with 10,000 touchpoints, a representative with 500 open deals, another with 500 open leads, and searches over all.
 */
export const runLargeCompany: Bench = async () => {
  const shared = await measured(true);
  const alone = await measured(false);
  return {
    name: 'large-company',
    workload: `${LEADS} leads, ${SHARED_DEALS} deals of two leads each and ${DEALS_ALONE} of one, an account of ${PEOPLE} people of whom ${HOT} become hot, a lead with ${TOUCHPOINTS} touchpoints, a representative with ${OPEN_DEALS} open deals, another with ${OPEN_LEADS} open leads; beside it the same company with as many deals of one lead each`,
    figures: shared,
    baseline: alone,
    ratio: round((alone['KPIs, median ms'] as number) / (shared['KPIs, median ms'] as number)),
  };
};

async function measured(isShared: boolean): Promise<Record<string, number>> {
  const { folder, remove } = temporaryFolder();
  try {
    await recordEvents(folder, company(isShared));
    const engine = await startEngine(folder);
    try {
      await untilReady(engine.url);
      return {
        'KPIs, first ms': round(await took(engine, 'kpis')),
        'KPIs, median ms': await quantileOf(engine, () => 'kpis'),
        'KPIs of calls, median ms': await quantileOf(engine, () => 'kpis?kpi=calls,answer-rate'),
        'search without a hit, median ms': await quantileOf(engine, (n) => `leads?q=nobody${n}`),
        'search with ten hits, median ms': await quantileOf(engine, (n) => `leads?q=${encodeURIComponent(`試験${1_000 + n}`)}`),
        'why, first page, median ms': await quantileOf(engine, () => 'leads/lead-busy/why'),
        'timeline, first page, median ms': await quantileOf(engine, () => 'leads/lead-busy/timeline'),
        'account, first page, median ms': await quantileOf(engine, () => 'accounts/acc-large'),
        'wins by rep and month over two years, median ms': await quantileOf(
          engine,
          () => `kpis?kpi=wins&by=rep&period=month&${twoYears()}`,
        ),
        'first-meeting rate by rep and month over two years, median ms': await quantileOf(
          engine,
          () => `kpis?kpi=first-meeting-rate&by=rep&period=month&${twoYears()}`,
        ),
        'all KPIs by rep and month over two years, median ms': await quantileOf(engine, () => `kpis?by=rep&period=month&${twoYears()}`),
        'board of this year, median ms': await quantileOf(engine, () => `board?period=${new Date().getFullYear()}`),
        'day with 500 open deals, median ms': await quantileOf(engine, () => 'reps/rep-busy/day'),
        'day with 500 open deals, p99 ms': await quantileOf(engine, () => 'reps/rep-busy/day', 0.99, 200),
        'day with 500 open leads, median ms': await quantileOf(engine, () => 'reps/rep-leads/day'),
        'day with 500 open leads, p99 ms': await quantileOf(engine, () => 'reps/rep-leads/day', 0.99, 200),
        [`${HOT} hot leads handed off, ms`]: round(await handedOff(engine)),
      };
    } finally {
      await engine.stop();
    }
  } finally {
    remove();
  }
}

async function took(engine: EngineProcess, path: string): Promise<number> {
  const began = performance.now();
  await getJson(`${engine.url}/v1/${path}`);
  return performance.now() - began;
}

const twoYears = (): string => {
  const year = new Date().getFullYear();
  return `from=${year - 1}-01-01&to=${year + 1}-01-01`;
};

async function quantileOf(engine: EngineProcess, path: (n: number) => string, part = 0.5, asked = ASKED): Promise<number> {
  const times: number[] = [];
  for (let n = 0; n < asked; n += 1) times.push(await took(engine, path(n)));
  return round(
    quantile(
      times.sort((a, b) => a - b),
      part,
    ),
  );
}

/** From sending what makes them hot until all are in the inbox. */
async function handedOff(engine: EngineProcess): Promise<number> {
  const inquiries = Array.from({ length: HOT }, (_, n) => n).flatMap((n) =>
    ['demo', 'quote'].map((kind) => event('/web', 'InquiryReceived', `person-${n}`, Date.now() - 3_600_000, { kind })),
  );
  const began = performance.now();
  const response = await fetch(`${engine.url}/v1/events`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-ndjson' },
    body: inquiries.map((one) => `${JSON.stringify(one)}\n`).join(''),
  });
  await response.text();
  for (;;) {
    const { items } = await getJson<{ items: unknown[] }>(`${engine.url}/v1/inbox?limit=500`);
    if (items.length >= HOT) return performance.now() - began;
    if (performance.now() - began > PATIENCE_MS)
      throw new Error(`expected ${HOT} leads handed off within ${PATIENCE_MS} ms, got ${items.length}`);
    await sleep(10);
  }
}

let sent = 0;
const event = (source: string, type: string, leadId: string, at: number, data: object): CloudEvent =>
  ({
    specversion: '1.0',
    id: `large-${(sent += 1)}`,
    source,
    type,
    subject: leadId,
    time: new Date(at).toISOString(),
    data: { leadId, ...data },
  }) as CloudEvent;

function* company(isShared: boolean): Iterable<CloudEvent> {
  const captured = (leadId: string, n: number, more: object = {}, profile: object = {}): CloudEvent =>
    event('/crm', 'LeadCaptured', leadId, BEGAN + n, {
      channel: 'form',
      origin: n % 3 ? 'web' : 'fair',
      profile: { name: `試験${n}`, company: `株式会社${n % 5_000}`, ...profile },
      ...more,
    });
  for (let n = 0; n < LEADS - PEOPLE - 1; n += 1) yield captured(`lead-${n}`, n);
  for (let n = 0; n < PEOPLE; n += 1)
    yield captured(`person-${n}`, LEADS + n, { accountId: 'acc-large' }, { title: '部長', employees: 200 });
  yield captured('lead-busy', LEADS - 1);
  for (let n = 0; n < TOUCHPOINTS; n += 1)
    yield event('/web', 'WebPageViewed', 'lead-busy', BEGAN + n * 400_000, {
      url: `https://www.leadlog.example/${n}`,
      category: 'product',
      dwellMs: 9_000,
    });
  for (let n = 0; n < SHARED_DEALS; n += 1) {
    const [opener, closer] = [`lead-${2 * n}`, `lead-${isShared ? 2 * n + 1 : 2 * n}`];
    const at = BEGAN + 30 * DAY + n * 60_000;
    yield event('/sfa', 'DealOpened', opener, at, {
      dealId: `deal-${n}`,
      repId: `rep-${n % 20}`,
      amount: { value: 100_000, currency: 'JPY' },
    });
    yield event('/sfa', 'QuoteSubmitted', closer, at + DAY, {
      dealId: `deal-${n}`,
      quoteId: `quote-${n}`,
      revision: 1,
      amount: { value: 90_000, currency: 'JPY' },
    });
    yield event('/sfa', 'DealWon', closer, at + 2 * DAY, { dealId: `deal-${n}`, amount: { value: 90_000, currency: 'JPY' } });
  }
  for (let n = 0; n < OPEN_DEALS; n += 1) {
    const leadId = `lead-${2 * SHARED_DEALS + n}`;
    const at = BEGAN + 20 * DAY + n * 60_000;
    yield event('/cti', 'CallCompleted', leadId, at, {
      callId: `busy-${n}`,
      repId: 'rep-busy',
      startedAt: new Date(at).toISOString(),
      seconds: 60,
      outcome: 'reached',
    });
    yield event('/sfa', 'DealOpened', leadId, at + DAY, {
      dealId: `open-${n}`,
      repId: 'rep-busy',
      amount: { value: 100_000, currency: 'JPY' },
    });
  }
  yield* salesOfTwoYears();
  yield* openLeads();
}

/** Deals of one lead each, with all that KPIs count, evenly over the two years. */
function* salesOfTwoYears(): Iterable<CloudEvent> {
  const first = 2 * SHARED_DEALS + OPEN_DEALS;
  for (let n = 0; n < DEALS_ALONE; n += 1) {
    const leadId = `lead-${first + n}`;
    const at = Date.now() - TWO_YEARS + Math.floor((n * (TWO_YEARS - 20 * DAY)) / DEALS_ALONE);
    const repId = `rep-${n % 20}`;
    const dealId = `two-years-${n}`;
    const time = (days: number): string => new Date(at + days * DAY).toISOString();
    const amount = { value: 100_000, currency: 'JPY' };
    yield event('/cti', 'CallCompleted', leadId, at, {
      callId: `call-${n}`,
      repId,
      startedAt: time(0),
      seconds: 60,
      outcome: n % 2 ? 'reached' : 'noAnswer',
    });
    yield event('/calendar', 'AppointmentBooked', leadId, at + DAY / 2, {
      appointmentId: `appointment-${n}`,
      repId,
      scheduledAt: time(2),
      mode: n % 2 ? 'onsite' : 'remote',
    });
    yield event('/sfa', 'DealOpened', leadId, at + DAY, { dealId, repId, amount });
    yield event('/calendar', 'MeetingHeld', leadId, at + 2 * DAY, {
      meetingId: `meeting-${n}`,
      appointmentId: `appointment-${n}`,
      dealId,
      repIds: [repId],
      startedAt: time(2),
      minutes: 60,
      attendees: [],
      mode: n % 2 ? 'onsite' : 'remote',
    });
    yield event('/sfa', 'QuoteSubmitted', leadId, at + 5 * DAY, { dealId, quoteId: `alone-${n}`, revision: 1, amount, repId });
    if (n % 3) yield event('/sfa', 'DealWon', leadId, at + 9 * DAY, { dealId, amount });
    else yield event('/sfa', 'DealLost', leadId, at + 9 * DAY, { dealId, reason: 'price' });
  }
}

/** Handed off, accepted, called twice; half of them with an appointment ahead, a third with something planned. */
function* openLeads(): Iterable<CloudEvent> {
  const first = 2 * SHARED_DEALS + OPEN_DEALS + DEALS_ALONE;
  for (let n = 0; n < OPEN_LEADS; n += 1) {
    const leadId = `lead-${first + n}`;
    const repId = 'rep-leads';
    const handoffId = `${leadId}.1`;
    const at = Date.now() - 10 * DAY + n * 60_000;
    yield event('leadlog/handoff', 'LeadHandedOff', leadId, at, {
      handoffId,
      runId: `${leadId}.run-1`,
      dossierHash: 'none',
      acceptBy: new Date(at + DAY).toISOString(),
      contactBy: new Date(at + 2 * DAY).toISOString(),
    });
    yield event('leadlog/handoff', 'LeadAssigned', leadId, at, { handoffId, repId, teamId: 'inside-1', method: 'weighted' });
    yield event('/sfa', 'HandoffAccepted', leadId, at + 3_600_000, { handoffId, repId });
    for (let call = 0; call < 2; call += 1) {
      const startedAt = new Date(at + (call + 2) * 3_600_000).toISOString();
      yield event('/cti', 'CallCompleted', leadId, Date.parse(startedAt), {
        callId: `open-${n}-${call}`,
        repId,
        startedAt,
        seconds: 60,
        outcome: call ? 'reached' : 'noAnswer',
      });
    }
    if (n % 2)
      yield event('/calendar', 'AppointmentBooked', leadId, at + DAY, {
        appointmentId: `ahead-${n}`,
        repId,
        scheduledAt: new Date(at + 14 * DAY).toISOString(),
        mode: 'remote',
      });
    if (n % 3 === 0)
      yield event('/sfa', 'NextActionPlanned', leadId, at + DAY, {
        actionId: `plan-${n}`,
        template: 'call',
        reason: '折り返し',
        dueAt: new Date(at + 12 * DAY).toISOString(),
      });
  }
}
