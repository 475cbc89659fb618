import type { RecordedEvent } from '@leadlog/event-log';
import { decode, traitsOf, validateData, type EventData } from '@leadlog/events';
import { recorded } from './recorded.testing';

const before = (event: RecordedEvent): RecordedEvent => {
  const { traits: _, ...data } = event.data as { traits?: unknown };
  return { ...event, data };
};

describe('traits of a profile', () => {
  it('are the domain of the address as it was recorded, and which of the personal fields are given', () => {
    expect(traitsOf({ name: '青山 晴香', email: 'h.aoyama@Minato-Seiki.example', title: '部長' })).toEqual({
      emailDomain: 'Minato-Seiki.example',
      has: ['name', 'email'],
    });
    expect(traitsOf({ phone: '+81-3-5550-0123', employees: 3 })).toEqual({ has: ['phone'] });
    expect(traitsOf({})).toEqual({ has: [] });
  });

  it('are derived when an event from before there were any is read, and decoding twice is decoding once', () => {
    const captured = recorded('LeadCaptured', { profile: { email: 'a@gmail.com', company: '東都電機' } });
    const updated = recorded('ProfileUpdated', { changes: { name: '青山' } });
    for (const event of [captured, updated] as RecordedEvent[]) {
      const old = before(event);
      const copy = structuredClone(old);
      const decoded = decode(old);
      expect(decoded).toEqual(event);
      expect(old).toEqual(copy);
      expect(decode(decoded)).toBe(decoded);
      expect(decode(event)).toBe(event);
    }
    expect((captured.data as EventData['LeadCaptured']).traits).toEqual({ emailDomain: 'gmail.com', has: ['email'] });
  });

  it('are valid data of the event', () => {
    for (const type of ['LeadCaptured', 'ProfileUpdated'] as const) expect(validateData(type, recorded(type).data)).toEqual([]);
    const wrong = { ...recorded('ProfileUpdated').data, traits: { has: ['title'] } };
    expect(validateData('ProfileUpdated', wrong)).toMatchObject([{ pointer: '/data/traits/has/0' }]);
  });
});
