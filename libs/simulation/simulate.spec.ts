import { createHash } from 'node:crypto';
import { admit } from '@leadlog/ingestion/admit';
import { parseStructured } from '@leadlog/ingestion/cloudevents';
import { businessTimeOf, parseOrganisation } from '@leadlog/organisation';
import { benchEvents } from './bench-events';
import { DAY, startOfDay } from './business-calendar';
import type { CloudEvent } from './cloud-event';
import { companyOf } from './company';
import { Roster } from './roster';
import { simulate, truthOf } from './simulate';

const options = { seed: 7, from: new Date('2026-01-01T00:00:00+09:00'), to: new Date('2026-06-01T00:00:00+09:00'), accounts: 120, reps: 9 };
const events = [...simulate(options)];
const typeOf = (event: CloudEvent) => event.type.slice(event.type.lastIndexOf('.') + 1);
const ofType = (...types: string[]) => events.filter((event) => types.includes(typeOf(event)));

/** What ingestion says of an event; '' when it takes it. */
function refusal(event: CloudEvent): string {
  const parsed = parseStructured(JSON.parse(JSON.stringify(event)));
  if (!parsed.ok) return JSON.stringify(parsed.errors);
  const admitted = admit(parsed.event, Date.parse('2026-12-31T00:00:00Z'));
  return 'eventId' in admitted ? '' : JSON.stringify(admitted);
}

describe('the simulated company', () => {
  it('sends only events that the catalogue takes', () => {
    expect(events.map(refusal).filter((text) => text !== '')).toEqual([]);
  });

  it('is the same for the same seed, and another for another', () => {
    expect([...simulate(options)]).toEqual(events);
    expect([...simulate({ ...options, seed: 8 })].length).not.toBe(events.length);
  });

  it('is the one that benches and backtests have always had', () => {
    const digest = createHash('sha256')
      .update(events.map((event) => JSON.stringify(event)).join('\n'))
      .digest('hex');
    expect(digest.slice(0, 16)).toBe('3d3adf7f22fe31fa');
  });

  it('has late events, exact duplicates, invalidated bot clicks and merges', () => {
    const times = events.map((event) => Date.parse(event.time));
    expect(times.filter((time, index) => index > 0 && time < times[index - 1]! - 3_600_000).length).toBeGreaterThan(events.length * 0.005);
    const ids = new Set(events.map((event) => `${event.source} ${event.id}`));
    expect(events.length - ids.size).toBeGreaterThan(events.length * 0.002);
    expect(ofType('TouchpointInvalidated').length).toBeGreaterThan(0);
    expect(ofType('LeadsMerged').length).toBeGreaterThan(0);
  });

  it('works in office hours of Japan, on working days', () => {
    for (const call of ofType('CallCompleted')) {
      const started = String(call.data.startedAt);
      expect(Number(started.slice(11, 13))).toBeGreaterThanOrEqual(9);
      expect(Number(started.slice(11, 13))).toBeLessThan(19);
      expect([0, 6]).not.toContain(new Date(`${started.slice(0, 10)}T00:00:00Z`).getUTCDay());
      expect(started.slice(5, 10) < '05-03' || started.slice(5, 10) > '05-05').toBe(true);
    }
  });

  it('sells as such a company does: rates within what is believable', () => {
    const calls = ofType('CallCompleted');
    const answered = calls.filter((call) => ['gatekeeper', 'reached', 'refused'].includes(String(call.data.outcome)));
    expect(answered.length / calls.length).toBeGreaterThan(0.4);
    expect(answered.length / calls.length).toBeLessThan(0.7);
    const [won, lost] = [ofType('DealWon').length, ofType('DealLost').length];
    expect(won).toBeGreaterThan(0);
    expect(won / (won + lost)).toBeGreaterThan(0.1);
    expect(won / (won + lost)).toBeLessThan(0.7);
  });

  it('has behaviour that tells who buys: what people do separates winners from others', () => {
    const acts = new Map<string, number>();
    const lead = new Map<string, string>();
    for (const event of ofType('LeadCaptured')) {
      const id = String(event.data.leadId);
      lead.set(String((event.data.profile as { email: string }).email), id);
      lead.set(`v-${id.slice(5)}`, id);
    }
    const points: Record<string, number> = {
      WebPageViewed: 3,
      ContentDownloaded: 10,
      WebinarAttended: 10,
      InquiryReceived: 20,
      EmailLinkClicked: 5,
    };
    for (const event of events) {
      const identity = event.data.identity as { email?: string; visitorId?: string } | undefined;
      const id = (event.data.leadId as string | undefined) ?? lead.get(identity?.email ?? identity?.visitorId ?? '');
      if (id !== undefined) acts.set(id, (acts.get(id) ?? 0) + (points[typeOf(event)] ?? 0));
    }
    const winners = new Set(ofType('DealWon').map((event) => String(event.data.leadId)));
    const score = (ids: string[]) => ids.map((id) => acts.get(id) ?? 0);
    const all = [...truthOf(options).keys()];
    const auc = areaUnderCurve(score(all.filter((id) => winners.has(id))), score(all.filter((id) => !winners.has(id))));
    expect(auc).toBeGreaterThan(0.7);
  });
});

