import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { START } from '@leadlog/event-log';
import { SqliteEventLog } from '@leadlog/event-log/sqlite/sqlite-event-log';
import { asAppend, recorded } from '@leadlog/events/recorded.testing';
import { MOST_HELD, RecentChanges } from './recent-changes';

const folder = mkdtempSync(join(tmpdir(), 'leadlog-recent-changes-'));
const log = SqliteEventLog.open({ file: join(folder, 'log.db') });
afterAll(async () => {
  await log.close();
  rmSync(folder, { recursive: true });
});

it('whoever comes back from ever longer ago makes it hold no more than it may', async () => {
  const captured = (n: number) => asAppend(recorded('LeadCaptured', { leadId: `lead-${n}`, channel: 'form' }));
  await log.appendMany(Array.from({ length: MOST_HELD + 3_000 }, (_, n) => captured(n)));
  const recent = new RecentChanges(log, () => undefined, fail);
  await recent.start();
  const answers: boolean[] = [];
  for (let from = recent.from; from > START && answers.length < 20; from -= 1_500n) answers.push(await recent.cover(from));
  expect([answers[1], answers.at(-1)]).toEqual([true, false]);
  expect(recent.after(START).length).toBeLessThanOrEqual(MOST_HELD);
  await recent.stop();
});

const fail = (message: string, error: unknown): never => {
  throw new Error(message, { cause: error });
};
