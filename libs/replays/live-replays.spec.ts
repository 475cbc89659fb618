import fs, { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { ArchiveFiles, ArchiveReader, ArchiveWriter, throughOf, type Manifest } from '@leadlog/archive';
import { rowsOf, testFolder, TOKYO } from '@leadlog/archive/archived-history.testing';
import { START, type RecordedEvent } from '@leadlog/event-log';
import { SqliteEventLog } from '@leadlog/event-log/sqlite/sqlite-event-log';
import { asAppend, recorded } from '@leadlog/events/recorded.testing';
import { writeGeneration } from './generation-files';
import { replaysOf, type KeptReplay } from './kept-replays';
import { LiveReplays, type RunPart } from './live-replays';
import { keptForm, writeReplayPart, type PartTask } from './replay-part';
import type { ReplayEvent, ReplayReport } from './replay-report';
import { ReplayViews } from './replay-views';

const folder = testFolder();
const NOTHING: Manifest = { number: 0, form: '', segments: [] };
const LIMITS = { memory: '256MB', threads: 1, spill: '256MB' };
const june = (day: number) => `2026-06-${String(day).padStart(2, '0')}T10:00:00+09:00`;

interface Seen {
  order: string[];
  byCategory: Map<string, number>;
}
/** The order of events can be seen in it, some keys show nothing, and the shape of what is shown changes. */
const report = (key: string, handles: ReplayReport['handles']): ReplayReport => ({
  name: key,
  handles,
  key,
  initial: (): Seen => ({ order: [], byCategory: new Map() }),
  evolve: (state, { type, position, data }: ReplayEvent) => {
    const { order, byCategory } = state as Seen;
    order.push(`${type} ${position}`);
    const kind = String(data['category'] ?? data['outcome'] ?? data['reason']);
    byCategory.set(kind, (byCategory.get(kind) ?? 0) + 1);
    return state;
  },
  row: (state) => {
    const { order, byCategory } = state as Seen;
    return order.length === 2
      ? undefined
      : { events: order.length % 4 === 3 ? order.length / 2 : order.length, last: order.at(-1), order, ...Object.fromEntries(byCategory) };
  },
});
const REPORTS: Record<string, ReplayReport> = {
  lead: report('lead', ['WebPageViewed', 'CallCompleted', 'LeadsMerged']),
  rep: report('rep', ['CallCompleted']),
  category: report('category', ['WebPageViewed']),
  broken: {
    ...report('lead', ['CallCompleted']),
    evolve: () => {
      throw new TypeError('no such thing');
    },
  },
};

const histories: History[] = [];
afterEach(async () => {
  for (const history of histories.splice(0)) await history.close();
});

class History {
  readonly log = SqliteEventLog.open({ file: folder('log.db') });
  readonly files = new ArchiveFiles(folder('archive'));
  readonly kept = replaysOf(this.files);
  private readonly views = new ReplayViews(this.kept);
  readonly warnings: string[] = [];
  private opened: Promise<ArchiveReader> | undefined;

  constructor() {
    histories.push(this);
  }

  reader(): Promise<ArchiveReader> {
    return (this.opened ??= ArchiveReader.open({ files: this.files, log: this.log, timezone: TOKYO, limits: LIMITS }));
  }

  async close(): Promise<void> {
    (await this.opened)?.close();
    await this.log.close();
  }

  /** As a worker runs it, but for the thread: code is the name of a report. */
  readonly run: RunPart = async (code, task) => writeReplayPart(await this.reader(), REPORTS[code]!, TOKYO, task, () => undefined);

  async append(...events: RecordedEvent[]): Promise<void> {
    for (const outcome of await this.log.appendMany(events.map(asAppend))) if (!outcome.ok) throw outcome.error;
  }

  /** From the start, up to the head of the log, in two parts. */
  async replay(
    name: string,
    code: string,
    { live = true, before = false, ...days }: { live?: boolean; before?: boolean; from?: string; to?: string } = {},
  ): Promise<KeptReplay> {
    const until = await this.log.head();
    const making = this.kept.begin(name);
    const parts = ['part-0.parquet', 'part-1.parquet'];
    const task = (part: number): PartTask => ({ span: { ...days, until }, part, parts: 2, file: join(making, parts[part]!), live });
    const { signal } = new AbortController();
    const { key, lastEvent } = await this.run(code, task(0), signal);
    await this.run(code, task(1), signal);
    const written = await writeGeneration(this.files.folder, making, parts, live);
    const generation = {
      name,
      source: `/somewhere/${code}.ts`,
      code,
      ...days,
      live,
      position: until,
      lastEvent,
      form: keptForm(TOKYO),
      key,
      madeAt: new Date().toISOString(),
      ...(!before && { personal: false as const }),
      ...written,
    };
    return this.kept.publish(making, generation, Date.now());
  }

  async archive(): Promise<void> {
    const writer = new ArchiveWriter({ log: this.log, files: this.files, clock: Date.now, timezone: TOKYO, restMs: 1, segmentEvents: 7 });
    writer.start();
    for (const head = await this.log.head(); throughOf(this.files.read() ?? NOTHING) < head;) await sleep(2);
    await writer.stop();
  }

  /** Another worker each time, as after a restart. */
  look(run: RunPart = this.run): Promise<void> {
    return new LiveReplays({
      files: this.files,
      log: this.log,
      timezone: TOKYO,
      clock: Date.now,
      run,
      onWarning: (text, error) => this.warnings.push(`${text} ${(error as Error | undefined)?.message ?? ''}`),
    }).look();
  }

  async shown(view: string): Promise<{ columns: object[]; rows: object[] }> {
    const { connection } = await (await this.reader()).snapshot();
    await this.views.readInto(connection);
    return {
      columns: await rowsOf(connection, `SELECT column_name, column_type FROM (DESCRIBE ${view})`),
      rows: await rowsOf(connection, `FROM ${view} ORDER BY key`),
    };
  }
}

const LEADS = 4;
const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('view' as const),
      lead: fc.nat(LEADS - 1),
      day: fc.integer({ min: 1, max: 28 }),
      category: fc.constantFrom('price' as const, 'other' as const),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('call' as const),
      lead: fc.nat(LEADS - 1),
      day: fc.integer({ min: 1, max: 28 }),
      rep: fc.nat(2),
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('void' as const), lead: fc.nat(LEADS - 1), pick: fc.nat(40) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('merge' as const), lead: fc.nat(LEADS - 1), to: fc.nat(LEADS - 1) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('unmerge' as const), pick: fc.nat(6) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('look' as const), crashAfter: fc.option(fc.nat(45), { freq: 4 }) }) },
);
type Step = typeof step extends fc.Arbitrary<infer One> ? One : never;

