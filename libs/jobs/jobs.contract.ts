import { GiveUp, TryLater, type Job, type JobRecord, type Jobs, type QueuePolicy } from './jobs';

export interface JobsUnderTest {
  jobs: Jobs;
  /** The same data as another process would open it, also after the first was closed. */
  another(): Promise<Jobs>;
  /** Makes the lease of an active job lapse, as if its worker had hung for longer than that. */
  expireLease(queue: string, id: string): Promise<void>;
  end(): Promise<void>;
}

/** What every jobs adapter promises; the names of the tests are the specification. Runs on a real clock. */
export function jobsContract(name: string, open: () => Promise<JobsUnderTest>): void {
  describe(`jobs: ${name}`, () => {
    let under: JobsUnderTest;
    let jobs: Jobs;
    beforeEach(async () => {
      under = await open();
      jobs = under.jobs;
    });
    afterEach(() => under.end());

    const add = (...ids: string[]) => jobs.enqueue(ids.map((id) => ({ id, queue: 'q', payload: { id } })));
    const reaches = (id: string, fits: (record: JobRecord) => boolean, from = jobs) =>
      until(async () => {
        const record = await from.get('q', id);
        return record && fits(record) ? record : undefined;
      });
    const ends = (id: string, from = jobs) => reaches(id, ({ state }) => state === 'done' || state === 'dead', from);

    describe('enqueuing', () => {
      it('answers false for an id that is waiting, active, done or dead, and runs it once', async () => {
        const gate = new Gate();
        let runs = 0;
        expect(await add('a')).toEqual([true]);
        expect(await add('a', 'b', 'b')).toEqual([false, true, false]);
        jobs.work<{ id: string }>('q', async ({ id }) => {
          if (id === 'b') throw new GiveUp('no');
          runs += 1;
          await gate.opened;
        });
        await reaches('a', ({ state }) => state === 'active');
        expect(await add('a')).toEqual([false]);
        gate.open();
        await Promise.all([ends('a'), ends('b')]);
        expect(await add('a', 'b')).toEqual([false, false]);
        await add('last');
        await ends('last');
        expect(runs).toBe(2);
        expect(await jobs.get('q', 'b')).toMatchObject({ state: 'dead', attempts: 1 });
      });

      it('lets one of two processes win an id', async () => {
        const other = await under.another();
        const request = [{ id: 'a', queue: 'q', payload: 1 }];
        const [[first], [second]] = (await Promise.all([jobs.enqueue(request), other.enqueue(request)])) as [[boolean], [boolean]];
        expect([first, second].sort()).toEqual([false, true]);
      });

      it('keeps the same id in two queues apart', async () => {
        expect(
          await jobs.enqueue([
            { id: 'a', queue: 'q', payload: 1 },
            { id: 'a', queue: 'r', payload: 2 },
          ]),
        ).toEqual([true, true]);
        expect((await jobs.get('r', 'a'))?.payload).toBe(2);
      });

      it('is durable when it resolves', async () => {
        await add('a');
        await jobs.close();
        const again = await under.another();
        expect(await again.get('q', 'a')).toMatchObject({ state: 'waiting', payload: { id: 'a' } });
        expect(await again.enqueue([{ id: 'a', queue: 'q', payload: 0 }])).toEqual([false]);
      });

      it('gives the payload to the handler exactly as it was', async () => {
        const payload = {
          会社: '株式会社テスト 🏢',
          text: 'a\u0000b "\\ \u2028',
          list: [1.5, -0.1, null, true, 1e21],
          nested: { 髙: '𠮷野' },
        };
        await jobs.enqueue([{ id: '商談/1', queue: 'q', payload }]);
        const seen: Job[] = [];
        jobs.work('q', async (job) => void seen.push(job));
        expect((await ends('商談/1')).payload).toEqual(payload);
        expect(seen).toMatchObject([{ id: '商談/1', queue: 'q', attempt: 1, payload }]);
      });

      it('gives along what the enqueuing is a part of, at every try', async () => {
        const trace = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
        const seen: unknown[] = [];
        await jobs.enqueue([
          { id: 'a', queue: 'q', payload: 1, trace },
          { id: 'b', queue: 'q', payload: 1 },
        ]);
        jobs.work(
          'q',
          async (job) => {
            seen.push([job.id, job.attempt, job.trace]);
            if (job.id === 'a' && job.attempt === 1) throw new Error('once more');
          },
          { concurrency: 1, backoff: { firstMs: 1, maxMs: 1 } },
        );
        await Promise.all([ends('a'), ends('b')]);
        expect(seen.sort()).toEqual([
          ['a', 1, trace],
          ['a', 2, trace],
          ['b', 1, undefined],
        ]);
      });

      it('does nothing for an empty list', async () => {
        expect(await jobs.enqueue([])).toEqual([]);
      });

      it('counts those that are not due yet among the waiting ones', async () => {
        await jobs.enqueue([
          { id: 'now', queue: 'q', payload: 1 },
          { id: 'tomorrow', queue: 'q', payload: 1, delayMs: 86_400_000 },
        ]);
        expect(await jobs.counts('q')).toEqual({ waiting: 2, active: 0, done: 0, dead: 0, delayed: 1 });
      });

      it('names every queue that holds a job, also to another process', async () => {
        expect(await jobs.queues()).toEqual([]);
        await jobs.enqueue(['web.b', 'a', '見積', 'a'].map((queue, n) => ({ id: `${n}`, queue, payload: n })));
        expect(await jobs.queues()).toEqual(['a', 'web.b', '見積']);
        expect(await (await under.another()).queues()).toEqual(['a', 'web.b', '見積']);
      });
    });

    describe('when jobs run', () => {
      it('starts a job that is added while the worker is idle, also by another process', async () => {
        const other = await under.another();
        jobs.work('q', async () => undefined);
        await add('a');
        await ends('a');
        await other.enqueue([{ id: 'b', queue: 'q', payload: 1 }]);
        expect((await ends('b')).state).toBe('done');
      });

      it('starts them in the order in which they fall due', async () => {
        const started: string[] = [];
        const late = { queue: 'q', payload: 0 };
        await jobs.enqueue([
          { id: 'third', delayMs: 80, ...late },
          { id: 'first', ...late },
          { id: 'fourth', delayMs: 120, ...late },
          { id: 'second', ...late },
        ]);
        jobs.work('q', async ({ id }) => void started.push(id), { concurrency: 1 });
        await ends('fourth');
        expect(started).toEqual(['first', 'second', 'third', 'fourth']);
      });

      it('starts none before its delay is over', async () => {
        const asked = Date.now();
        let started = 0;
        jobs.work('q', async () => void (started = Date.now()));
        await jobs.enqueue([{ id: 'a', queue: 'q', payload: 1, delayMs: 120 }]);
        expect((await jobs.get('q', 'a'))!.dueAt).toBeGreaterThanOrEqual(asked + 120);
        await ends('a');
        expect(started).toBeGreaterThanOrEqual(asked + 120);
      });

      it('runs as many at once as the concurrency says, not one more', async () => {
        const gates: Gate[] = [];
        let most = 0;
        let running = 0;
        jobs.work(
          'q',
          async () => {
            most = Math.max(most, ++running);
            const gate = new Gate();
            gates.push(gate);
            await gate.opened;
            running -= 1;
          },
          { concurrency: 3 },
        );
        await add('a', 'b', 'c', 'd', 'e', 'f', 'g');
        for (let ended = 0; ended < 7; ended += 1) {
          await until(() => Promise.resolve(gates[ended] && running === Math.min(3, 7 - ended) ? true : undefined));
          gates[ended]!.open();
        }
        await until(async () => ((await jobs.counts('q')).done === 7 ? true : undefined));
        expect(most).toBe(3);
      });

      it('keeps jobs of a queue without a handler, visibly waiting', async () => {
        jobs.work('other', async () => undefined);
        await add('a');
        await jobs.enqueue([{ id: 'x', queue: 'other', payload: 1 }]);
        await until(async () => ((await jobs.counts('other')).done === 1 ? true : undefined));
        expect(await jobs.counts('q')).toEqual({ waiting: 1, active: 0, done: 0, dead: 0, delayed: 0 });
      });

      it('gives every job to one of two workers in two processes', async () => {
        const runs: string[] = [];
        const other = await under.another();
        for (const one of [jobs, other]) one.work('q', async ({ id }) => void runs.push(id));
        const ids = Array.from({ length: 40 }, (_, index) => `j${index}`);
        await add(...ids);
        await until(async () => ((await jobs.counts('q')).done === 40 ? true : undefined));
        expect(runs.sort()).toEqual(ids.sort());
      });
    });

    describe('failing', () => {
      it('tries again with a back-off that doubles, at least half of it certain, and counts the tries', async () => {
        const tries: { attempt: number; thrownAt: number; dueAt: number }[] = [];
        await add('a');
        jobs.work(
          'q',
          async ({ id, attempt }) => {
            const { dueAt } = (await jobs.get('q', id))!;
            tries.push({ attempt, dueAt, thrownAt: Date.now() });
            if (attempt < 4) throw new Error('not yet');
          },
          { backoff: { firstMs: 40, maxMs: 60_000 } },
        );
        expect(await ends('a')).toMatchObject({ state: 'done', attempts: 4 });
        expect(tries.map(({ attempt }) => attempt)).toEqual([1, 2, 3, 4]);
        for (const [n, wait] of [
          [1, 40],
          [2, 80],
          [3, 160],
        ] as const)
          expect(tries[n]!.dueAt).toBeGreaterThanOrEqual(tries[n - 1]!.thrownAt + wait / 2);
      });

      it('waits no longer than the back-off says, never longer than its most', async () => {
        jobs.work('q', () => Promise.reject(new Error('down')), { backoff: { firstMs: 500_000, maxMs: 100_000 } });
        const before = Date.now();
        await add('a');
        const { dueAt, lastError } = await reaches('a', ({ state, attempts }) => state === 'waiting' && attempts === 1);
        expect(dueAt).toBeGreaterThanOrEqual(before + 50_000);
        expect(dueAt).toBeLessThanOrEqual(Date.now() + 100_000);
        expect(lastError).toContain('down');
      });

      it('waits at least as long as TryLater asks for', async () => {
        jobs.work('q', () => Promise.reject(new TryLater('busy', 90_000)), { backoff: { firstMs: 1, maxMs: 1 } });
        const before = Date.now();
        await add('a');
        expect((await reaches('a', ({ state, attempts }) => state === 'waiting' && attempts === 1)).dueAt).toBeGreaterThanOrEqual(
          before + 90_000,
        );
      });

      it('puts a job that gives up to the dead letters at once', async () => {
        jobs.work('q', () => Promise.reject(new GiveUp('404 for good')));
        await add('a');
        expect(await ends('a')).toMatchObject({ state: 'dead', attempts: 1, lastError: '404 for good' });
      });

      it('puts a job whose tries are used up to the dead letters, with the last error', async () => {
        jobs.work('q', ({ attempt }) => Promise.reject(new Error(`try ${attempt} failed 失敗`)), {
          attempts: 3,
          backoff: { firstMs: 1, maxMs: 2 },
        });
        await add('a');
        expect(await ends('a')).toMatchObject({
          state: 'dead',
          attempts: 3,
          lastError: 'try 3 failed 失敗',
          finishedAt: expect.any(Number),
        });
        expect((await jobs.list('q', 'dead')).map(({ id }) => id)).toEqual(['a']);
      });

      it('redrives a dead job with its tries counted anew, and nothing else', async () => {
        const attempts: number[] = [];
        let broken = true;
        jobs.work(
          'q',
          async ({ attempt }) => {
            attempts.push(attempt);
            if (broken) throw new Error('broken');
          },
          { attempts: 2, backoff: { firstMs: 1, maxMs: 1 } },
        );
        await add('a');
        await ends('a');
        broken = false;
        expect(await jobs.redrive('q', 'a')).toBe(true);
        await reaches('a', ({ state }) => state === 'done');
        expect(attempts).toEqual([1, 2, 1]);
        expect(await jobs.redrive('q', 'a')).toBe(false);
        expect(await jobs.redrive('q', 'none')).toBe(false);
      });
    });

    describe('what the jobs need is away for a while', () => {
      it('loses none and runs none again that has ended, over two workers, one of which is replaced meanwhile', async () => {
        const ids = Array.from({ length: 25 }, (_, index) => `j${index}`);
        const policy: QueuePolicy = { attempts: 1_000, backoff: { firstMs: 2, maxMs: 20 }, leaseMs: 5_000 };
        let failures = 0;
        const done: string[] = [];
        const handler = async ({ id }: Job): Promise<void> => {
          if (failures < 150) {
            failures += 1;
            throw new Error('down');
          }
          done.push(id);
        };
        const other = await under.another();
        jobs.work('q', handler, policy);
        const replaced = other.work('q', handler, policy);
        await add(...ids);
        await until(() => Promise.resolve(failures >= 60 ? true : undefined));
        await replaced.stop();
        other.work('q', handler, policy);
        await until(async () => ((await jobs.counts('q')).done === ids.length ? true : undefined));
        expect(done.sort()).toEqual([...ids].sort());
        expect(await jobs.counts('q')).toEqual({ waiting: 0, active: 0, done: ids.length, dead: 0, delayed: 0 });
      });
    });

    describe('rate limits', () => {
      const policy: QueuePolicy = { concurrency: 20, rateLimit: { max: 2, perMs: 250, key: ({ to }: { to: string }) => to } };

      it('starts no more than allowed for a key within the time', async () => {
        const starts: number[] = [];
        await jobs.enqueue(['a', 'b', 'c', 'd', 'e'].map((id) => ({ id, queue: 'q', payload: { to: 'x' } })));
        jobs.work('q', async () => void starts.push(Date.now()), policy);
        await until(async () => ((await jobs.counts('q')).done === 5 ? true : undefined));
        // Windows open with the first start; the fifth job is in the third.
        expect(starts[4]! - starts[0]!).toBeGreaterThanOrEqual(2 * 250 - 50);
      });

      it('never lets one key hold up another', async () => {
        await jobs.enqueue(Array.from({ length: 30 }, (_, index) => ({ id: `x${index}`, queue: 'q', payload: { to: 'x' } })));
        await jobs.enqueue([{ id: 'y', queue: 'q', payload: { to: 'y' } }]);
        jobs.work('q', async () => undefined, { ...policy, rateLimit: { ...policy.rateLimit!, perMs: 3_600_000 } });
        await ends('y');
        const atRest = await until(async () => {
          const counts = await jobs.counts('q');
          return counts.done >= 3 && counts.active === 0 ? counts : undefined;
        });
        expect(atRest).toMatchObject({ waiting: 28, active: 0, done: 3, dead: 0 });
      });

      it('lets all through in the end that wait for it', async () => {
        jobs.work('q', async () => undefined, { concurrency: 20, rateLimit: { max: 5, perMs: 100 } });
        await add(...Array.from({ length: 30 }, (_, index) => `j${index}`));
        await until(async () => ((await jobs.counts('q')).done === 30 ? true : undefined));
      });

      it('holds over all workers together', async () => {
        const other = await under.another();
        for (const one of [jobs, other]) one.work('q', async () => undefined, { rateLimit: { max: 3, perMs: 3_600_000 } });
        await add('a', 'b', 'c', 'd', 'e', 'f');
        // One that is sent back for its limit may be seen active for a moment.
        const atRest = await until(async () => {
          const counts = await jobs.counts('q');
          return counts.done >= 3 && counts.active === 0 ? counts : undefined;
        });
        expect(atRest).toMatchObject({ waiting: 3, done: 3 });
      });
    });

    describe('crashes', () => {
      it('gives a job whose worker died in the middle of it to another after the lease', async () => {
        const doomed = await under.another();
        const signals: AbortSignal[] = [];
        const attempts: number[] = [];
        await add('a');
        doomed.work('q', ({ signal }) => new Promise(() => signals.push(signal)), { leaseMs: 200 });
        await until(() => Promise.resolve(signals[0]));
        await doomed.close();
        expect(signals[0]!.aborted).toBe(true);
        expect((await jobs.get('q', 'a'))!.state).toBe('active');
        jobs.work('q', async ({ attempt }) => void attempts.push(attempt), { leaseMs: 200 });
        expect((await ends('a')).state).toBe('done');
        expect(attempts).toEqual([2]);
      });

      it('puts a job that loses its worker at the last try to the dead letters', async () => {
        const doomed = await under.another();
        const gate = new Gate();
        await add('a');
        doomed.work(
          'q',
          () => {
            gate.open();
            return new Promise(() => undefined);
          },
          { leaseMs: 100 },
        );
        await gate.opened;
        await doomed.close();
        jobs.work('q', async () => undefined, { attempts: 1, leaseMs: 100 });
        expect(await ends('a')).toMatchObject({ state: 'dead', lastError: expect.stringMatching(/worker was lost/) });
      });

      it('aborts a worker that lost its lease and refuses what it says afterwards', async () => {
        const slow = await under.another();
        const late = new Gate();
        const winner = new Gate();
        const signals: AbortSignal[] = [];
        await add('a');
        const slowWorker = slow.work(
          'q',
          async ({ signal }) => {
            signals.push(signal);
            await late.opened;
            throw new GiveUp('too late');
          },
          { leaseMs: 600, concurrency: 1 },
        );
        await until(() => Promise.resolve(signals[0]));
        // Again and again, because a heartbeat of the slow one may come in between.
        let taken = false;
        jobs.work(
          'q',
          async () => {
            taken = true;
            await winner.opened;
          },
          { leaseMs: 600 },
        );
        await until(async () => {
          if (!taken) await under.expireLease('q', 'a');
          return taken ? true : undefined;
        });
        await until(() => Promise.resolve(signals.some(({ aborted }) => aborted) ? true : undefined));
        late.open();
        await slowWorker.stop();
        expect((await jobs.get('q', 'a'))!.state).toBe('active');
        winner.open();
        expect(await ends('a')).toMatchObject({ state: 'done' });
      });

      it('leaves a job that runs for longer than its lease to the worker that runs it', async () => {
        const other = await under.another();
        const gate = new Gate();
        const runs: string[] = [];
        let signal: AbortSignal | undefined;
        await add('long');
        jobs.work(
          'q',
          async (job) => {
            runs.push(job.id);
            signal = job.signal;
            await gate.opened;
          },
          { leaseMs: 150, concurrency: 1 },
        );
        await reaches('long', ({ state }) => state === 'active');
        other.work('q', async ({ id }) => void runs.push(id), { leaseMs: 150 });
        await jobs.enqueue([{ id: 'after three leases', queue: 'q', payload: 0, delayMs: 450 }]);
        await ends('after three leases');
        expect(signal!.aborted).toBe(false);
        gate.open();
        expect(await ends('long')).toMatchObject({ state: 'done', attempts: 1 });
        expect(runs).toEqual(['long', 'after three leases']);
      });
    });

    describe('stopping', () => {
      it('finishes what runs and takes no more', async () => {
        const gate = new Gate();
        await add('a', 'b');
        const worker = jobs.work('q', () => gate.opened, { concurrency: 1 });
        await reaches('a', ({ state }) => state === 'active');
        const stopped = worker.stop();
        gate.open();
        await stopped;
        expect(await jobs.counts('q')).toEqual({ waiting: 1, active: 0, done: 1, dead: 0, delayed: 0 });
      });

      it('aborts what still runs after the grace time; that job waits again and the try is not counted', async () => {
        await add('a');
        const worker = jobs.work(
          'q',
          ({ signal }) => new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('aborted')))),
          { attempts: 1 },
        );
        await reaches('a', ({ state }) => state === 'active');
        await worker.stop(20);
        expect(await jobs.get('q', 'a')).toMatchObject({ state: 'waiting', attempts: 0 });
      });
    });

    describe('rewriting', () => {
      it('changes what jobs hold in any state, once, with the errors that may repeat it, and leaves the others', async () => {
        await add('waiting', 'done', 'dead', 'other');
        const worker = jobs.work<{ id: string }>('q', ({ id, payload }) => {
          if (id === 'waiting') throw new TryLater('later', 60_000);
          return id === 'dead' ? Promise.reject(new GiveUp(`no ${payload.id}`)) : Promise.resolve();
        });
        await Promise.all(['done', 'dead', 'other'].map((id) => ends(id)));
        await reaches('waiting', ({ attempts, state }) => attempts === 1 && state === 'waiting');
        await worker.stop();
        const change = (payload: unknown) => {
          const { id } = payload as { id?: string };
          return id === undefined || id === 'other' ? undefined : { was: id.length };
        };
        expect(await jobs.rewrite(change)).toBe(3);
        expect(await jobs.rewrite(change)).toBe(0);
        expect(await jobs.scrub()).toBe(true);
        for (const id of ['waiting', 'done', 'dead'])
          expect(await jobs.get('q', id)).toMatchObject({ payload: { was: id.length }, state: id });
        expect((await jobs.get('q', 'dead'))!.lastError).not.toContain('no dead');
        expect((await jobs.get('q', 'waiting'))!.lastError).not.toContain('later');
        expect((await jobs.get('q', 'other'))!.payload).toEqual({ id: 'other' });
        expect(await jobs.redrive('q', 'dead')).toBe(true);
        expect(await add('waiting', 'done')).toEqual([false, false]);
      });

      it('holds while a job runs: its outcome brings back neither what it held nor an error that repeats it', async () => {
        await add('waiting', 'dead');
        const gate = new Gate();
        const worker = jobs.work<{ id: string }>('q', async ({ id, payload }) => {
          await gate.opened;
          throw id === 'dead' ? new GiveUp(`no ${payload.id}`) : new TryLater(`not yet ${payload.id}`, 60_000);
        });
        await Promise.all(['waiting', 'dead'].map((id) => reaches(id, ({ state }) => state === 'active')));
        expect(await jobs.rewrite(() => 'rewritten')).toBe(2);
        gate.open();
        for (const id of ['waiting', 'dead']) {
          const { payload, lastError } = await reaches(id, ({ attempts, state }) => attempts === 1 && state === id);
          expect([payload, lastError]).toEqual(['rewritten', 'left out']);
        }
        await worker.stop();
      });
    });

    describe('looking', () => {
      it('lists a state newest first, as many as asked for, and counts', async () => {
        await add('a', 'b', 'c');
        expect((await jobs.list('q', 'waiting')).map(({ id }) => id)).toEqual(['c', 'b', 'a']);
        expect((await jobs.list('q', 'waiting', 2)).map(({ id }) => id)).toEqual(['c', 'b']);
        expect(await jobs.list('q', 'dead')).toEqual([]);
        expect(await jobs.counts('q')).toEqual({ waiting: 3, active: 0, done: 0, dead: 0, delayed: 0 });
      });

      it('knows nothing of an unknown job', async () => {
        expect(await jobs.get('q', 'none')).toBeUndefined();
        expect(await jobs.counts('none')).toEqual({ waiting: 0, active: 0, done: 0, dead: 0, delayed: 0 });
      });

      it('rejects everything after close, saying so', async () => {
        await jobs.close();
        await expect(jobs.counts('q')).rejects.toMatchObject({ name: 'JobsUnavailable', reason: 'closed' });
        await expect(add('a')).rejects.toMatchObject({ name: 'JobsUnavailable', reason: 'closed' });
      });
    });
  });
}

class Gate {
  open!: () => void;
  readonly opened = new Promise<void>((resolve) => (this.open = resolve));
}

/** Looks until there is something; the test's own time limit ends it otherwise. */
async function until<T>(look: () => Promise<T | undefined>): Promise<T> {
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
