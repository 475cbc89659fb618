import { DocumentInForce } from '@leadlog/documents';
import { LogUnavailable, type EventLog } from '@leadlog/event-log';
import { type LeadAssigned, type LeadHandedOff } from '@leadlog/events';
import { engineOnFiles, type EngineOnFiles } from '@leadlog/events/engine-on-files.testing';
import { recorded } from '@leadlog/events/recorded.testing';
import { accountsProjection, leadsProjection, type LeadState } from '@leadlog/lead';
import { parseOrganisation, type Organisation } from '@leadlog/organisation';
import { LiveReadModels, NotReached } from '@leadlog/projections';
import { handoffReactions } from '../handoff-reactions';
import { handoffsProjection, TO_HAND_OFF, type HandoffState } from '../handoffs.projection';
import { lifeOf } from '../life';
import { policyKind } from '../policy/read-policy';
import { waitingLeads } from '../waiting';
import { takersOf } from './assignment';
import { placesOn } from './reservations';

const timezone = 'Asia/Tokyo';
const MONDAY = Date.parse('2026-11-30T10:00+09:00');
const ofSettings = { ...policyKind.read('policy: p\nsla: { accept: 4bh, contact: 1bd }', 'p.yaml'), id: 'p' };
const organisationOf = (reps: string): Organisation =>
  parseOrganisation(`
calendar: { timezone: Asia/Tokyo, country: JP, hours: { mon: 09:00-18:00, tue: 09:00-18:00 } }
teams: [{ id: inside-1, kind: inside }]
reps: [${reps}]
`);

let files: EngineOnFiles;
let log: EventLog;
let readModels: LiveReadModels;
beforeEach(async () => {
  files = engineOnFiles(leadsProjection({ timezone }), accountsProjection, handoffsProjection);
  ({ log, readModels } = files);
  await files.start();
});
afterEach(() => files.end());

const makeHot = (...leads: string[]) =>
  files.tell(
    ...leads.flatMap((leadId, place) => [
      recorded('LeadCaptured', { leadId, channel: 'form' }, { at: MONDAY - 3_600_000 }),
      recorded('LeadTierChanged', { leadId, to: 'hot' }, { at: MONDAY - 60_000 + place }),
    ]),
  );
/** What two workers do who look at all that waits at the same time, each twice. */
async function look(organisation: Organisation, { now = MONDAY, on = log } = {}): Promise<unknown[]> {
  await files.folded();
  const view = await readModels.view('handoffs');
  const waiting = await view.list(TO_HAND_OFF);
  const workers = [1, 2].map(
    () =>
      handoffReactions({
        pauseOf: () => undefined,
        log: on,
        readModels,
        policy: new DocumentInForce(log, policyKind, () => ofSettings),
        organisation: () => organisation,
        clock: () => now,
        timezone,
      })[0]!,
  );
  const looks = [...workers, ...workers].flatMap((worker) => waiting.map(({ key, rank }) => worker.react(key, rank, view)));
  const answers = await Promise.allSettled(looks);
  await files.folded();
  return answers.map((answer) => (answer.status === 'fulfilled' ? answer.value : answer.reason));
}
async function assignments(): Promise<string[]> {
  const found: string[] = [];
  for await (const { events } of log.read({ filter: { types: ['LeadAssigned'] } }))
    for (const { data } of events) found.push(`${(data as LeadAssigned).leadId} ${(data as LeadAssigned).repId}`);
  return found;
}
async function handedOff(): Promise<LeadHandedOff> {
  for await (const { events } of log.read({ filter: { types: ['LeadHandedOff'] } })) if (events[0]) return events[0].data as LeadHandedOff;
  throw new Error('nobody was handed off');
}
const byRep = (found: readonly string[]) => ['rep-1', 'rep-2'].map((rep) => found.filter((one) => one.endsWith(rep)).length);