describe('with the whole sales cycle', () => {
  const cycle = [...simulate({ ...options, cycle: true })];
  const told = (...types: string[]) => cycle.filter((event) => types.includes(typeOf(event)));

  it('is valid, and the same for the same seed', () => {
    expect(cycle.map(refusal).filter((text) => text !== '')).toEqual([]);
    expect([...simulate({ ...options, cycle: true })]).toEqual(cycle);
  });

  it('is done by people who are at work that day, as their organisation says', () => {
    const company = companyOf(options);
    const { document } = new Roster(company, options);
    const organisation = parseOrganisation(document);
    expect(organisation.reps.map(({ id }) => id)).toEqual([...company.inside, ...company.field].map(({ id }) => id));
    expect(organisation.reps.filter(({ absent }) => absent.length > 0).length).toBeGreaterThan(3);
    for (const { actorid, data } of told('CallCompleted', 'MeetingHeld')) {
      const day = startOfDay(Date.parse(String(data.startedAt)));
      expect([data, businessTimeOf(organisation, actorid).between(day, day + DAY) > 0]).toEqual([data, true]);
    }
  });

  it('calls nobody who has withdrawn that consent', () => {
    const withdrawn = new Map(told('ConsentChanged').map(({ data, time }) => [data.leadId, Date.parse(time)]));
    expect(withdrawn.size).toBeGreaterThan(0);
    const called = told('CallCompleted').filter(
      ({ data }) => Date.parse(String(data.startedAt)) > (withdrawn.get(data.leadId) ?? Infinity),
    );
    expect(called).toEqual([]);
  });

  it('relays appointments of inside sales, and answers most of them after they were relayed', () => {
    const relays = new Map(told('AppointmentRelayed').map((event) => [event.data.appointmentId, event]));
    const answers = [...told('RelayAccepted'), ...told('RelayRejected')];
    expect(relays.size).toBeGreaterThan(10);
    expect(answers.length).toBeLessThan(relays.size);
    for (const answer of answers) {
      const relay = relays.get(answer.data.appointmentId)!;
      expect(answer.data.repId).toBe(relay.data.toRepId);
      expect(cycle.indexOf(answer)).toBeGreaterThan(cycle.indexOf(relay));
    }
  });

  it('hears "no" and "not yet", plans steps and does most of them, gives cards to marketing, and sets targets for each month', () => {
    const answers = told('ClosingAnswered').filter(({ data }) => data.answer !== 'yes');
    expect(new Set(answers.map(({ data }) => data.answer))).toEqual(new Set(['no', 'undecided']));
    expect(told('NextActionCompleted').length).toBeLessThan(told('NextActionPlanned').length);
    expect(told('NextActionCompleted').length).toBeGreaterThan(0);
    expect(told('BusinessCardHandedToMarketing').length).toBeLessThan(told('BusinessCardExchanged').length);
    const wins = told('KpiTargetSet').filter(({ data }) => data.kpi === 'wins');
    expect(wins.map(({ data }) => data.period)).toEqual(['2026-01', '2026-02', '2026-03', '2026-04', '2026-05']);
  });
});

describe('the bench workload', () => {
  it('is valid, by lead id, mostly touchpoints, some 260 to 360 bytes an event', () => {
    const sample = [...benchEvents({ seed: 1, events: 3_000, leads: 300 })];
    expect(sample.map(refusal).filter((text) => text !== '')).toEqual([]);
    const bytes = sample.reduce((sum, event) => sum + Buffer.byteLength(JSON.stringify(event)), 0) / sample.length;
    expect(bytes).toBeGreaterThan(260);
    expect(bytes).toBeLessThan(360);
    expect(new Set(sample.map((event) => event.subject)).size).toBe(300);
  });
});

/** Mann and Whitney: the share of pairs in which the winner has more. */
function areaUnderCurve(positive: number[], negative: number[]): number {
  let wins = 0;
  for (const a of positive) for (const b of negative) wins += a > b ? 1 : a === b ? 0.5 : 0;
  return wins / (positive.length * negative.length);
}
