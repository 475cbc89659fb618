import { execFile } from 'node:child_process';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { ArchiveFiles, throughOf } from '@leadlog/archive';
import { keptForm, replaysOf, type PartTask } from '@leadlog/replays';
import { Random } from '@leadlog/simulation';
import type { SqlAnswer } from '@leadlog/sql';
import type * as live from '../../apps/children/replay/live';
import { environmentOf, getJson, postJson, settingsOf, startEngine, temporaryFolder, type EngineProcess } from '../support/engine-process';
import { OWNED } from '../support/owner-key';
import { historyLines, sendStream } from '../support/sent-lines.testing';

const KILLS = Number(process.env.REPLAY_KILLS ?? 2);
const SEED = Number(process.env.CRASH_SEED ?? 20261125);
// The program that was built: its threads and processes are files of it.
const { liveReplaysOn } = jest.requireActual<typeof live>(resolve(process.cwd(), 'dist/apps/children/replay/live.js'));

const SEEN = `
  import type { ReplayReport } from '@leadlog/replays';
  interface State { events: number; last: number; kinds: Map<string, number> }
  export default {
    name: 'seen', handles: ['WebPageViewed', 'EmailLinkClicked', 'CallCompleted'], key: 'lead',
    initial: (): State => ({ events: 0, last: 0, kinds: new Map() }),
    evolve(state, { type, position }) {
      state.events += 1;
      state.last = position;
      state.kinds.set(type, (state.kinds.get(type) ?? 0) + 1);
      return state;
    },
    row: ({ events, last, kinds }) => ({ events, last, ...Object.fromEntries(kinds) }),
  } satisfies ReplayReport<State>;`;

