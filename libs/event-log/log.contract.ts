import {
  EventTooLarge,
  LogUnavailable,
  START,
  WrongExpectedRevision,
  type EventLog,
  type NewEvent,
  type ReadOptions,
  type RecordedEvent,
} from './log';

export interface LogUnderTest {
  log: EventLog;
  /** A second handle, as another process would open it. */
  another(): Promise<EventLog>;
  /** The same log after a restart; asked for once `log` is closed. */
  reopen(): Promise<EventLog>;
  end(): Promise<void>;
}

let ids = 0;
export function newEvent(data: object = {}, type = 'Noted'): NewEvent {
  const id = `00000000-0000-4000-8000-${(++ids).toString(16).padStart(12, '0')}`;
  return {
    id,
    type,
    data,
    metadata: {
      occurredAt: '2026-04-01T09:00:00+09:00',
      source: 'test',
      sourceId: id,
      initiator: 'customer',
      actor: { kind: 'system', id: 'test' },
      schemaVersion: 1,
    },
  };
}

export async function eventsOf(log: EventLog, stream: string): Promise<RecordedEvent[]> {
  const events: RecordedEvent[] = [];
  for await (const page of log.readStream(stream)) events.push(...page);
  return events;
}

/** What every event log must do, whatever it is stored in. */
export function eventLogContract(name: string, open: (clock?: () => number) => Promise<LogUnderTest>, { ownClock = true } = {}): void {
  describe(`event log ${name}`, () => {
    let under: LogUnderTest;
    let log: EventLog;
    beforeEach(async () => {
      under = await open();
      log = under.log;
    });
    afterEach(() => under.end());

    it('counts revisions of a stream and positions of the log up', async () => {
      const first = await log.append('a', [newEvent(), newEvent()], { expected: 'no-stream' });
      const second = await log.append('b', [newEvent()], { expected: 'no-stream' });
      expect([first.revision, second.revision]).toEqual([1n, 0n]);
      expect(second.position > first.position).toBe(true);
      expect(await log.head()).toBe(second.position);
    });

    it('knows where the newest events stand, the last first, whoever appended them, and no more than asked for', async () => {
      const [a, b, c] = [newEvent(), newEvent(), newEvent()];
      await log.append('a', [a!, b!], { expected: 'any' });
      const other = await under.another();
      await other.append('b', [c!], { expected: 'any' });
      const newest = async (limit: number) => {
        const found: string[] = [];
        for await (const places of log.newestPlaces(limit)) found.push(...places.map(({ id, stream }) => `${stream} ${id}`));
        return found;
      };
      const all = [`b ${c!.id}`, `a ${b!.id}`, `a ${a!.id}`];
      expect(await newest(100)).toEqual(all);
      expect(await newest(2)).toEqual(all.slice(0, 2));
    });

    it('refuses a wrong expected revision and says expected and actual', async () => {
      await expect(log.append('a', [newEvent()], { expected: 3n })).rejects.toMatchObject({ expected: 3n, actual: 'no-stream' });
      await log.append('a', [newEvent()], { expected: 'any' });
      await expect(log.append('a', [newEvent()], { expected: 'no-stream' })).rejects.toMatchObject({ expected: 'no-stream', actual: 0n });
      expect((await log.append('a', [newEvent()], { expected: 0n })).revision).toBe(1n);
    });

    it.each(['any', 'no-stream', 0n] as const)('writes a repeat with expected %s once, also after a restart', async (expected) => {
      if (expected === 0n) await log.append('a', [newEvent()], { expected: 'no-stream' });
      const event = newEvent();
      const written = await log.append('a', [event], { expected });
      const repeat = { ...written, repeated: [event.id] };
      expect(await log.append('a', [event], { expected })).toEqual(repeat);
      await log.close();
      const again = await under.reopen();
      expect(await again.append('a', [event], { expected })).toEqual(repeat);
      expect(await again.head()).toBe(written.position);
    });

    it('writes only what is missing of a partly repeated append with any, and refuses it with a revision', async () => {
      const [old, added] = [newEvent(), newEvent()];
      await log.append('a', [old], { expected: 'any' });
      await expect(log.append('a', [old, added], { expected: 0n })).rejects.toBeInstanceOf(WrongExpectedRevision);
      expect(await log.append('a', [old, added], { expected: 'any' })).toMatchObject({ revision: 1n, repeated: [old.id] });
      expect((await eventsOf(log, 'a')).map((event) => event.id)).toEqual([old.id, added.id]);
    });

    it('writes an id that is twice inside one append once, and the same id in another stream as another event', async () => {
      const event = newEvent();
      await log.append('a', [event, event], { expected: 'any' });
      await log.append('b', [event], { expected: 'no-stream' });
      expect([(await eventsOf(log, 'a')).length, (await eventsOf(log, 'b')).length]).toEqual([1, 1]);
    });

    it('answers many appends in order; one that fails, wrong or too large, does not touch the others', async () => {
      const outcomes = await log.appendMany([
        { stream: 'a', events: [newEvent()], expected: 'no-stream' },
        { stream: 'b', events: [newEvent()], expected: 7n },
        { stream: 'c', events: [newEvent({ text: 'あ'.repeat(400_000) })], expected: 'any' },
        { stream: 'a', events: [newEvent()], expected: 0n },
      ]);
      expect(outcomes.map((outcome) => (outcome.ok ? outcome.value.revision : outcome.error.name))).toEqual([
        0n,
        'WrongExpectedRevision',
        'EventTooLarge',
        1n,
      ]);
      const tooLarge = outcomes[2] as { error: EventTooLarge };
      expect(tooLarge.error.bytes).toBeGreaterThan(1_200_000);
      expect(tooLarge.error.limit).toBe(1_048_576);
    });

    it('refuses no events, an id that is no UUID and a time that is none; appends of others go in', async () => {
      const calls = await Promise.allSettled([
        log.append('a', [newEvent()], { expected: 'any' }),
        log.append('b', [], { expected: 'any' }),
        log.append('c', [{ ...newEvent(), id: 'x' }], { expected: 'any' }),
        log.append('d', [{ ...newEvent(), metadata: { ...newEvent().metadata, occurredAt: 'soon' } }], { expected: 'any' }),
      ]);
      expect(calls.map((call) => (call.status === 'fulfilled' ? 'written' : (call.reason as Error).message))).toEqual([
        'written',
        expect.stringContaining('at least one event'),
        expect.stringContaining('expected a UUID'),
        expect.stringContaining('RFC 3339'),
      ]);
    });

    it('reads a stream forwards, backwards, from a revision, up to a limit; nothing where there is none', async () => {
      await log.append('a', [newEvent(), newEvent(), newEvent()], { expected: 'any' });
      const revisions = async (options: Parameters<EventLog['readStream']>[1], stream = 'a') => {
        const found: bigint[] = [];
        for await (const page of log.readStream(stream, options)) {
          expect(page).not.toHaveLength(0);
          found.push(...page.map(({ revision }) => revision));
        }
        return found;
      };
      expect(await revisions({})).toEqual([0n, 1n, 2n]);
      expect(await revisions({ direction: 'backwards', limit: 2 })).toEqual([2n, 1n]);
      expect(await revisions({ direction: 'backwards', from: 1n })).toEqual([1n, 0n]);
      expect(await revisions({ from: 1n, limit: 1 })).toEqual([1n]);
      expect(await revisions({ from: 3n })).toEqual([]);
      expect(await revisions({}, 'missing')).toEqual([]);
    });

    it('tells what stands behind the hyphen of a stream, and never denies a member that the data have, if it tells that', async () => {
      await log.append('person-a-1', [newEvent({ name: 'ada', at: { home: 1 } })], { expected: 'any' });
      const [byStream] = await eventsOf(log, 'person-a-1');
      const byPosition: RecordedEvent[] = [];
      for await (const { events } of log.read({ filter: { accepts: () => true } })) byPosition.push(...events);
      for (const event of [byStream!, ...byPosition]) {
        expect(event.streamSubject ?? 'a-1').toBe('a-1');
        expect([event.mayHave?.('name') ?? true, event.mayHave?.('at') ?? true]).toEqual([true, true]);
        expect(event.data).toEqual({ name: 'ada', at: { home: 1 } });
      }
      expect(byPosition).toHaveLength(1);
    });

    it('reads by type and stream prefix in slices, and gets to until even when the last events do not match', async () => {
      await log.append('lead-1', [newEvent({}, 'A'), newEvent({}, 'B'), newEvent({}, 'A')], { expected: 'any' });
      const { position } = await log.append('deal-1', [newEvent({}, 'A')], { expected: 'any' });
      const types: string[] = [];
      let through = START;
      for await (const slice of log.read({ filter: { types: ['A'], streamPrefixes: ['lead-'] }, sliceSize: 1 })) {
        expect(slice.events.length).toBeLessThanOrEqual(1);
        types.push(...slice.events.map((event) => `${event.stream} ${event.type}`));
        through = slice.through;
      }
      expect(types).toEqual(['lead-1 A', 'lead-1 A']);
      expect(through).toBe(position);
    });

    it('may leave out events of some types whose data lack some members, and never others', async () => {
      const events = [
        newEvent({ lead: 1 }),
        newEvent({ account: 'a' }),
        newEvent({ lead: 2 }, 'Sold'),
        newEvent({ deal: 'd', lead: 3 }),
        newEvent({ text: 'account' }),
        newEvent({}),
      ];
      await log.append('a', events, { expected: 'any' });
      const skips = { types: ['Noted', 'NeverHappened'], without: ['account', 'deal'] };
      for (const sliceSize of [1, 2, 100]) {
        const given: RecordedEvent[] = [];
        let through = START;
        for await (const slice of log.read({ filter: { skips }, sliceSize })) {
          given.push(...slice.events);
          through = slice.through;
        }
        const ids = given.map(({ id }) => id);
        expect(ids).toEqual(events.map(({ id }) => id).filter((id) => ids.includes(id)));
        expect(ids).toEqual(expect.arrayContaining([1, 2, 3].map((index) => events[index]!.id)));
        if (given.every(({ mayHave }) => mayHave)) expect(ids).not.toContain(events[0]!.id);
        expect(through).toBe(await log.head());
        const sold: RecordedEvent[] = [];
        for await (const slice of log.read({
          filter: { accepts: (stream) => stream === 'a', skips: { types: ['Noted'], without: [] } },
          sliceSize,
        }))
          sold.push(...slice.events);
        // Without members, nothing of these types is of interest.
        expect(sold.filter(({ type, mayHave }) => type === 'Sold' || !mayHave).map(({ id }) => id)).toContain(events[2]!.id);
        if (sold.every(({ mayHave }) => mayHave)) expect(sold.map(({ id }) => id)).toEqual([events[2]!.id]);
      }
    });

    it('reads the streams that a filter accepts, of the given types, up to the given position and never past the head', async () => {
      const accepts = (stream: string) => stream.endsWith('-odd');
      const positions: bigint[] = [];
      for (let n = 0; n < 12; n += 1)
        positions.push(
          (await log.append(`s${n}-${n % 2 ? 'odd' : 'even'}`, [newEvent({ n }, n % 3 ? 'A' : 'B')], { expected: 'any' })).position,
        );
      const found = async (options: ReadOptions): Promise<[ns: number[], through: bigint]> => {
        const ns: number[] = [];
        let through = START;
        for await (const slice of log.read({ sliceSize: 2, ...options })) {
          expect(slice.events.length).toBeLessThanOrEqual(2);
          expect(slice.through).toBeGreaterThan(through);
          ns.push(...slice.events.map(({ data }) => (data as { n: number }).n));
          through = slice.through;
        }
        return [ns, through];
      };
      expect(await found({ filter: { accepts } })).toEqual([[1, 3, 5, 7, 9, 11], positions[11]]);
      expect(await found({ filter: { accepts, types: ['A'] } })).toEqual([[1, 5, 7, 11], positions[11]]);
      expect(await found({ filter: { accepts }, after: positions[3], until: positions[8] })).toEqual([[5, 7], positions[8]]);
      expect(await found({ after: positions[9], until: positions[11]! + 1_000n })).toEqual([[10, 11], positions[11]]);
      expect(await found({ filter: { accepts: () => false } })).toEqual([[], positions[11]]);
    });

    it('subscribes: catches up, goes on live with another handle too, passes what is of no interest, ends when aborted', async () => {
      const other = await under.another();
      await log.append('a', [newEvent({ n: 0 })], { expected: 'any' });
      const stop = new AbortController();
      const slices = log.subscribe({ filter: { types: ['Noted'] }, signal: stop.signal })[Symbol.asyncIterator]();
      expect((await slices.next()).value).toMatchObject({ caughtUp: true, events: [{ data: { n: 0 } }] });
      const skipped = await other.append('a', [newEvent({}, 'Other')], { expected: 'any' });
      expect((await slices.next()).value).toMatchObject({ through: skipped.position, events: [] });
      await other.append('a', [newEvent({ n: 1 })], { expected: 'any' });
      expect((await slices.next()).value).toMatchObject({ events: [{ data: { n: 1 } }] });
      const end = slices.next();
      stop.abort();
      expect((await end).done).toBe(true);
    });

    it('gives every event once, in position order, while two handles append and a slow consumer resumes by position', async () => {
      const other = await under.another();
      const writing = Promise.all(
        Array.from({ length: 100 }, (_, n) => (n % 2 ? log : other).append(`s${n % 7}`, [newEvent({ n })], { expected: 'any' })),
      );
      const given: RecordedEvent[] = [];
      let after = START;
      while (given.length < 100) {
        for await (const slice of log.subscribe({ after, sliceSize: 3 })) {
          given.push(...slice.events);
          after = slice.through;
          break;
        }
      }
      const written = await writing;
      const places = new Map(given.map((event) => [(event.data as { n: number }).n, event.position]));
      expect(places.size).toBe(100);
      expect(given.map(({ position }) => position)).toEqual([...places.values()].sort((a, b) => (a < b ? -1 : 1)));
      written.forEach(({ position }, n) => expect(position).toBeGreaterThanOrEqual(places.get(n)!));
      expect(written.map(({ position }) => position).filter((position) => position > after)).toEqual([]);
    });

    it('keeps Japanese, emoji, U+2028, NUL and large numbers exactly, over a restart', async () => {
      const data = { text: '株式会社 🦊 \u2028 \u0000 \ud800', large: Number.MAX_SAFE_INTEGER, tiny: 5e-324 };
      await log.append('a', [newEvent(data)], { expected: 'any' });
      await log.close();
      expect((await eventsOf(await under.reopen(), 'a')).map((event) => event.data)).toEqual([data]);
    });

    it('lets waiting appends finish when it is closed; later ones are unavailable', async () => {
      const waiting = log.append('a', [newEvent()], { expected: 'any' });
      await log.close();
      expect((await waiting).revision).toBe(0n);
      await expect(log.append('a', [newEvent()], { expected: 'any' })).rejects.toMatchObject({
        name: LogUnavailable.name,
        reason: 'closed',
      });
    });
  });

  // Where a server of its own keeps the time, it is as good as the server's clock.
  if (!ownClock) return;
  it(`event log ${name}: log time never goes back`, async () => {
    const times = [2_000, 1_000, 3_000];
    const under = await open(() => times.shift() ?? 3_000);
    for (let n = 0; n < 3; n++) await under.log.append('a', [newEvent()], { expected: 'any' });
    expect((await eventsOf(under.log, 'a')).map((event) => event.recordedAt)).toEqual([2_000, 2_000, 3_000]);
    await under.end();
  });
}
