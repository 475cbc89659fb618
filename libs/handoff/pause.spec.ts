import { engineOnFiles } from '@leadlog/events/engine-on-files.testing';
import { asAppend, recorded } from '@leadlog/events/recorded.testing';
import { accountsProjection, leadsProjection } from '@leadlog/lead';
import { alwaysAtWork, parseOrganisation } from '@leadlog/organisation';
import { parsePolicy } from './index';
import { handoffReactions } from './handoff-reactions';
import { handoffsProjection, TO_HAND_OFF, type HandoffState } from './handoffs.projection';
import { pauses } from './pause';
import { act, assigned, day, handedOff, hot, LEAD, ms, rejected, returned } from './standing.testing';
import { waitingLeads } from './waiting';

const policy = (more: string) => parsePolicy(`reps: [{ id: rep-1, team: t }]\nsla: { accept: 4h, contact: 24h }\n${more}`);
const view = (n: number, leadId = LEAD) => recorded('WebPageViewed', { leadId }, { at: day(n) });
const cooled = (n: number) => recorded('LeadTierChanged', { leadId: LEAD, to: 'warm' }, { at: day(n) });
const stateOf = (...events: ReturnType<typeof recorded>[]) =>
  events.reduce((state, event) => handoffsProjection.evolve(state, event), handoffsProjection.initial(LEAD));
const organisation = () => alwaysAtWork([], 'Asia/Tokyo');
const pausedUntil = (state: HandoffState, policyAt = (_ms: number) => policy('returns: { pause: 3d }')) =>
  pauses({ policyAt, organisation })(state);
const [had, back] = [[hot(1), handedOff(2), assigned(2)], returned(4)];

describe('a lead that sales gave back', () => {
  it('is left alone for as long as the policy says, whatever it reads', () => {
    expect(pausedUntil(stateOf(...had, back))).toBe(ms(7));
    expect(pausedUntil(stateOf(...had, back, view(5), cooled(5.5), hot(6)))).toBe(ms(7));
    expect(pausedUntil(stateOf(...had, rejected(4)))).toBe(ms(7));
  });

  it('does not wait if it asks for something after that', () => {
    expect(pausedUntil(stateOf(...had, back, view(6), act(5)))).toBeUndefined();
    expect(pausedUntil(stateOf(...had, act(3), back))).toBe(ms(7));
  });

  it('never waits where the policy says nothing of it, nor before it was given back', () => {
    expect(pausedUntil(stateOf(...had, back), () => policy(''))).toBeUndefined();
    expect(pausedUntil(stateOf(...had))).toBeUndefined();
  });

  it('waits by the policy of the return: a publication neither begins a pause nor ends one', () => {
    const at = (ms4: string, later: string) => (at: number) => policy(at <= ms(4) ? ms4 : later);
    expect(pausedUntil(stateOf(...had, back), at('returns: { pause: 3d }', ''))).toBe(ms(7));
    expect(pausedUntil(stateOf(...had, back), at('', 'returns: { pause: 3d }'))).toBeUndefined();
  });

  it('waits business days of whoever gave it back', () => {
    const sales =
      parseOrganisation(`calendar: { timezone: Asia/Tokyo, country: none, hours: { mon: 09:00-17:00, tue: 09:00-17:00, fri: 09:00-17:00 } }
teams: [{ id: t, kind: inside }]
reps: [{ id: rep-1, team: t, hours: { mon: 09:00-17:00, tue: 09:00-17:00 } }]`);
    const of = pauses({ policyAt: () => policy('returns: { pause: 2bd }'), organisation: () => sales });
    // From a Friday on which rep-1 does not work: from Monday on, over Tuesday, to the Monday after.
    expect(new Date(of(stateOf(...had, back))!).toISOString()).toBe('2026-06-15T00:00:00.000Z');
  });

  it('says what it expects', () => {
    const problems = (returns: string) => () => policy(`returns: ${returns}`);
    expect(problems('{ pause: soon }')).toThrow('returns: pause: expected a duration such as 30m, 4h or 1d');
    expect(problems('{ rest: 3bd }')).toThrow('returns');
    expect(problems('{}')).toThrow('pause');
  });
});

describe('who hands off', () => {
  const timezone = 'Asia/Tokyo';
  const files = engineOnFiles(leadsProjection({ timezone }), accountsProjection, handoffsProjection);
  const { log, readModels } = files;
  beforeAll(() => files.start());
  afterAll(() => files.end());

  const given = async (...events: ReturnType<typeof recorded>[]) => {
    await log.appendMany(events.map(asAppend));
    await readModels.reached(['leads', 'accounts', 'handoffs'], await log.head(), 300_000);
  };
  const inForce = { id: 'standard', version: '1', content: policy('returns: { pause: 3d }') };
  const pauseOf = pauses({ policyAt: () => inForce.content, organisation });
  const work = async (now: number) => {
    const documents = { now: () => inForce, at: () => inForce } as unknown as Parameters<typeof handoffReactions>[0]['policy'];
    const reps = () => alwaysAtWork(inForce.content.reps, timezone);
    const reactions = handoffReactions({ log, readModels, policy: documents, organisation: reps, pauseOf, clock: () => now, timezone });
    const handoffs = await readModels.view('handoffs');
    for (const { key, rank } of await handoffs.list(TO_HAND_OFF, { max: now })) await reactions[0]!.react(key, rank, handoffs);
    await readModels.reached(['handoffs'], await log.head(), 300_000);
  };
  const handedOffTimes = async (leadId: string) => {
    let times = 0;
    for await (const page of log.readStream(`lead-${leadId}`)) times += page.filter(({ type }) => type === 'LeadHandedOff').length;
    return times;
  };
  const begun = (leadId: string) => [
    recorded('LeadCaptured', { leadId, channel: 'form', profile: { name: leadId } }, { at: day(0) }),
    hot(1, leadId),
    handedOff(2, 1, leadId),
    assigned(2, 'rep-1', `${leadId}.1`),
    returned(4, `${leadId}.run-1`, leadId),
    view(4.1, leadId),
  ];

  it('waits for the end of the pause, says so meanwhile, and then hands off once for all that was read in it', async () => {
    await given(...begun('reader'));
    await work(ms(5));
    expect(await handedOffTimes('reader')).toBe(1);
    const waiting = async (now: number) =>
      (await waitingLeads(await readModels.view('handoffs'), await readModels.view('leads'), { limit: 10, now, pauseOf })).items;
    expect(await waiting(ms(5))).toMatchObject([{ leadId: 'reader', since: day(4.1), pausedUntil: day(7) }]);
    await given(view(6, 'reader'));
    await work(ms(6.9));
    expect(await handedOffTimes('reader')).toBe(1);
    await work(ms(7));
    await work(ms(7));
    expect(await handedOffTimes('reader')).toBe(2);
    expect(await waiting(ms(7))).toEqual([]);
  });

  it('does not keep an inquiry waiting', async () => {
    await given(...begun('asker'));
    await work(ms(5));
    expect(await handedOffTimes('asker')).toBe(1);
    await given(act(5, 'asker'));
    await work(ms(5.1));
    expect(await handedOffTimes('asker')).toBe(2);
  });
});