describe('replays that are kept, with the started engine', () => {
  const { folder, remove } = temporaryFolder();
  const files = new ArchiveFiles(join(folder, 'archive'));
  const kept = replaysOf(files);
  const random = new Random(SEED);
  let engine: EngineProcess;
  beforeAll(async () => {
    engine = await startEngine(folder, { LEADLOG_ARCHIVE_SECONDS: '1' });
    writeFileSync(join(folder, 'seen.ts'), SEEN);
  });
  afterAll(async () => {
    await engine?.stop();
    remove();
  });

  /** The command line as another process; answers both of its outputs, or throws with them. */
  const leadlog = (...args: string[]) =>
    promisify(execFile)(process.execPath, ['bin/leadlog', ...args, '--url', engine.url], {
      env: { ...process.env, ...environmentOf(folder), ...OWNED, LEADLOG_LOG_LEVEL: 'error', COLUMNS: '400' },
    });
  const failure = async (...args: string[]): Promise<string> =>
    (
      await leadlog(...args).then(
        () => ({ stderr: 'it did not fail' }),
        (error: { stderr: string }) => error,
      )
    ).stderr;
  const file = (name: string) => join(folder, name);
  const sql = async (text: string, more: object = {}) =>
    (await postJson<SqlAnswer & { detail: string }>(`${engine.url}/v1/sql`, { sql: text, ...more })).body;
  const send = (type: string, id: string, subject: string, data: object) =>
    postJson<{ position: string; eventId: string }>(
      `${engine.url}/v1/events`,
      { specversion: '1.0', id, source: '/e2e', type, subject, time: new Date().toISOString(), data },
      'application/cloudevents+json',
    );
  const view = (id: string, lead: string) => send('WebPageViewed', id, lead, { url: 'https://www.leadlog.example/', category: 'price' });
  const headOf = async () => BigInt((await getJson<{ position: string }>(`${engine.url}/v1/log/head`)).position);
  /** The replay stands where the log does. */
  const followed = async (name: string) => {
    for (;;) {
      const head = await headOf();
      const { position, stopped } = kept.get(name);
      if (stopped) throw new Error(stopped.error);
      if (position >= head) return;
      await sleep(50);
    }
  };
  const rowsOf = async (name: string) => {
    const { columns, rows } = await sql(`SELECT * FROM ${name} ORDER BY key`, { limit: 100_000 });
    return { columns, rows };
  };

  it(`killed ${KILLS} times while it is kept live, a replay is what one from the start would be`, async () => {
    // Of two merges that contradict each other, those of the history and those by chance below, the second is refused.
    const lines = historyLines(SEED, 1_500, 100).map((line) => ({ ...line, mayBeRefused: line.text.includes('LeadsMerged') }));
    await sendStream(engine.url, lines.slice(0, 300));
    expect((await leadlog('replay', file('seen.ts'), '--live')).stderr).toMatch(
      /seen is kept as generation 1 and goes on live: \d+ rows from \d+ events in .* s, as of position \d+\. Ask it with: leadlog sql 'SELECT \* FROM replay_seen'/,
    );
    const size = Math.ceil((lines.length - 300) / KILLS);
    for (let at = 300; at < lines.length; at += size) {
      await sendStream(engine.url, lines.slice(at, at + size));
      const { rows } = await sql('SELECT lead FROM leads ORDER BY lead LIMIT 40 OFFSET 5');
      const [a, b, c] = [0, 1, 2].map(() => rows![Math.floor(random.next() * rows!.length)]![0] as string);
      const page = await view(`page-${at}`, c!);
      await send('TouchpointInvalidated', `void-${at}`, c!, { targetEventId: page.body.eventId, reason: 'bot' });
      if (a !== b) await postJson(`${engine.url}/v1/leads/${a}/merge`, { mergedId: b });
      await sleep(random.next() * 4_000);
      await engine.kill();
      engine = await startEngine(folder, { LEADLOG_ARCHIVE_SECONDS: '1' });
    }
    await view('last', 'lead-last');
    await followed('seen');
    await leadlog('replay', file('seen.ts'), '--keep', 'seen-fresh');
    // What the engine has decided meanwhile is no event that the report handles.
    expect(await rowsOf('replay_seen')).toEqual(await rowsOf('replay_seen_fresh'));
    expect(kept.get('seen').number).toBeGreaterThan(1);
  });

  it('is a view among the others, which moves as events come and says up to where it has seen them', async () => {
    const count = async () => (await sql("SELECT events FROM replay_seen WHERE key = 'lead-moves'")).rows![0]?.[0];
    expect(await count()).toBeUndefined();
    await view('moves-1', 'lead-moves');
    await followed('seen');
    expect(await count()).toBe(1);
    const answer = await sql('SELECT count(*) FROM replay_seen');
    expect(BigInt(answer.replays!['replay_seen']!)).toBeGreaterThanOrEqual(0n);
    expect(Object.keys(answer.replays!)).toEqual(['replay_seen']);
    expect((await sql('SELECT count(*) FROM leads')).replays).toBeUndefined();
    expect((await leadlog('sql', '--describe')).stdout).toMatch(
      /replay_seen .* a key of the replay seen \(seen\.ts\), \d+ in all, as of position \d+, made .*, kept live/,
    );
    expect((await leadlog('sql', '--describe', 'replay_seen')).stdout).toMatch(
      /key +│ key: a value of the column lead [^]*events +│ the member events of the row, as BIGINT/,
    );
    expect((await leadlog('replay', 'list')).stdout).toMatch(/seen .*replay_seen .*seen\.ts .*all .*live/);
    expect((await sql('SELECT * FROM replay_seen', { asOf: new Date().toISOString() })).detail).toMatch(
      /replay_seen is a kept replay, which shows only what was known at position \d+/,
    );
    expect((await sql('SELECT * FROM replay_other')).detail).toMatch(/there is no view replay_other; the nearest is replay_seen/);
  });

  it('one whose code fails is stopped and says at which event; the others go on', async () => {
    writeFileSync(
      file('fails.ts'),
      SEEN.replace(
        'state.events += 1;',
        "if (type === 'WebPageViewed' && position > 0 && data.url.endsWith('poison')) data.none.member;",
      ).replace('{ type, position }', '{ type, position, data }'),
    );
    await leadlog('replay', file('fails.ts'), '--live');
    const { body } = await send('WebPageViewed', 'poison', 'lead-poison', { url: 'https://www.leadlog.example/poison', category: 'price' });
    await followed('seen');
    while (!kept.get('fails').stopped) await sleep(50);
    expect(kept.get('fails').stopped!.error).toBe(
      `the fold failed at WebPageViewed at position ${body.position}, key "lead-poison": TypeError: Cannot read properties of undefined (reading 'member') (line 8)`,
    );
    await view('after-poison', 'lead-poison');
    await followed('seen');
    expect((await leadlog('replay', 'list')).stdout).toMatch(/fails .* stopped .* ago: the fold failed at WebPageViewed/);
    // What it had can still be asked; fixed and replayed, it goes on.
    expect((await sql('SELECT count(*) FROM replay_fails')).rowCount).toBe(1);
    await leadlog('replay', file('seen.ts'), '--keep', 'fails', '--live');
    await view('fixed', 'lead-poison');
    await followed('fails');
  });

  it('dropped it is gone, with its view', async () => {
    await leadlog('replay', 'drop', 'seen');
    expect((await sql('SELECT * FROM replay_seen')).detail).toContain('there is no view replay_seen');
    await view('after-drop', 'lead-moves');
    await followed('fails');
    expect(existsSync(join(kept.folder, 'seen'))).toBe(false);
    expect(readdirSync(kept.folder).filter((name) => name.startsWith('.'))).toEqual([]);
    expect(await failure('replay', 'drop', 'seen')).toContain('expected a kept replay: one of ');
  });

  it('says what is wrong with a file or a name, and keeps nothing of it', async () => {
    const before = kept.all().length;
    const replayed = (name: string, text: string, ...more: string[]) => {
      writeFileSync(file(name), text);
      return failure('replay', file(name), '--keep', 'wrong', ...more);
    };
    const report = (rest: string) => `export default { name: 'x', handles: ['WebPageViewed'], key: 'lead', initial: () => ({}), ${rest} };`;
    expect(await failure('replay', file('seen.ts'), '--keep', 'calls')).toContain('calls is already a view of SQL');
    expect(await failure('replay', file('seen.ts'), '--keep', 'Größe_1')).toContain(
      'expected a name of lower-case letters, digits and single hyphens between them, such as reach-by-rep, at most 50 long; got "Größe_1"',
    );
    expect(await failure('replay', 'lst')).toContain('expected a file that can be read, or one of list, show, drop, got "lst" (ENOENT)');
    expect(await failure('replay', 'show', 'nothing')).toContain('expected a kept replay: one of ');
    expect(await replayed('broken.ts', 'export default { name: "x"')).toMatch(
      /broken\.ts is no TypeScript that can be run as it stands: .*\(1:27\)/,
    );
    expect(await replayed('broken.mjs', 'export default {')).toContain('broken.mjs is no JavaScript that can be run as it stands');
    expect(await replayed('no-fold.ts', report(''))).toContain(
      'the report cannot fold; expected functions initial(key) and evolve(state, event)',
    );
    expect(await replayed('top.ts', '\nnot.there;')).toContain('the report cannot be loaded: ReferenceError: not is not defined (line 2)');
    expect(await replayed('nothing.ts', report('evolve: () => undefined'))).toMatch(
      /the fold failed at WebPageViewed at position \d+, key "[^"]+": it returned nothing; expected the state/,
    );
    expect(await replayed('async.ts', report('async evolve(state) { return state; }'))).toContain(
      'the report has an async evolve; expected synchronous functions',
    );
    expect(await replayed('row.ts', report('evolve: (state) => state, row: () => { throw new RangeError("no"); }'))).toMatch(
      /row failed for the key "[^"]+": RangeError: no \(line 1\)/,
    );
    expect(await replayed('json.ts', report('evolve: (state) => state, row: () => ({ big: 1n })'))).toMatch(
      /the row of the report for the key "[^"]+" cannot be written as JSON: TypeError: /,
    );
    const withClass = `class Tally {}\n${report('evolve: (state) => ({ tallies: [new Tally()] })')}`;
    expect(await replayed('class.ts', withClass, '--live')).toMatch(
      /the state of the key "[^"]+" cannot be stored: the state\.tallies\.0 is an object of the class Tally/,
    );
    expect(kept.all()).toHaveLength(before);
    expect(readdirSync(join(kept.folder, 'wrong'))).toEqual([]);
  });

  describe('code that does not end', () => {
    beforeAll(async () => {
      await view('archived', 'lead-archived');
      const head = await headOf();
      for (let manifest = files.read(); manifest === undefined || throughOf(manifest) < head; manifest = files.read()) await sleep(50);
    });
    const task = (): PartTask => ({
      span: { until: throughOf(files.read()!) },
      part: 0,
      parts: 1,
      file: join(folder, 'archive', 'part.parquet'),
      live: true,
    });
    const run = (evolve: string, { patienceMs = 120_000, signal = new AbortController().signal } = {}) =>
      liveReplaysOn(settingsOf(folder), patienceMs)(
        `export default { name: 'x', handles: ['WebPageViewed'], key: 'lead', initial: () => ({}), evolve(state) { ${evolve} return state; } };`,
        task(),
        signal,
      );

    it('is stopped after its time, at its limit of memory, and when nobody waits for it', async () => {
      await expect(run('')).resolves.toMatchObject({ key: 'lead', whole: true });
      await expect(run('for (;;);', { patienceMs: 3_000 })).rejects.toMatchObject({
        name: 'ReplayStopped',
        message: 'its code did not come back for 3 s, so it was stopped; does a loop in it end?',
      });
      // In large pieces: near its limit, one small one after another is looked for with ever more of the time.
      await expect(run('const kept = []; for (;;) kept.push(new Array(1_000_000).fill(kept.length));')).rejects.toMatchObject({
        name: 'ReplayStopped',
        message: expect.stringContaining('it needs more memory than there is for a thread (1024 MiB)') as string,
      });
      await expect(run('process.exit(7);')).rejects.toMatchObject({
        name: 'ReplayStopped',
        message: 'its code ended the thread with 7 before it was through',
      });
      const leaving = new AbortController();
      setTimeout(() => leaving.abort(), 500);
      await expect(run('for (;;);', { signal: leaving.signal })).rejects.toMatchObject({ name: 'AbortError' });
    });

    it('has not the secrets that are in the environment of the worker', async () => {
      process.env.E2E_SECRET = 'secret';
      await expect(run("if (process.env.E2E_SECRET) throw new Error('it sees it');")).resolves.toBeDefined();
      expect(keptForm('Asia/Tokyo')).toContain(process.versions.v8);
    });
  });
});