/** Everything that a random history has recorded so far, for those that are about others. */
class Recorded {
  private readonly facts: string[] = [];
  private readonly merges: { id: string; leadId: string }[] = [];

  eventOf(one: Exclude<Step, { kind: 'look' }>): RecordedEvent | undefined {
    const leadId = 'lead' in one ? `lead-${one.lead}` : '';
    switch (one.kind) {
      case 'view':
        return this.fact(
          recorded('WebPageViewed', { leadId, category: one.category, url: 'https://www.leadlog.example/' }, { at: june(one.day) }),
        );
      case 'call':
        return this.fact(
          recorded('CallCompleted', { leadId, callId: `call-${this.facts.length % 3}`, repId: `rep-${one.rep}` }, { at: june(one.day) }),
        );
      case 'void':
        return this.facts.length === 0
          ? undefined
          : recorded('TouchpointInvalidated', { leadId, targetEventId: this.facts[one.pick % this.facts.length]!, reason: 'bot' });
      case 'merge': {
        const merge = recorded('LeadsMerged', { leadId, mergedId: leadId, survivorId: `lead-${one.to}` });
        this.merges.push({ id: merge.id, leadId });
        return merge;
      }
      case 'unmerge': {
        const merge = this.merges[one.pick % this.merges.length];
        return merge && recorded('MergeReverted', { leadId: merge.leadId, mergeEventId: merge.id });
      }
    }
  }

