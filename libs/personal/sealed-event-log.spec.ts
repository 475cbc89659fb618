import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NewEvent, RecordedEvent } from '@leadlog/event-log';
import { eventLogContract, eventsOf, newEvent } from '@leadlog/event-log/log.contract';
import { SqliteEventLog } from '@leadlog/event-log/sqlite/sqlite-event-log';
import { catalogue, decode, personalPartOf, withTraits, type EventType } from '@leadlog/events';
import { isErased, MasterKey, SealedEventLog, subjectOfLead } from '@leadlog/personal';
import { SqlitePersonalKeys } from './sqlite/sqlite-personal-keys';

const folder = mkdtempSync(join(tmpdir(), 'leadlog-sealed-'));
afterAll(() => rmSync(folder, { recursive: true }));
const master = new MasterKey(Buffer.alloc(32, 7));

let files = 0;
const fresh = () => {
  const n = files++;
  const open = (clock?: () => number) => {
    const stored = SqliteEventLog.open({ file: join(folder, `log-${n}.db`), clock });
    const keys = SqlitePersonalKeys.open({ file: join(folder, `keys-${n}.db`), master });
    return { stored, keys, log: new SealedEventLog(stored, keys) };
  };
  return open;
};

eventLogContract('sealed', async (clock) => {
  const open = fresh();
  const opened: ReturnType<typeof open>[] = [];
  const another = (at?: () => number) => {
    opened.push(open(at));
    return opened.at(-1)!.log;
  };
  return {
    log: another(clock),
    another: async () => another(clock),
    reopen: async () => another(clock),
    end: async () => {
      for (const { log, keys } of opened) await Promise.all([log.close(), keys.close()]);
    },
  };
});