describe('a rep who takes only so many leads', () => {
  const organisation = organisationOf('{ id: rep-1, team: inside-1, capacity: 1, weight: 9 }, { id: rep-2, team: inside-1, capacity: 2 }');

  it('has no more, however many workers decide at once; the others wait, and are seen to, until there is room', async () => {
    await makeHot('a', 'b', 'c', 'd', 'e');
    await look(organisation);
    const first = await assignments();
    expect(byRep(first)).toEqual([1, 2]);
    await look(organisation);
    expect(await assignments()).toEqual(first);

    const [handoffs, leads] = await Promise.all([readModels.view('handoffs'), readModels.view('leads')]);
    const { items } = await waitingLeads(handoffs, leads, { pauseOf: () => undefined, limit: 10, now: MONDAY });
    expect(items.map(({ leadId }) => leadId)).toEqual(
      ['a', 'b', 'c', 'd', 'e'].filter((lead) => !first.some((one) => one.startsWith(lead))),
    );
    const [longest] = items;
    const page = await waitingLeads(handoffs, leads, { pauseOf: () => undefined, limit: 1, now: MONDAY });
    expect(page.items).toEqual([longest]);
    expect((await waitingLeads(handoffs, leads, { pauseOf: () => undefined, limit: 1, now: MONDAY, cursor: page.cursor })).items).toEqual([
      items[1],
    ]);
    const life = lifeOf(await handoffs.get<HandoffState>(longest!.leadId), await leads.get<LeadState>(longest!.leadId));
    expect(life).toEqual({ state: 'hot', run: 1, waitingSince: longest!.since });

    const freed = first.find((one) => one.endsWith('rep-2'))!.slice(0, 1);
    await files.tell(recorded('HandoffRejected', { leadId: freed, handoffId: `${freed}.1`, repId: 'rep-2' }, { at: MONDAY + 1_000 }));
    await look(organisation, { now: MONDAY + 2_000 });
    const after = await assignments();
    expect(after.slice(3)).toHaveLength(1);
    expect(after[3]).toMatch(/^[a-e] rep-2$/);
  });

  it('keeps the place of a lead whose worker died before it was handed off', async () => {
    await makeHot('a', 'b', 'c', 'd', 'e');
    const dying = new Proxy(log, {
      get: (target, name) =>
        name === 'append'
          ? (...args: Parameters<EventLog['append']>) =>
              args[0].startsWith('lead-') ? Promise.reject(new LogUnavailable('io', 'dead')) : target.append(...args)
          : (Reflect.get(target, name) as (() => unknown) | undefined)?.bind(target),
    });
    await look(organisation, { on: dying });
    expect(await assignments()).toEqual([]);
    await look(organisation);
    expect(byRep(await assignments())).toEqual([1, 2]);
  });

  it('is counted for one at a time while the read model is behind, and the others are told so at once', async () => {
    let counted = 0;
    // What has not been recorded yet is not reached.
    const behind = {
      view: (name: string) => readModels.view(name),
      reached: (names: readonly string[], position: bigint) => ((counted += 1), readModels.reached(names, position + 1n, 20)),
    };
    await makeHot('a');
    const firstWithRoom = placesOn(log, behind);
    const takers = takersOf(organisation, { handoffId: 'a.1', previousReps: [], accountReps: [], now: MONDAY });
    const ask = () => firstWithRoom(organisation, takers, { leadId: 'a', handoffId: 'a.1', now: MONDAY });
    const answers = await Promise.allSettled([ask(), ask(), ask()]);
    answers.push(...(await Promise.allSettled([ask()])));
    expect(answers.map((answer) => answer.status === 'rejected' && answer.reason instanceof NotReached)).toEqual([true, true, true, true]);
    expect(counted).toBe(1);
  });

  it('gets a place back from a lead that has cooled meanwhile', async () => {
    const one = organisationOf('{ id: rep-1, team: inside-1, capacity: 1 }');
    await makeHot('a');
    await files.tell(recorded('HandoffReserved', { leadId: 'a', handoffId: 'a.1', repId: 'rep-1' }, { at: MONDAY }));
    await files.tell(recorded('LeadTierChanged', { leadId: 'a', to: 'warm' }, { at: MONDAY }));
    await makeHot('b');
    await look(one);
    expect(await assignments()).toEqual(['b rep-1']);
  });
});

describe('working hours', () => {
  const organisation = organisationOf('{ id: rep-1, team: inside-1 }, { id: rep-2, team: inside-1, hours: { tue: 13:00-15:00 } }');

  it('are waited for, to the moment', async () => {
    await makeHot('a');
    const sunday = Date.parse('2026-11-29T20:00+09:00');
    expect(new Set((await look(organisation, { now: sunday })).map((answer) => JSON.stringify(answer)))).toEqual(
      new Set([JSON.stringify({ notBefore: sunday + 60_000 })]),
    );
    const opening = Date.parse('2026-11-30T09:00+09:00');
    expect(await look(organisation, { now: opening - 20_000 })).toContainEqual({ notBefore: opening });
    // Never so soon that looking again is all that a worker does.
    expect(await look(organisation, { now: opening - 1 })).toContainEqual({ notBefore: opening + 4_999 });
    expect(await assignments()).toEqual([]);
    await look(organisation, { now: opening });
    expect(await assignments()).toEqual(['a rep-1']);
    const { acceptBy, contactBy } = await handedOff();
    expect([acceptBy, contactBy]).toEqual(['2026-11-30T04:00:00.000Z', '2026-12-01T00:00:00.000Z']);
  });

  it('keep leads from whoever is not at work, unless they know the lead', async () => {
    await makeHot(...Array.from({ length: 12 }, (_, n) => `lead-${n}`));
    await look(organisation, { now: Date.parse('2026-12-01T10:00+09:00') });
    expect(byRep(await assignments())).toEqual([12, 0]);
    await makeHot(...Array.from({ length: 12 }, (_, n) => `later-${n}`));
    await look(organisation, { now: Date.parse('2026-12-01T14:00+09:00') });
    expect(byRep(await assignments())[1]).toBeGreaterThan(0);
  });
});
