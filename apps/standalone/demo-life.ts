import { setTimeout as sleep } from 'node:timers/promises';
import { ArchiveFiles, throughOf } from '@leadlog/archive';
import { counted } from '@leadlog/events';
import type { CloudEvent, HandedLead, LivedCompany } from '@leadlog/simulation';
import { ApiRefused, apiUrl, callApi, request, type Query } from '../cli/api-client';
import { sendEvents, type Answers, type Line } from '../cli/import/send-events';
import type { DemoEngine } from './demo-engine-process';

/** What the engine decides by, besides the organisation of the company: `id` is that of the policy in use. */
const policyOf = (id: string): string => `policy: ${id}
sla: { accept: 4bh, contact: 1bd }
# Who lets a lead lie loses it to a colleague.
escalation:
  accept: { reassign: next }
consent: { phone: withhold, others: warn }
# Nobody is called again at once whom a colleague has just given back.
returns: { pause: 5bd }
`;

const LOOK_MS = 200;
const SHORT_LOOK_MS = 25;
/** What is due for so many looks, while nothing is written, waits for somebody to have room or to come to work. */
const LOOKS_OF_WAITING = 12;

export interface Told {
  sent(row: number, at: number): void;
  folding(text: string): void;
  rejected(row: number, errors: unknown): void;
}

/** Marketing and sales agree on who works when, and on who takes hot leads within which time. */
export async function publishDocuments(url: string, company: LivedCompany): Promise<void> {
  const { items } = await get<{ items: { id: string; inUse?: boolean }[] }>(url, '/v1/policies');
  const { id } = items.find(({ inUse }) => inUse)!;
  for (const [path, text] of [
    ['/v1/organisation', company.organisation],
    [`/v1/policies/${encodeURIComponent(id)}`, policyOf(id)],
  ] as const) {
    const draft = { method: 'POST', body: text, headers: { 'content-type': 'application/yaml' } };
    const { version } = (await (await request(apiUrl(url, `${path}/drafts`), draft)).json()) as { version: string };
    await callApi(url, 'POST', `${path}/publish`, { body: { version } });
  }
}

/**
 * What was before the company began to use Leadlog, imported as such: nobody is handed to sales for it. Then the weeks since: at each moment
 * at which anything that people do depends on it, the engine decides, by the time of that moment, about all that has been sent until then.
 */
export async function liveThrough(
  engine: DemoEngine,
  company: LivedCompany,
  { begins, ends }: { begins: number; ends: number },
  archive: ArchiveFiles,
  told: Told,
): Promise<Answers> {
  const { url } = engine;
  const total: Answers = { accepted: 0, duplicates: 0, rejected: 0 };
  let row = 0;
  let at = begins;
  const send = async (events: Iterable<CloudEvent>, imported?: { decisions: string }): Promise<void> => {
    const answers = await sendEvents(
      numbered(events, row, (time) => (at = Date.parse(time))),
      {
        url,
        imported,
        answered: (last) => {
          row = last;
          told.sent(last, at);
        },
        rejected: told.rejected,
      },
    );
    total.accepted += answers.accepted;
    total.duplicates += answers.duplicates;
    total.rejected += answers.rejected;
  };
  await send(company.until(begins), { decisions: 'silent' });
  await untilDecided(url, archive, told);
  for (let now = begins; now < ends;) {
    now = Math.min(company.nextLook(now), ends);
    await engine.itIs(now);
    await send(company.until(now));
    await untilDecided(url, archive);
    company.handedOff(await waitingHandoffs(url), now);
  }
  await engine.itIs(0);
  return total;
}

async function waitingHandoffs(url: string): Promise<HandedLead[]> {
  const waiting: HandedLead[] = [];
  let cursor: string | undefined;
  do {
    const query = { state: 'handed-off', limit: '500', cursor };
    const page = await get<{ items: HandedLead[]; nextCursor?: string }>(url, '/v1/inbox', query);
    waiting.push(...page.items);
    cursor = page.nextCursor;
  } while (cursor !== undefined);
  return waiting;
}

function* numbered(events: Iterable<CloudEvent>, before: number, at: (time: string) => void): Generator<Line> {
  let row = before;
  for (const event of events) {
    at(event.time);
    yield { row: (row += 1), text: JSON.stringify(event) };
  }
}

/**
 * Until every read model has come to the end of the log, and no decision is due that would make it longer. By positions and not by a pause:
 * where log and read models are on servers, decisions come with longer pauses than any that one would wait for.
 */
export async function untilDecided(
  url: string,
  archive: ArchiveFiles,
  told?: Pick<Told, 'folding'>,
  lookMs = told ? LOOK_MS : SHORT_LOOK_MS,
): Promise<void> {
  for (let settledAt = '', looks = 0; ;) {
    const { items, position } = await get<{
      items: { lag: number; due: number; generations: { state: string }[] }[];
      position: string;
    }>(url, '/v1/projections');
    const due = items.reduce((sum, one) => sum + one.due, 0);
    const settled =
      items.length > 0 && items.every(({ lag, generations }) => lag <= 0 && generations.every(({ state }) => state !== 'building'));
    // Nothing was written since the look before, so what it saw of each read model was of the same log.
    looks = settled && settledAt === `${position} ${due}` ? looks + 1 : 0;
    if (looks >= (due === 0 ? 1 : LOOKS_OF_WAITING)) return;
    settledAt = settled ? `${position} ${due}` : '';
    const manifest = archive.read();
    const part = (at: number): string => `${Math.min(100, Math.max(0, Math.floor((100 * at) / Math.max(1, Number(position)))))} %`;
    const behind = Math.max(0, ...items.map(({ lag }) => lag));
    told?.folding(
      `folding ${part(Number(position) - behind)} of ${counted(Number(position), 'position')}, ${counted(due, 'decision')} due; archive ${part(
        manifest ? Number(throughOf(manifest)) : 0,
      )}`,
    );
    await sleep(lookMs);
  }
}

/** Of these representatives, the one whose day has most kinds of things to do, then most of them. */
export async function busiestOf(url: string, reps: readonly string[]): Promise<string> {
  let busiest = { rep: reps[0]!, kinds: 0, items: 0 };
  for (const rep of reps) {
    const { counts } = await get<{ counts: Record<string, number> }>(url, `/v1/reps/${rep}/day`, { limit: '1' });
    const sections = Object.values(counts).filter((count) => count > 0);
    const [kinds, items] = [sections.length, sections.reduce((sum, count) => sum + count, 0)];
    if (kinds > busiest.kinds || (kinds === busiest.kinds && items > busiest.items)) busiest = { rep, kinds, items };
  }
  return busiest.rep;
}

/** Also of an engine whose read models are not built yet. */
export async function get<Answer>(url: string, path: string, query?: Query): Promise<Answer> {
  for (;;) {
    try {
      return await callApi<Answer>(url, 'GET', path, { query });
    } catch (error) {
      if (!(error instanceof ApiRefused) || error.status !== 503) throw error;
      await sleep(1_000);
    }
  }
}
