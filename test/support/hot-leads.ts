import { randomUUID } from 'node:crypto';
import { parse, stringify } from 'yaml';
import { getJson, postJson } from './engine-process';
import { until } from './until.testing';

export interface Handed {
  leadId: string;
  handoffId: string;
  repId?: string;
}

/** What makes a person hot at once. */
export function hotEvents({ subject, accountId, name }: { subject: string; accountId: string; name: string }) {
  const time = new Date().toISOString();
  const facts: [type: string, data: object][] = [
    ['LeadCaptured', { channel: 'form', accountId, profile: { name, title: '部長', company: '株式会社白峰電子' } }],
    ['InquiryReceived', { kind: 'demo' }],
    ['InquiryReceived', { kind: 'quote' }],
  ];
  return facts.map(([type, data], at) => ({ specversion: '1.0', id: `${subject}-${at}`, source: '/hot', type, subject, time, data }));
}

/**
 * People of these names who have just become hot and are handed to this representative, who has not answered yet. The organisation in force is
 * published anew so that everybody in it is at work, whatever day and hour it is.
 */
export async function handedTo(url: string, repId: string, names: readonly string[]): Promise<Handed[]> {
  await everybodyAtWork(url);
  const events = names.flatMap((name) => {
    const subject = `hot-${randomUUID()}`;
    return hotEvents({ subject, accountId: `account-${subject}`, name });
  });
  const { body } = await sent(`${url}/v1/events`, events, 'application/cloudevents-batch+json');
  const { results } = body as { results: { leadId: string }[] };
  const ids = new Set(results.map(({ leadId }) => leadId));
  const inInbox = async (): Promise<Handed[] | undefined> => {
    const { items } = await getJson<{ items: Handed[] }>(`${url}/v1/inbox?limit=200`);
    const found = items.filter(({ leadId }) => ids.has(leadId));
    return found.length === ids.size ? found : undefined;
  };
  for (const { handoffId, repId: has } of await until(inInbox))
    if (has !== repId) await sent(`${url}/v1/handoffs/${handoffId}/assign`, { repId, reason: '担当を決めた' });
  const handed = await until(async () => {
    const found = await inInbox();
    return found?.every((one) => one.repId === repId) ? found : undefined;
  });
  return [...ids].map((id) => handed.find(({ leadId }) => leadId === id)!);
}

async function everybodyAtWork(url: string): Promise<void> {
  const { text } = await getJson<{ text: string }>(`${url}/v1/organisation`);
  const organisation = parse(text) as { calendar: { country: string; hours: object; holidays?: unknown }; reps: Record<string, unknown>[] };
  const hours = Object.fromEntries(['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'].map((day) => [day, '00:00-24:00']));
  const { holidays: _none, ...calendar } = organisation.calendar;
  const reps = organisation.reps.map(({ absent: _there, hours: _own, capacity: _any, ...rep }) => rep);
  const always = stringify({ ...organisation, calendar: { ...calendar, country: 'none', hours }, reps });
  const { body } = await sent(`${url}/v1/organisation/drafts`, always, 'application/yaml');
  await sent(`${url}/v1/organisation/publish`, { version: (body as { version: string }).version });
}

async function sent(url: string, body: unknown, type?: string): Promise<{ body: unknown }> {
  const answer = await postJson(url, body, type);
  if (answer.status >= 300) throw new Error(`POST ${url} answered ${answer.status}: ${JSON.stringify(answer.body)}`);
  return answer;
}
