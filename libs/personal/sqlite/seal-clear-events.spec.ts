import { copyFileSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { LogUnavailable, type RecordedEvent } from '@leadlog/event-log';
import { SqliteEventLog } from '@leadlog/event-log/sqlite/sqlite-event-log';
import { catalogue, personalPartOf, withTraits } from '@leadlog/events';
import { newEvent } from '@leadlog/event-log/log.contract';
import { MasterKey, SealedEventLog, storedAs, subjectOfLead, type PersonalKeys } from '@leadlog/personal';
import { sealClearEvents, sealedIn } from './seal-clear-events';
import { SqlitePersonalKeys } from './sqlite-personal-keys';

const folder = mkdtempSync(join(tmpdir(), 'leadlog-clear-'));
afterAll(() => rmSync(folder, { recursive: true }));
const master = new MasterKey(Buffer.alloc(32, 7));
const PEOPLE = 400;
const NAME = 'Aoyama-Haruka';

let n = 0;
let file = '';
let keys: PersonalKeys;
beforeEach(() => {
  n += 1;
  file = join(folder, `log-${n}.db`);
  keys = SqlitePersonalKeys.open({ file: join(folder, `keys-${n}.db`), master });
});
afterEach(() => keys.close());

/** As it was recorded before there were keys: every type of the catalogue, and many people, a third of whose events are long. */
async function recordedInClear(): Promise<void> {
  const log = SqliteEventLog.open({ file });
  for (const { type, example, schemaVersion } of catalogue.values()) {
    const event = newEvent(example, type);
    await log.append(`lead-of-${type}`, [{ ...event, metadata: { ...event.metadata, schemaVersion } }], { expected: 'any' });
  }
  const told = Array.from({ length: PEOPLE }, (_, of) => {
    const leadId = `lead-${of}`;
    const captured = newEvent(
      { leadId, channel: 'form', profile: { name: `${NAME} ${of}`, email: `${NAME}.${of}@minato.example` } },
      'LeadCaptured',
    );
    const text = `${NAME} `.repeat(of % 3 === 0 ? 1_000 : 1);
    return { stream: `activity-${leadId}`, events: [captured, newEvent({ leadId, kind: 'demo', text }, 'InquiryReceived')] };
  });
  await log.appendMany(told.map((one) => ({ ...one, expected: 'no-stream' as const })));
  await log.close();
}

/** With what the file has besides the data; both as they are read. */
async function read(log: Pick<SqliteEventLog, 'read'>): Promise<object[]> {
  const all: object[] = [];
  for await (const { events } of log.read())
    for (const { id, type, stream, revision, position, recordedAt, occurredAt, metadata, data } of events)
      all.push({ id, type, stream, revision, position, recordedAt, occurredAt, metadata, data: full(type, data) });
  return all;
}
const full = (type: string, data: unknown) => withTraits(type, data as Record<string, unknown>);

async function inLog<T>(work: (log: SealedEventLog, stored: SqliteEventLog) => Promise<T>): Promise<T> {
  const stored = SqliteEventLog.open({ file });
  return work(new SealedEventLog(stored, keys), stored).finally(() => stored.close());
}
const asRead = () => inLog((log) => read(log as unknown as SqliteEventLog));
/** How many are stored how. */
const stored = () =>
  inLog(async (_, log) => {
    const counts: Record<string, number> = {};
    for await (const { events } of log.read())
      for (const { type, data } of events) {
        const how = storedAs(type, data as object);
        counts[how] = (counts[how] ?? 0) + 1;
      }
    return counts;
  });
const filesWith = (text: string) =>
  readdirSync(folder).filter((name) => name.startsWith(`log-${n}.`) && readFileSync(join(folder, name)).includes(text));
const seal = (of = keys) =>
  sealClearEvents(file, of, {
    onLeft: ({ type }) => {
      throw new Error(`${type} was left in clear`);
    },
  });
const personal = [...catalogue.values()].filter(({ example, personal: paths }) => personalPartOf(example, paths) !== undefined);

describe('a log from before there were keys', () => {
  it('is sealed: every event is read as before, at its place, and nothing personal stands in any part of its files', async () => {
    await recordedInClear();
    expect(filesWith(NAME)).not.toEqual([]);
    const before = await asRead();
    expect(await seal()).toBe(personal.length + 2 * PEOPLE);
    expect(await asRead()).toEqual(before);
    expect(await stored()).toMatchObject({ sealed: personal.length + 2 * PEOPLE });
    expect(Object.keys(await stored())).not.toContain('clear');
    for (const text of [NAME, ...wordsOf(personal)]) expect([text, filesWith(text)]).toEqual([text, []]);
    expect(sealedIn(file)).toEqual({ through: BigInt(before.length - 1), remains: false });
  });

  it('is looked at again from where it was: what an older program has recorded in clear since is sealed, too', async () => {
    await recordedInClear();
    await seal();
    expect(await seal()).toBe(0);
    await inLog(async (log, clear) => {
      await log.append('activity-new', [newEvent({ leadId: 'new', kind: 'demo', text: NAME }, 'InquiryReceived')], { expected: 'any' });
      await clear.append('activity-old', [newEvent({ leadId: 'old', kind: 'demo', text: NAME }, 'InquiryReceived')], { expected: 'any' });
    });
    expect(filesWith(NAME)).not.toEqual([]);
    expect(await seal()).toBe(1);
    expect(filesWith(NAME)).toEqual([]);
  });

  it('goes on wherever it was stopped, and comes to the same', async () => {
    await recordedInClear();
    const before = await asRead();
    const original = join(folder, 'original.db');
    await inLog(async () => undefined);
    copyFileSync(file, original);
    // The keys answer so often, then the program is gone: before the first page, and before the second.
    for (const answers of [0, 1]) {
      copyFileSync(original, file);
      for (const end of ['-wal', '-shm']) rmSync(`${file}${end}`, { force: true });
      let left = answers;
      const gone = new Proxy(keys, {
        get: (of, name: keyof PersonalKeys) =>
          name === 'ensure' && (left -= 1) < 0
            ? () => Promise.reject(new LogUnavailable('closed', 'the program is gone'))
            : (of[name] as (...args: unknown[]) => unknown).bind(of),
      });
      await expect(seal(gone)).rejects.toThrow('the program is gone');
      await seal();
      expect(await asRead()).toEqual(before);
      expect(filesWith(NAME)).toEqual([]);
    }
  });

  it('writes its file anew where that was missed after all was sealed', async () => {
    await recordedInClear();
    const reader = new Database(file, { readonly: true });
    // While it reads, what it reads cannot be overwritten.
    reader.exec('BEGIN');
    reader.prepare('SELECT count(*) FROM events').get();
    await expect(seal()).rejects.toThrow(/another process/);
    expect(sealedIn(file)).toMatchObject({ remains: true });
    expect(filesWith(NAME)).not.toEqual([]);
    reader.close();
    expect(await seal()).toBe(0);
    expect([sealedIn(file)!.remains, filesWith(NAME)]).toEqual([false, []]);
  });

  it('keeps nothing of whoever was forgotten before, and of others in the same event what is theirs', async () => {
    await recordedInClear();
    await keys.destroy([subjectOfLead('lead-7')]);
    const before = await asRead();
    await seal();
    expect(await asRead()).toEqual(before);
    expect(await stored()).toMatchObject({ 'left out': 2 });
  });

  it('leaves in clear, and says so, what would not be read as before', async () => {
    const log = SqliteEventLog.open({ file });
    const { example } = catalogue.get('LeadHandedOff')!;
    const colleagues = [
      { leadId: 'b', name: 'Suzuki' },
      { leadId: 'b', name: 'Takahashi' },
    ];
    const odd = newEvent({ ...example, dossier: { ...(example as { dossier: object }).dossier, colleagues } }, 'LeadHandedOff');
    await log.append('lead-a', [odd], { expected: 'any' });
    await log.close();
    const left: RecordedEvent[] = [];
    expect(await sealClearEvents(file, keys, { onLeft: (event) => left.push(event) })).toBe(0);
    expect(left.map(({ id }) => id)).toEqual([odd.id]);
    expect(await stored()).toEqual({ clear: 1 });
  });
});

/** Texts of the examples long enough to be found by chance nowhere else. */
function wordsOf(types: typeof personal): string[] {
  const words: string[] = [];
  const look = (value: unknown): void => {
    if (typeof value === 'string' && Buffer.byteLength(value) >= 12) words.push(value);
    else if (typeof value === 'object' && value !== null) Object.values(value).forEach(look);
  };
  for (const { example, personal: paths } of types) look(personalPartOf(example, paths));
  // An id of the example is an id elsewhere; an answer may have been chosen from a list.
  const choices = JSON.stringify(types.map(({ example }) => example)).match(/"choice":"[^"]*"/g) ?? [];
  return words.filter((word) => !/^[\w-]+$/.test(word) && !choices.some((choice) => choice.includes(word)));
}
