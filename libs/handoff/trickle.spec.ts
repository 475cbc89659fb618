import { LogUnavailable, type EventLog, type RecordedEvent } from '@leadlog/event-log';
import { decode, modelStream, type EventData } from '@leadlog/events';
import { engineOnFiles, type EngineOnFiles } from '@leadlog/events/engine-on-files.testing';
import { asAppend, recorded } from '@leadlog/events/recorded.testing';
import { LiveReadModels } from '@leadlog/projections';
import { modelsProjection } from '@leadlog/scoring';
import { addDays, localDay, startOfLocalDay } from '@leadlog/time';
import { handoffsProjection, TO_HAND_OFF } from './handoffs.projection';
import { trickleReaction } from './trickle';

const timezone = 'Asia/Tokyo';
const today = localDay(Date.now(), timezone);
/** Ten in the morning, so many days from now. */
const morning = (days: number) => startOfLocalDay(addDays(today, days), timezone) + 10 * 3_600_000;

let files: EngineOnFiles;
let log: EventLog;
let readModels: LiveReadModels;
beforeEach(async () => {
  files = engineOnFiles(handoffsProjection, modelsProjection);
  ({ log, readModels } = files);
  await files.start();
});
afterEach(() => files.end());

const append = async (event: RecordedEvent): Promise<bigint> => {
  const { stream, events, expected } = asAppend(event);
  return (await log.append(stream, events, { expected })).position;
};
const publish = (more: Partial<EventData['ScoringModelPublished']> = {}) =>
  append(recorded('ScoringModelPublished', { modelId: 'engagement', handoffs: 'trickle', perDay: 2, ...more }));
const makeHot = (leadId: string, engagement: number, published: bigint) =>
  append(
    recorded('LeadTierChanged', {
      leadId,
      to: 'hot',
      score: { engagement, fit: 99 },
      withheld: { since: new Date().toISOString(), published: String(published) },
    }),
  );

/** What the reaction does at this time. */
async function react(now: number, on: EventLog = log): Promise<unknown> {
  await readModels.reached(['models', 'handoffs'], await log.head(), 300_000);
  const view = await readModels.view('models');
  const [due] = await view.list('trickling', { max: Date.now() });
  return due && trickleReaction({ log: on, readModels, clock: () => now, timezone }).react(due.key, due.rank, view);
}

/** By day, the leads that the model's stream names; and the leads that were told, in the order of the log. */
async function released(): Promise<{ days: [string, readonly string[]][]; told: string[] }> {
  const days: [string, readonly string[]][] = [];
  for await (const page of log.readStream(modelStream('engagement'))) {
    for (const { type, data } of page.map(decode)) if (type === 'WithheldHandoffsReleased') days.push([data.day, data.leadIds]);
  }
  const told: string[] = [];
  for await (const { events } of log.read({ filter: { types: ['HandoffReleased'] } }))
    told.push(...events.map(({ data }) => (data as { leadId: string }).leadId));
  return { days, told };
}

const toHandOff = async () => {
  await readModels.reached(['handoffs'], await log.head(), 300_000);
  return (await (await readModels.view('handoffs')).list(TO_HAND_OFF)).map(({ key }) => key).sort();
};

describe('leads that a publication made hot, handed off bit by bit', () => {
  it('are released so many a day from the next one on, the best first, each once, whoever looks how often', async () => {
    const published = await publish();
    for (const [leadId, score] of [
      ['c', 60],
      ['a', 90],
      ['e', 60],
      ['b', 70],
      ['d', 60],
    ] as const)
      await makeHot(leadId, score, published);
    expect(await react(Date.now())).toEqual({ notBefore: startOfLocalDay(addDays(today, 1), timezone) });
    expect(await released()).toEqual({ days: [], told: [] });

    await Promise.all([react(morning(1)), react(morning(1)), react(morning(1))]);
    await react(morning(1));
    expect(await released()).toEqual({ days: [[addDays(today, 1), ['a', 'b']]], told: ['a', 'b'] });
    expect(await toHandOff()).toEqual(['a', 'b']);

    // No worker ran for a week: what was missed is not made up for.
    await react(morning(8));
    await react(morning(9));
    expect(await react(morning(10))).toEqual({ notBefore: startOfLocalDay(addDays(today, 11), timezone) });
    expect(await released()).toEqual({
      days: [
        [addDays(today, 1), ['a', 'b']],
        [addDays(today, 8), ['e', 'd']],
        [addDays(today, 9), ['c']],
      ],
      told: ['a', 'b', 'e', 'd', 'c'],
    });
  });

  it('are told of it after all where a worker died between deciding and telling, and are not chosen again', async () => {
    const published = await publish();
    for (const leadId of ['a', 'b', 'c']) await makeHot(leadId, 60, published);
    const dying = new Proxy(log, {
      get: (target, name) =>
        name === 'appendMany'
          ? () => Promise.reject(new LogUnavailable('io', 'dead'))
          : (Reflect.get(target, name) as (() => unknown) | undefined)?.bind(target),
    });
    await expect(react(morning(1), dying)).rejects.toThrow('dead');
    expect(await released()).toEqual({ days: [[addDays(today, 1), ['c', 'b']]], told: [] });
    // The next day has come before anybody looks again: the read model does not know yet what it is told first.
    await react(morning(2));
    expect(await released()).toEqual({
      days: [
        [addDays(today, 1), ['c', 'b']],
        [addDays(today, 2), ['a']],
      ],
      told: ['c', 'b', 'a'],
    });
  });

  it('are not counted when they have acted or cooled before their turn', async () => {
    const published = await publish();
    for (const leadId of ['a', 'b', 'c', 'd']) await makeHot(leadId, 60, published);
    await append(recorded('WebPageViewed', { leadId: 'd' }, { at: Date.now() + 1 }));
    await append(recorded('LeadTierChanged', { leadId: 'c', to: 'warm' }));
    await react(morning(1));
    expect((await released()).told).toEqual(['b', 'a']);
    expect(await toHandOff()).toEqual(['a', 'b', 'd']);
  });

  it('wait for an act of theirs when another publication has taken over', async () => {
    const published = await publish();
    for (const leadId of ['a', 'b', 'c']) await makeHot(leadId, 60, published);
    await react(morning(1));
    await publish({ handoffs: 'silent', perDay: undefined });
    expect(await react(morning(2))).toBeUndefined();
    const again = await publish({ version: '5' });
    expect(await react(morning(3))).toEqual({ notBefore: startOfLocalDay(addDays(today, 4), timezone) });
    await makeHot('z', 60, again);
    await react(morning(3));
    expect((await released()).told).toEqual(['c', 'b', 'z']);
  });
});
