import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { v5 } from 'uuid';
import { appendAt, decideOn, readState, type Decision, type Fold, type ReadState } from './decide';
import { EventTooLarge, WrongExpectedRevision, type NewEvent } from './log';
import { SqliteEventLog } from './sqlite/sqlite-event-log';

const SEATS = 5;
const stream = 'webinar-1';

/** Seats of a webinar: who has one. */
const seats: Fold<string[]> = { initial: () => [], evolve: (taken, { data }) => [...taken, (data as { by: string }).by] };

const taken = (by: string, ...more: string[]): NewEvent => ({
  id: v5(by, v5.URL),
  type: 'SeatTaken',
  data: { by, more },
  metadata: {
    occurredAt: '2026-01-05T09:00:00Z',
    source: 'test',
    sourceId: by,
    initiator: 'customer',
    actor: { kind: 'system', id: 'test' },
    schemaVersion: 1,
  },
});

const take =
  (by: string) =>
  ({ state }: ReadState<string[]>): Decision<{ got: string }> =>
    state.length < SEATS || state.includes(by) ? { append: [taken(by)] } : { refused: { got: `${state.length} of ${SEATS} seats taken` } };

let folder: string;
let log: SqliteEventLog;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'decide-'));
  log = SqliteEventLog.open({ file: join(folder, 'log.db') });
});

afterEach(async () => {
  await log.close();
  rmSync(folder, { recursive: true });
});

describe('deciding on a stream', () => {
  it('decides each of many at once on what those before it have changed', async () => {
    const answers = await Promise.all(Array.from({ length: 9 }, (_, n) => decideOn(log, stream, seats, take(`visitor-${n}`))));
    expect(answers.filter(({ ok }) => ok)).toHaveLength(SEATS);
    expect(answers.filter(({ ok }) => !ok)).toEqual(Array(4).fill({ ok: false, got: '5 of 5 seats taken' }));
    expect((await readState(log, stream, seats)).state).toHaveLength(SEATS);
  });

  it('answers a repeat by where it was recorded, and records it once', async () => {
    const first = await decideOn(log, stream, seats, take('a'));
    await decideOn(log, stream, seats, take('b'));
    expect(await decideOn(log, stream, seats, take('a'))).toEqual({ ...first, repeated: true });
    expect((await readState(log, stream, seats)).state).toEqual(['a', 'b']);
  });

  it('decides again when somebody was faster, on what that changed', async () => {
    const seen: number[] = [];
    const answer = await decideOn(log, stream, seats, async (read) => {
      seen.push(read.state.length);
      if (seen.length < 3) await log.append(stream, [taken(`faster-${seen.length}`)], { expected: 'any' });
      return take('slow')(read);
    });
    expect(answer).toMatchObject({ ok: true, repeated: false });
    expect(seen).toEqual([0, 1, 2]);
    expect((await readState(log, stream, seats)).state).toEqual(['faster-1', 'faster-2', 'slow']);
  });

  it('gives up after thirty-one times, with the revision that was found', async () => {
    let times = 0;
    const hopeless = decideOn(log, stream, seats, async () => {
      await log.append(stream, [taken(`faster-${++times}`)], { expected: 'any' });
      return { append: [taken('slow')] };
    });
    await expect(hopeless).rejects.toEqual(new WrongExpectedRevision(stream, 29n, 30n));
    expect(times).toBe(31);
  });

  it('decides once where the log refuses for another reason', async () => {
    let times = 0;
    const large = decideOn(log, stream, seats, () => (times++, { append: [taken('a', 'x'.repeat(2_000_000))] }));
    await expect(large).rejects.toBeInstanceOf(EventTooLarge);
    expect(times).toBe(1);
  });

  it('tells a reaction that somebody was faster', async () => {
    const { revision } = await readState(log, stream, seats);
    expect(await appendAt(log, stream, [taken('a')], revision)).toBe(0n);
    expect(await appendAt(log, stream, [taken('b')], revision)).toBeUndefined();
  });
});