  private fact(event: RecordedEvent): RecordedEvent {
    this.facts.push(event.id);
    return event;
  }
}

/**
 * From the `after`-th change of files on nothing happens any more, as in a process that was killed there; answers whether it came to that.
 */
async function killedAfter(after: number | null, work: () => Promise<void>): Promise<boolean> {
  let left = after ?? Infinity;
  const changes = ['mkdirSync', 'renameSync', 'writeFileSync', 'rmSync', 'linkSync', 'fsyncSync'] as const;
  const spies = changes.map((name) => {
    const real = fs[name] as (...args: unknown[]) => unknown;
    return jest.spyOn(fs, name).mockImplementation(((...args: unknown[]) => {
      if (left <= 0) throw new Error('killed');
      left -= 1;
      return real(...args);
    }) as never);
  });
  try {
    await work();
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
  return left <= 0;
}

describe('a kept replay in which something personal may be', () => {
  it('is asked by nobody, and is made again from its code up to where it was, whether it is live or not', async () => {
    const history = new History();
    await history.append(recorded('CallCompleted', { leadId: 'lead-0', callId: 'call-0', repId: 'rep-0' }, { at: june(6) }));
    await history.replay('rep', 'rep', { before: true });
    const { position } = await history.replay('still', 'rep', { live: false, before: true });
    await history.append(recorded('CallCompleted', { leadId: 'lead-1', callId: 'call-1', repId: 'rep-1' }, { at: june(7) }));
    expect(history.kept.askable()).toEqual([]);
    // Nobody writes the archive yet.
    await history.look();
    expect(history.kept.askable()).toEqual([]);
    await history.archive();
    await history.look();
    expect(history.kept.askable().map(({ name, live, position: at }) => [name, live, at])).toEqual([
      ['rep', true, await history.log.head()],
      ['still', false, position],
    ]);
    expect((await history.shown('replay_still')).rows).toHaveLength(1);
    expect((await history.shown('replay_rep')).rows).toHaveLength(2);
    const { number } = history.kept.get('still');
    await history.append(recorded('CallCompleted', { leadId: 'lead-2', callId: 'call-2', repId: 'rep-2' }, { at: june(8) }));
    await history.archive();
    await history.look();
    expect(history.kept.get('still')).toMatchObject({ number, position });
  });

  it('loses what it holds, but not its code, once somebody is forgotten', async () => {
    const history = new History();
    await history.append(recorded('CallCompleted', { leadId: 'lead-0', callId: 'call-0', repId: 'rep-0' }, { at: june(6) }));
    await history.replay('rep', 'rep', { before: true });
    await history.replay('rep', 'rep', { before: true });
    await history.replay('category', 'category', { before: true });
    await history.replay('category', 'category');
    const held = () =>
      (readdirSync(history.kept.folder, { recursive: true }) as string[]).filter((name) => name.endsWith('.parquet')).sort();
    expect(held()).toHaveLength(8);
    history.kept.dropPersonal();
    history.kept.dropPersonal();
    expect(held()).toEqual(['category/2/documents.parquet', 'category/2/states.parquet']);
    expect(history.kept.get('rep')).toMatchObject({ code: 'rep', number: 2 });
    await history.archive();
    await history.look();
    expect((await history.shown('replay_rep')).rows).toHaveLength(1);
  });
});

describe('a replay that is kept live', () => {
  it('says what one from the start says, whatever was recorded, corrected and killed on the way', async () => {
    const found = { looks: 0, kills: 0, corrected: 0 };
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 8, maxLength: 40, size: 'max' }), fc.boolean(), async (steps, withDays) => {
        const history = new History();
        const known = new Recorded();
        const days = withDays ? { from: '2026-06-05', to: '2026-06-20' } : {};
        await history.append(recorded('WebPageViewed', { leadId: 'lead-0', category: 'price' }, { at: june(6) }));
        for (const name of ['lead', 'rep', 'category']) await history.replay(name, name, days);
        for (const one of [...steps, { kind: 'look', crashAfter: null } as const]) {
          if (one.kind !== 'look') {
            const event = known.eventOf(one);
            if (event) await history.append(event);
            if (event && !['view', 'call'].includes(one.kind)) found.corrected += 1;
            continue;
          }
          await history.archive();
          if (await killedAfter(one.crashAfter, () => history.look())) found.kills += 1;
          found.looks += 1;
          expect(history.kept.all().map(({ name }) => name)).toEqual(['category', 'lead', 'rep']);
        }
        for (const name of ['lead', 'rep', 'category']) {
          const { position, live, stopped } = history.kept.get(name);
          expect([position, live, stopped]).toEqual([await history.log.head(), true, undefined]);
          const fresh = await history.replay(`${name}-fresh`, name, { live: false, ...days });
          expect(await history.shown(`replay_${name}`)).toEqual(await history.shown(fresh.view));
        }
        await histories.pop()!.close();
      }),
      { endOnFailure: true, numRuns: Number(process.env.LIVE_REPLAY_RUNS ?? 4), seed: Number(process.env.LIVE_REPLAY_SEED ?? 20261125) },
    );
    expect(found.kills).toBeGreaterThan(0);
    expect(found.looks).toBeGreaterThan(10);
    expect(found.corrected).toBeGreaterThan(10);
  });

  const call = (lead: string, n: number) =>
    recorded('CallCompleted', { leadId: lead, callId: `call-${n}`, repId: 'rep-1', outcome: 'reached' });

  it('goes on from its states: only keys that have changed are folded again', async () => {
    const history = new History();
    await history.append(...Array.from({ length: 20 }, (_, n) => call(`lead-${n % 5}`, n)));
    await history.replay('lead', 'lead');
    await history.append(call('lead-1', 100), call('new', 101));
    await history.archive();
    const tasks: PartTask[] = [];
    const written: unknown[] = [];
    await history.look(async (code, task, signal) => {
      tasks.push(task);
      const made = await history.run(code, task, signal);
      written.push(
        ...(
          await rowsOf(
            (await history.reader().then((reader) => reader.snapshot())).connection,
            `FROM read_parquet('${task.file}') ORDER BY key`,
          )
        ).map(({ key }) => key),
      );
      expect(made.whole).toBe(false);
      return made;
    });
    expect([tasks.length, written]).toEqual([1, ['lead-1', 'new']]);
    expect((await history.shown('replay_lead')).rows).toHaveLength(6);
  });

  it('where nothing of it has happened its position moves all the same', async () => {
    const history = new History();
    await history.append(call('lead-1', 1));
    const first = await history.replay('rep', 'rep');
    await history.append(recorded('WebPageViewed', { leadId: 'lead-1' }));
    await history.archive();
    await history.look();
    expect(history.kept.get('rep')).toMatchObject({ number: 2, position: 1n, documents: first.documents, columns: first.columns });
    expect((await history.shown('replay_rep')).rows).toHaveLength(1);
  });

  it('one whose code fails is stopped with what it had, and the others go on', async () => {
    const history = new History();
    await history.append(recorded('WebPageViewed', { leadId: 'lead-1' }));
    await history.replay('broken', 'broken');
    await history.replay('lead', 'lead');
    await history.append(call('lead-9', 1));
    await history.archive();
    await history.look();
    await history.look();
    expect(history.kept.get('broken')).toMatchObject({
      number: 1,
      position: 0n,
      stopped: { error: 'the fold failed at CallCompleted at position 1, key "lead-9": TypeError: no such thing' },
    });
    expect(history.kept.get('lead')).toMatchObject({ number: 2, position: 1n });
    expect(history.warnings).toHaveLength(1);
    // Replayed again it is another generation, which nothing is known against.
    await history.replay('broken', 'lead');
    expect(history.kept.get('broken')).toMatchObject({ number: 2, code: 'lead' });
    expect(history.kept.get('broken').stopped).toBeUndefined();
  });

  it('what fails for another reason is tried again', async () => {
    const history = new History();
    await history.append(call('lead-1', 1));
    await history.replay('lead', 'lead');
    await history.append(call('lead-1', 2));
    await history.archive();
    await history.look(() => Promise.reject(new Error('disk full')));
    expect(history.warnings).toEqual(['the replay lead is waiting disk full']);
    await history.look();
    expect(history.kept.get('lead')).toMatchObject({ number: 2, position: 1n });
    expect(readdirSync(join(history.kept.folder, 'lead'))).toEqual(['1', '2']);
  });

  it('is made anew when the log is another one at its place', async () => {
    const history = new History();
    await history.append(call('lead-1', 1), call('lead-1', 2));
    const { folder: generation } = await history.replay('lead', 'lead');
    const path = join(generation, 'generation.json');
    fs.writeFileSync(path, fs.readFileSync(path, 'utf8').replace(/"lastEvent":"[^"]+"/, `"lastEvent":"${recorded('CallCompleted').id}"`));
    await history.append(call('lead-2', 3));
    await history.archive();
    let whole: boolean | undefined;
    await history.look(async (...args) => {
      const made = await history.run(...args);
      whole = made.whole;
      return made;
    });
    expect([whole, (await history.shown('replay_lead')).rows.length]).toEqual([true, 1]);
  });

  it('goes back to where the log ends that was restored from a backup', async () => {
    const history = new History();
    await history.append(call('lead-1', 1));
    await history.archive();
    const kept = await history.replay('lead', 'lead');
    const path = join(kept.folder, 'generation.json');
    fs.writeFileSync(path, fs.readFileSync(path, 'utf8').replace('"position":"0"', '"position":"7"'));
    await history.look();
    expect(history.kept.get('lead')).toMatchObject({ number: 2, position: 0n });
  });

  it('code that somebody else could have put there is not run', async () => {
    const history = new History();
    await history.append(call('lead-1', 1));
    const { folder: generation } = await history.replay('lead', 'lead');
    fs.chmodSync(join(generation, 'generation.json'), 0o666);
    await history.append(call('lead-1', 2));
    await history.archive();
    await history.look(() => Promise.reject(new Error('it was run')));
    expect(history.kept.get('lead')).toMatchObject({
      number: 1,
      stopped: {
        error: expect.stringMatching(
          /generation.json holds code, and belongs to user \d+ with mode 666; expected user \d+ or 0, and no write access for others/,
        ) as string,
      },
    });
  });

  it('dropped or replayed while it is folded, what comes of that is not kept', async () => {
    const history = new History();
    await history.append(call('lead-1', 1));
    await history.replay('lead', 'lead');
    await history.replay('rep', 'rep');
    await history.append(call('lead-1', 2));
    await history.archive();
    await history.look(async (code, ...rest) => {
      const made = await history.run(code, ...rest);
      if (code === 'lead') history.kept.drop('lead');
      else {
        history.kept.drop('rep');
        await history.replay('rep', 'category');
      }
      return made;
    });
    expect(existsSync(join(history.kept.folder, 'lead'))).toBe(false);
    expect(history.kept.get('rep')).toMatchObject({ number: 1, code: 'category' });
    expect(history.warnings).toEqual([]);
  });

  it('a log without events can be kept live too', async () => {
    const history = new History();
    expect(await history.replay('lead', 'lead')).toMatchObject({ position: START, documents: 0 });
    await history.look();
    await history.append(call('lead-1', 1));
    await history.archive();
    await history.look();
    expect((await history.shown('replay_lead')).rows).toHaveLength(1);
  });
});
