import Database from 'better-sqlite3';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { decode } from '@leadlog/events';
import { asAppend, recorded } from '@leadlog/events/recorded.testing';
import { leadsProjection } from '@leadlog/lead';
import type { LeadState } from '@leadlog/lead';
import { ERASING, erasureOfPerson } from '@leadlog/lead/erasure/erasures';
import { requestErasure } from '@leadlog/lead/erasure/request-erasure';
import { identityOf, identityStreams } from '@leadlog/lead/who-is-who/identity';
import { sealClearEvents, sealedIn } from '@leadlog/personal/sqlite/seal-clear-events';
import { fromCode, LiveReadModels, ProjectionEngine } from '@leadlog/projections';
import { Random } from '@leadlog/simulation';
import { openBackends, type Backends } from '../setup/backends';
import { dataFiles } from '../setup/data-folder';
import { namesOf } from '../setup/personal-keys';
import { readSettings } from '../setup/settings';
import { overwriteClearEvents } from './clear-events';
import { destroyKeysAgain, erasures } from './erasures';

const NAME = 'Aoyama-Haruka';
const LEADS = ['lead-1', 'lead-2'];
const QUEUE = 'webhooks.sfa';
/** Boundaries that are tried, of all; `ERASURE_KILLS=all` tries each. */
const KILLS = 6;
const SEED = 20261129;
/** What changes something that stays, of all that an erasure is done with. */
const CHANGES = ['append', 'appendMany', 'destroy', 'rewrite', 'scrub', 'enqueue', 'saveRegistry', 'dropPersonalAnswers', 'overwriteLog'];

