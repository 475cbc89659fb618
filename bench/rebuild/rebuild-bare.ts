import Database from 'better-sqlite3';
import { Redis } from 'ioredis';
import { join } from 'node:path';

/**
 * What the barest hand-written loop needs for a comparable result: one document a lead with its last profile, counts by
 * type, last activity and one decayed sum, and call counts by day and rep. No corrections, caps, tiers, lists or resume.
 */
const folder = process.argv[2]!;
const began = performance.now();
const source = new Database(join(folder, 'event-log.db'), { readonly: true });
interface Lead {
  profile: Record<string, unknown>;
  counts: Record<string, number>;
  last: number;
  sum: number;
  sales: unknown[];
}
const leads = new Map<string, Lead>();
const calls = new Map<string, number>();
const HALF_LIFE = 7 * 86_400_000;
const POINTS: Record<string, number> = {
  WebPageViewed: 5,
  ContentDownloaded: 20,
  EmailOpened: 1,
  WebinarAttended: 15,
  InquiryReceived: 30,
};
const events = source
  .prepare('SELECT t.name AS type, e.data, e.metadata FROM events e JOIN types t ON t.id = e.type ORDER BY e.position')
  .raw()
  .iterate() as Iterable<[string, string, string]>;
for (const [type, dataText, metadataText] of events) {
  const data = JSON.parse(dataText) as { leadId: string; profile?: object; repId?: string };
  const at = Date.parse((JSON.parse(metadataText) as { occurredAt: string }).occurredAt);
  let lead = leads.get(data.leadId);
  if (!lead) leads.set(data.leadId, (lead = { profile: {}, counts: {}, last: 0, sum: 0, sales: [] }));
  if (data.profile) Object.assign(lead.profile, data.profile);
  lead.counts[type] = (lead.counts[type] ?? 0) + 1;
  lead.sum = lead.sum * 2 ** (-Math.max(0, at - lead.last) / HALF_LIFE) + (POINTS[type] ?? 0);
  lead.last = Math.max(lead.last, at);
  if (data.repId !== undefined) lead.sales.push({ type, at, repId: data.repId });
  if (type === 'CallCompleted') {
    const cell = `${new Date(at).toISOString().slice(0, 10)}|${data.repId}`;
    calls.set(cell, (calls.get(cell) ?? 0) + 1);
  }
}
source.close();

function* rows(): Iterable<[key: string, text: string]> {
  for (const [key, lead] of leads) yield [key, JSON.stringify(lead)];
  for (const [cell, count] of calls) yield [cell, String(count)];
}

function intoSqlite(): void {
  const target = new Database(join(folder, 'bare.db'));
  target.pragma('journal_mode = WAL');
  target.pragma('synchronous = NORMAL');
  target.exec('CREATE TABLE doc(key TEXT PRIMARY KEY, body TEXT) WITHOUT ROWID');
  const put = target.prepare('INSERT INTO doc VALUES (?, ?)');
  target.transaction(() => {
    for (const [key, text] of rows()) put.run(key, text);
  })();
  target.close();
}

async function intoRedis(url: string): Promise<void> {
  const redis = new Redis(url);
  let some: string[] = [];
  const sent: Promise<number>[] = [];
  for (const row of rows()) {
    some.push(...row);
    if (some.length < 4_000) continue;
    sent.push(redis.hset('bare', ...some));
    some = [];
  }
  if (some.length > 0) sent.push(redis.hset('bare', ...some));
  await Promise.all(sent);
  redis.disconnect();
}

void Promise.resolve(process.argv[3] === undefined ? intoSqlite() : intoRedis(process.argv[3])).then(() => {
  const ms = performance.now() - began;
  process.stdout.write(
    `${JSON.stringify({ ms, residentMiB: process.resourceUsage().maxRSS / 1_024, documents: leads.size + calls.size })}\n`,
  );
});
