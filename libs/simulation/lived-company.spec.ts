import { businessTimeOf, parseOrganisation, type Organisation } from '@leadlog/organisation';
import { admit } from '@leadlog/ingestion/admit';
import { parseStructured } from '@leadlog/ingestion/cloudevents';
import type { CloudEvent } from './cloud-event';
import type { HandedLead } from './handed-leads';
import { LivedCompany } from './lived-company';

const time = (text: string): number => Date.parse(`${text}:00+09:00`);
const [from, begins, to] = [time('2026-01-05T00:00'), time('2026-03-02T00:00'), time('2026-04-01T00:00')];
const options = { seed: 7, from: new Date(from), to: new Date(to), accounts: 120, reps: 9 };
const HOUR = 3_600_000;

interface Handoff extends HandedLead {
  at: number;
  state: 'waiting' | 'accepted' | 'over';
  /** When the engine gave it to somebody else. */
  movedAt?: number;
}

/** By the rules of the engine, as far as they matter here: three leads a look to one rep after the other; who does not answer in time loses it. */
function live() {
  const company = new LivedCompany(options);
  const organisation = parseOrganisation(company.organisation);
  const inside = organisation.reps.filter(({ team }) => team.startsWith('inside'));
  const handoffs = new Map<string, Handoff>();
  const events: { event: CloudEvent; sentBy: number }[] = [...company.until(begins)].map((event) => ({ event, sentBy: begins }));
  const known = [...new Set(events.flatMap(({ event }) => (typeof event.data.leadId === 'string' ? [event.data.leadId] : [])))];
  for (let now = begins; now < to;) {
    now = Math.min(company.nextLook(now), to);
    for (const event of company.until(now)) {
      events.push({ event, sentBy: now });
      const handoff = handoffs.get(String(event.data.handoffId));
      if (handoff && event.type.endsWith('.HandoffAccepted')) handoff.state = 'accepted';
      else if (handoff && /\.(HandoffRejected|LeadReturned)$/.test(event.type)) handoff.state = 'over';
    }
    for (const one of handoffs.values()) {
      if (one.state !== 'waiting' || one.movedAt !== undefined || now < Date.parse(one.acceptBy)) continue;
      one.movedAt = now;
      one.repId = inside[(inside.findIndex(({ id }) => id === one.repId) + 1) % inside.length]!.id;
    }
    for (const leadId of known.splice(0, 3)) {
      const { id: repId } = inside[handoffs.size % inside.length]!;
      const by = (hours: number): string => new Date(businessTimeOf(organisation, repId).add(now, hours * HOUR)).toISOString();
      const handoffId = `${leadId}.1`;
      handoffs.set(handoffId, {
        leadId,
        handoffId,
        runId: `${leadId}.run-1`,
        repId,
        acceptBy: by(4),
        contactBy: by(8),
        at: now,
        state: 'waiting',
      });
    }
    company.handedOff(
      [...handoffs.values()].filter(({ state }) => state === 'waiting'),
      now,
    );
  }
  return { organisation, handoffs, events };
}

describe('the company beside an engine', () => {
  const { organisation, handoffs, events } = live();
  const told = (...types: string[]) => events.filter(({ event }) => types.some((type) => event.type.endsWith(`.${type}`)));
  const ofHandoff = (type: string) => new Map(told(type).map((one) => [String(one.event.data.handoffId), one]));
  const [accepted, rejected, returned] = ['HandoffAccepted', 'HandoffRejected', 'LeadReturned'].map(ofHandoff) as [
    ReturnType<typeof ofHandoff>,
    ReturnType<typeof ofHandoff>,
    ReturnType<typeof ofHandoff>,
  ];

  it('sends what the catalogue takes, in time, and the same for the same decisions', () => {
    const refused = events
      .filter(({ sentBy }) => sentBy > begins)
      .filter(({ event, sentBy }) => {
        const parsed = parseStructured(JSON.parse(JSON.stringify(event)));
        return !parsed.ok || !('eventId' in admit(parsed.event, sentBy));
      });
    expect(refused).toEqual([]);
    expect(live().events).toEqual(events);
  });

  it('answers by whoever has the lead then: most in time, some too late, some not with yes', () => {
    for (const [handoffId, { event }] of [...accepted, ...rejected]) {
      const { repId, acceptBy, movedAt } = handoffs.get(handoffId)!;
      expect(event.data.repId).toBe(repId);
      // Nobody answers between a deadline that was missed and what the engine decided because of it.
      const at = Date.parse(event.time);
      expect(at < Date.parse(acceptBy) || at > movedAt!).toBe(true);
    }
    expect(accepted.size).toBeGreaterThan(3 * rejected.size);
    expect(rejected.size).toBeGreaterThan(0);
    const moved = [...handoffs.values()].filter(({ movedAt }) => movedAt !== undefined).length;
    expect(moved).toBeGreaterThan(0);
    expect(moved).toBeLessThan(handoffs.size / 4);
  });

  it('gives back what came to nothing, after it was accepted, with a day to look at it again', () => {
    expect(returned.size).toBeGreaterThan(handoffs.size / 4);
    for (const [handoffId, { event }] of returned) {
      expect(Date.parse(event.time)).toBeGreaterThan(Date.parse(accepted.get(handoffId)!.event.time));
      expect(String(event.data.revisitOn) > event.time.slice(0, 10)).toBe(true);
    }
    expect([...accepted.keys()].filter((handoffId) => !returned.has(handoffId)).length).toBeGreaterThan(0);
  });

  it('works while it is at work', () => {
    const away = told('HandoffAccepted', 'HandoffRejected').filter(({ event }) => !worksAt(organisation, event));
    expect(away).toEqual([]);
    const calls = told('CallCompleted').filter(({ event }) => String(event.data.callId).startsWith('call-lead-'));
    expect(calls.length).toBeGreaterThan(handoffs.size / 2);
    expect(
      calls.filter(({ event }) => !businessTimeOf(organisation, event.actorid).isAtWork(Date.parse(String(event.data.startedAt)) - 1)),
    ).toEqual([]);
  });
});

/** A duration of business time may end with the last moment of a shift. */
const worksAt = (organisation: Organisation, { actorid, time: at }: CloudEvent): boolean =>
  businessTimeOf(organisation, actorid).isAtWork(Date.parse(at) - 1);
