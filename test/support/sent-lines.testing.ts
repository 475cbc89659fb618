import { eventIdOf } from '@leadlog/events';
import { simulate } from '@leadlog/simulation';
import { backendsOf } from './engine-process';
import { hotEvents } from './hot-leads';

/** An event as it is sent, and what came of it. */
export interface Line {
  id: string;
  source: string;
  text: string;
  acknowledged: boolean;
  /** Whether it fits depends on what was decided meanwhile (a merge). */
  mayBeRefused?: boolean;
}

/** Recent history, so that scores are high now, tiers change and leads are handed off while it is sent. */
export function historyLines(seed: number, count: number, accounts = 150): Line[] {
  const lines: Line[] = [];
  const seen = new Set<string>();
  const to = new Date();
  const from = new Date(to.getTime() - 21 * 86_400_000);
  for (const event of simulate({ seed, from, to, accounts, reps: 12 })) {
    const key = `${event.source} ${event.id}`;
    if (seen.has(key)) continue;
    seen.add(key);
    lines.push({ id: event.id, source: event.source, text: JSON.stringify(event), acknowledged: false });
    if (lines.length >= count) break;
  }
  return lines;
}

/** NDJSON answers each line as it is durable; whatever was answered before the kill counts as acknowledged. */
export async function sendStream(url: string, lines: readonly Line[], query = ''): Promise<void> {
  const response = await fetch(`${url}/v1/events${query}`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-ndjson' },
    body: `${lines.map((line) => line.text).join('\n')}\n`,
  });
  let rest = '';
  const decoder = new TextDecoder();
  for await (const chunk of response.body!) {
    const parts = (rest + decoder.decode(chunk as Uint8Array, { stream: true })).split('\n');
    rest = parts.pop()!;
    for (const part of parts) {
      const answer = JSON.parse(part) as { line?: number; result?: string; errors?: unknown };
      if (answer.line === undefined || answer.result === undefined) continue;
      if (answer.result === 'rejected' && !lines[answer.line - 1]!.mayBeRefused)
        throw new Error(`line rejected: ${part} of ${lines[answer.line - 1]!.text}`);
      lines[answer.line - 1]!.acknowledged = answer.result !== 'rejected';
    }
  }
}

/** The log holds every event that was acknowledged, once, and nothing that was not sent or decided by the engine, and that once too. */
export async function expectExactlyOnce(folder: string, lines: readonly Line[]): Promise<void> {
  const { log, close } = await backendsOf(folder);
  const found = new Map<string, number>();
  const decisions: string[] = [];
  let strangers = 0;
  const sent = new Map(lines.map((line) => [eventIdOf(line.source, line.id), line]));
  for await (const slice of log.read()) {
    for (const event of slice.events) {
      // That somebody asked for something is in the log too.
      if (event.type === 'RequestAudited') continue;
      if (sent.has(event.id)) found.set(event.id, (found.get(event.id) ?? 0) + 1);
      else if (event.metadata.actor.kind !== 'system') strangers += 1;
      // A lead is handed off again only under the next number.
      else
        decisions.push(
          event.type === 'LeadHandedOff'
            ? `${event.type} ${(event.data as { handoffId: string }).handoffId}`
            : `${event.type} ${event.stream} ${event.id}`,
        );
    }
  }
  expect(strangers).toBe(0);
  expect([...sent].filter(([id, { acknowledged, mayBeRefused }]) => !found.has(id) && (acknowledged || !mayBeRefused))).toEqual([]);
  expect([...found.values()].filter((times) => times !== 1)).toEqual([]);
  expect(decisions.filter((decision, at) => decisions.indexOf(decision) !== at)).toEqual([]);
  await close();
}

/** What becomes hot and is handed off while the rest is sent. */
export function hotLines(prefix: string, count: number): Line[] {
  return Array.from({ length: count }, (_, n) => n).flatMap((n) =>
    hotEvents({ subject: `${prefix}-${n}`, accountId: `acc-${prefix}-${n % 7}`, name: '青山 晴香' }).map((event) => ({
      id: event.id,
      source: event.source,
      text: JSON.stringify(event),
      acknowledged: false,
    })),
  );
}