describe('a sealed log', () => {
  let { stored, keys, log } = fresh()();
  beforeEach(() => ({ stored, keys, log } = fresh()()));
  afterEach(async () => {
    await log.close();
    await keys.close();
  });

  const exampleOf = (type: EventType): NewEvent => {
    const { example, schemaVersion } = catalogue.get(type)!;
    const event = newEvent({ ...example, leadId: 'a' }, type);
    return { ...event, metadata: { ...event.metadata, schemaVersion } };
  };
  const captured = (name: string, email: string) =>
    newEvent({ leadId: 'a', channel: 'form', profile: { name, email, company: '青山商事' } }, 'LeadCaptured');
  const one = async (from: { readStream: SqliteEventLog['readStream'] }, stream = 'lead-a'): Promise<RecordedEvent> => {
    for await (const [event] of from.readStream(stream)) return event!;
    throw new Error('expected an event');
  };
  const inFiles = (text: string) => readdirSync(folder).some((name) => readFileSync(join(folder, name)).includes(text));

  it('gives every event of the catalogue as it was appended, and stores nothing personal of it', async () => {
    for (const { type, personal } of catalogue.values()) {
      const event = exampleOf(type);
      const stream = `lead-of-${type}`;
      await log.append(stream, [event], { expected: 'no-stream' });
      const [known, raw] = [await one(log, stream), await one(stored, stream)];
      const full = (data: unknown) => withTraits(type, data as Record<string, unknown>);
      expect(full(known.data)).toEqual(full(event.data));
      expect(Object.keys(known.data as object).slice(0, Object.keys(event.data).length)).toEqual(Object.keys(event.data));
      const part = personalPartOf(event.data, personal);
      expect([type, raw.dataText!.includes('"personal":')]).toEqual([type, part !== undefined]);
      const words = wordsOf(personalPartOf(raw.data as object, personal));
      expect([type, words]).toEqual([type, []]);
    }
  });

  it('keeps what it can no longer open: the traits, whether there was a text, and everything that is not personal', async () => {
    const inquiry = newEvent(
      { leadId: 'a', kind: 'quote', text: '佐藤です', identity: { email: 'sato@aoyama.example' } },
      'InquiryReceived',
    );
    await log.append('lead-a', [captured('佐藤', 'sato@aoyama.example'), inquiry], { expected: 'any' });
    await keys.destroy([subjectOfLead('a')]);
    const [lead, told] = (await eventsOf(log, 'lead-a')).map((event) => decode(event).data as unknown);
    expect(lead).toEqual({
      leadId: 'a',
      channel: 'form',
      profile: { company: '青山商事' },
      traits: { emailDomain: 'aoyama.example', has: ['name', 'email'] },
      erased: true,
    });
    expect(told).toEqual({ leadId: 'a', kind: 'quote', text: '', erased: true });
    expect([isErased(lead), isErased({})]).toEqual([true, false]);
  });

  it('records nothing personal of somebody who is forgotten', async () => {
    await keys.destroy([subjectOfLead('a')]);
    await log.append('lead-a', [captured('無名', 'nobody@aoyama.example')], { expected: 'any' });
    expect((await one(log)).data).toMatchObject({ profile: { company: '青山商事' }, erased: true });
    for (const text of ['無名', 'nobody@']) expect(inFiles(text)).toBe(false);
  });

  it('keeps the names of colleagues in a dossier each under its own key', async () => {
    const colleagues = [
      { leadId: 'b', name: '鈴木', title: '部長' },
      { leadId: 'c', name: '高橋' },
      { leadId: 'd', department: '営業' },
    ];
    const dossier = { leadId: 'a', profile: { name: '佐藤' }, colleagues, colleaguesInAll: 3 };
    const event = exampleOf('LeadHandedOff');
    await log.append('lead-a', [{ ...event, data: { ...event.data, dossier } }], { expected: 'any' });
    const known = async () => ((await one(log)).data as { dossier: unknown }).dossier;
    expect(await known()).toEqual(dossier);
    expect(Object.keys((await one(log)).data as object)).not.toContain('others');
    await keys.destroy([subjectOfLead('b')]);
    expect(await known()).toEqual({ ...dossier, colleagues: [{ leadId: 'b', title: '部長' }, colleagues[1], colleagues[2]] });
    await keys.destroy([subjectOfLead('a')]);
    expect(await known()).toEqual({});
    expect((await one(log)).data).not.toHaveProperty('others');
  });

  it('a repeat is a repeat, also once the person is forgotten', async () => {
    const event = captured('佐藤', 'sato@aoyama.example');
    await log.append('lead-a', [event], { expected: 'any' });
    expect((await log.append('lead-a', [event], { expected: 'any' })).repeated).toEqual([event.id]);
    await keys.destroy([subjectOfLead('a')]);
    expect((await log.append('lead-a', [event], { expected: 'any' })).repeated).toEqual([event.id]);
  });

  it('opens a text in its own event alone', async () => {
    await log.append('lead-a', [captured('佐藤', 'sato@aoyama.example')], { expected: 'any' });
    const { data } = await one(stored);
    await stored.append('lead-a', [newEvent(data as object, 'LeadCaptured')], { expected: 'any' });
    const [, forged] = await eventsOf(log, 'lead-a');
    expect(() => forged!.data).toThrow();
  });

  it('gives events from before there were keys as they are, until the person is forgotten', async () => {
    const event = captured('佐藤', 'sato@aoyama.example');
    await stored.append('lead-a', [event], { expected: 'any' });
    expect((await one(log)).data).toEqual(event.data);
    await keys.destroy([subjectOfLead('a')]);
    expect((await one(log)).data).toMatchObject({
      profile: { company: '青山商事' },
      traits: { emailDomain: 'aoyama.example' },
      erased: true,
    });
  });

  it('leaves out of dossiers from before there were keys the names of colleagues who are forgotten', async () => {
    const event = exampleOf('LeadHandedOff');
    const colleagues = [
      { leadId: 'b', name: '鈴木', title: '部長' },
      { leadId: 'c', name: '高橋' },
    ];
    const dossier = { leadId: 'a', profile: { name: '佐藤' }, colleagues, colleaguesInAll: 2 };
    await stored.append('lead-a', [{ ...event, data: { ...event.data, dossier } }], { expected: 'any' });
    const known = async () => ((await one(log)).data as { dossier: unknown }).dossier;
    expect(await known()).toEqual(dossier);
    await keys.destroy([subjectOfLead('b')]);
    expect(await known()).toEqual({ ...dossier, colleagues: [{ leadId: 'b', title: '部長' }, colleagues[1]] });
  });

  it('leaves nothing personal in any file once the key is destroyed', async () => {
    const names = ['春日井', 'kasugai@aoyama.example'] as const;
    await log.append('lead-a', [captured(...names)], { expected: 'any' });
    expect((await one(log)).data).toMatchObject({ profile: { name: names[0] } });
    for (const name of names) expect(inFiles(name)).toBe(false);
  });
});

/** All texts in a value. */
function wordsOf(value: unknown): string[] {
  if (typeof value === 'string') return value === '' ? [] : [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(wordsOf) : [];
}