const folder = mkdtempSync(join(tmpdir(), 'leadlog-killed-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

class Killed extends Error {}

/** Counts the changes, and ends the program before (even) or after (odd) one of them: whatever it was about to do is never done. */
class Boundaries {
  passed = 0;
  private isDead = false;

  constructor(private readonly killAt = Infinity) {}

  around<T extends object>(of: T): T {
    return new Proxy(of, {
      get: (target, name) => {
        const member = (target as Record<string | symbol, unknown>)[name];
        if (typeof member !== 'function') return member;
        const called = (member as (...args: unknown[]) => unknown).bind(target);
        return CHANGES.includes(String(name)) ? (...args: unknown[]) => this.pass(() => called(...args)) : called;
      },
    });
  }

  private async pass(change: () => unknown): Promise<unknown> {
    this.boundary();
    const changed = await change();
    this.boundary();
    return changed;
  }

  private boundary(): void {
    if (this.isDead || this.passed === this.killAt) {
      this.isDead = true;
      throw new Killed();
    }
    this.passed += 1;
  }
}

interface Program {
  backends: Backends;
  readModels: LiveReadModels;
  folded(): Promise<void>;
  overwriteLog(): Promise<boolean>;
  end(): Promise<void>;
}

async function started(data: string): Promise<Program> {
  const settings = readSettings({ LEADLOG_DATA: data });
  const backends = await openBackends(settings);
  await destroyKeysAgain(backends, Date.now);
  const { log, store } = backends;
  const source = fromCode(leadsProjection({ timezone: 'Asia/Tokyo' }));
  const engine = new ProjectionEngine({ log, store, sources: [source], decode, clock: Date.now });
  await engine.start();
  const readModels = new LiveReadModels(store);
  return {
    backends,
    readModels,
    folded: async () => readModels.reached(['leads'], await log.head(), 300_000),
    overwriteLog: () => overwriteClearEvents(settings),
    end: async () => {
      await engine.stop();
      await backends.close();
    },
  };
}

/**
 * One person in two leads, with a deal, addresses and a delivery that waits, who asked something before there were keys: it has been sealed, and
 * the file still holds it in clear. Asked to be forgotten.
 */
async function asked(data: string): Promise<void> {
  const { backends, readModels, folded, end } = await started(data);
  const { log, storedLog, jobs, keys } = backends;
  await storedLog.appendMany([asAppend(recorded('InquiryReceived', { leadId: 'lead-1', text: `${NAME} asked `.repeat(1_000) }))]);
  const { log: file } = dataFiles(data);
  await sealClearEvents(file, keys!, { onLeft: () => undefined });
  // As where there was no room to write the file anew.
  const raw = new Database(file);
  raw.exec(`CREATE TABLE unused(text TEXT); INSERT INTO unused VALUES ('${`${NAME} asked `.repeat(1_000)}'); DROP TABLE unused`);
  raw.exec('UPDATE rewritings SET remains = 1');
  raw.close();
  const names = namesOf(keys);
  for (const leadId of LEADS) {
    const email = `${NAME}.${leadId}@minato.example`;
    for (const event of [
      recorded('LeadCaptured', { leadId, profile: { name: NAME, email } }),
      recorded('IdentityClaimed', { leadId, identity: { email } }, { stream: identityStreams(names, identityOf({ email }))[0]! }),
      recorded('InquiryReceived', { leadId, text: `${NAME} asks` }),
    ])
      await log.appendMany([asAppend(event)]);
  }
  for (const event of [
    recorded('DealOpened', { leadId: 'lead-1', dealId: 'd-1' }),
    recorded('LeadsMerged', { leadId: 'lead-2', survivorId: 'lead-1', mergedId: 'lead-2' }),
  ])
    await log.appendMany([asAppend(event)]);
  await jobs.enqueue([
    {
      id: 'told',
      queue: QUEUE,
      payload: {
        id: 'told',
        data: { handoff: { handoffId: 'lead-1.1' }, event: { leadId: 'lead-1', dossier: { profile: { name: NAME } } } },
      },
    },
  ]);
  await folded();
  await requestErasure(log, await readModels.view('leads'), names, { leadId: 'lead-1', requestId: 'dsr-1', now: 0 });
  await folded();
  await end();
}

/** Until nothing is left to do, or the program is dead. */
async function erasing({ backends, readModels, folded, overwriteLog }: Program, boundaries: Boundaries): Promise<void> {
  const parts = boundaries.around({ dropPersonalAnswers: () => Promise.resolve(), overwriteLog });
  const wrapped = Object.fromEntries(
    Object.entries(backends).map(([name, part]) => [
      name,
      typeof part === 'object' && part !== null ? boundaries.around(part as object) : part,
    ]),
  ) as unknown as Backends;
  const [reaction] = erasures(wrapped, { decidedBy: () => undefined }, Date.now, parts);
  for (;;) {
    await folded();
    const view = await readModels.view('leads');
    const [next] = await view.list(ERASING);
    if (!next) return;
    await reaction!.react(next.key, next.rank, view);
    await sleep(1);
  }
}

const filesWith = (data: string, text: string) => readdirSync(data).filter((name) => readFileSync(join(data, name)).includes(text));

/** What is left once it is done, wherever it was killed. */
async function left({ backends, readModels }: Program) {
  const view = await readModels.view('leads');
  const { erasures: known } = (await view.get<LeadState>('lead-1'))!;
  const counts: Record<string, number> = {};
  for await (const { events } of backends.storedLog.read())
    for (const { type, stream } of events) counts[`${type} ${stream}`] = (counts[`${type} ${stream}`] ?? 0) + 1;
  const erasure = erasureOfPerson(known, await view.family('lead-1'))!;
  return { counts, state: erasure.state, leadIds: erasure.leadIds, jobs: await backends.jobs.list(QUEUE, 'waiting') };
}

describe('an erasure that is killed at a boundary between two of its steps', () => {
  const original = join(folder, 'original');
  let boundaries = 0;
  let expected: Awaited<ReturnType<typeof left>>;
  beforeAll(async () => {
    await asked(original);
    expect(filesWith(original, NAME)).toContain('event-log.db');
    expect(sealedIn(dataFiles(original).log)).toMatchObject({ remains: true });
    const data = join(folder, 'whole');
    cpSync(original, data, { recursive: true });
    const program = await started(data);
    const all = new Boundaries();
    await erasing(program, all);
    expected = await left(program);
    await program.end();
    boundaries = all.passed;
    expect(expected).toMatchObject({ state: 'completed', leadIds: LEADS });
    expect(filesWith(data, NAME)).toEqual([]);
  });

  it('says that the file of the log still holds what it held, where there is no room to write it anew', async () => {
    const data = join(folder, 'full');
    cpSync(original, data, { recursive: true });
    const program = await started(data);
    await erasing({ ...program, overwriteLog: () => Promise.resolve(false) }, new Boundaries());
    const view = await program.readModels.view('leads');
    const { erasures: known } = (await view.get<LeadState>('lead-1'))!;
    expect(erasureOfPerson(known, LEADS)).toMatchObject({ state: 'completed', notRewritten: ['log'] });
    await program.end();
    expect(filesWith(data, NAME)).toEqual(['event-log.db']);
  });

  it('goes on at the next start, and comes to the same: nothing is undone, recorded twice or left', async () => {
    // Destroy, streams of the person, purge, completed: each before and after.
    expect(boundaries).toBeGreaterThan(15);
    const random = new Random(SEED);
    const every = Array.from({ length: boundaries }, (_, at) => at);
    const tried = process.env.ERASURE_KILLS === 'all' ? every : Array.from({ length: KILLS }, () => Math.floor(random.next() * boundaries));
    for (const at of tried) {
      const data = join(folder, `killed-${at}`);
      cpSync(original, data, { recursive: true });
      const killed = await started(data);
      await expect(erasing(killed, new Boundaries(at))).rejects.toThrow(Killed);
      await killed.end();
      const next = await started(data);
      await erasing(next, new Boundaries());
      const is = await left(next);
      await next.end();
      expect([at, is]).toEqual([at, expected]);
      expect([at, filesWith(data, NAME)]).toEqual([at, []]);
      rmSync(data, { recursive: true });
    }
  });
});
