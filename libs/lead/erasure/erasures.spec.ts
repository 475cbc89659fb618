import fc from 'fast-check';
import { recorded } from '@leadlog/events/recorded.testing';
import type { LeadlogEvent } from '@leadlog/events';
import { erasureOfPerson, unfinished, withErasureEvent, type Erasure } from './erasures';

const of = (leadId: string) => ({ leadId, requestId: `r-${leadId}` });
const told = (leadId: string, at: number) => [
  recorded('PersonalDataErasureRequested', { ...of(leadId), leadIds: [leadId], streams: [`deal-${leadId}`] }, { at }),
  recorded('PersonalDataErased', { ...of(leadId), dealId: leadId }, { at, stream: `deal-${leadId}` }),
  recorded('PersonalDataErased', of(leadId), { at }),
  recorded('PersonalDataErasureCompleted', { ...of(leadId), jobs: 2, generations: 1, clearEvents: 0 }, { at: at + 1 }),
];
const fold = (events: readonly LeadlogEvent[]): Erasure[] | undefined =>
  events.reduce(withErasureEvent, undefined as Erasure[] | undefined);

describe('what is known of erasures', () => {
  const events = [...told('a', 1), ...told('b', 2)] as LeadlogEvent[];

  it('is the same in any order of arrival, also where one person became part of another', () => {
    const whole = fold(events);
    fc.assert(fc.property(fc.shuffledSubarray(events, { minLength: events.length }), (shuffled) => expect(fold(shuffled)).toEqual(whole)));
    expect(erasureOfPerson(whole, ['a', 'b'])).toMatchObject({ state: 'completed', requestId: 'r-b', leadIds: ['a', 'b'], jobs: 4 });
    expect(erasureOfPerson(whole, ['a', 'b', 'c'])).toBeUndefined();
    expect(erasureOfPerson(fold(events.slice(0, -1)), ['a', 'b'])).toMatchObject({ state: 'erased', requestId: 'r-b' });
  });

  it('names the one that was asked for first as long as it is not completed, and the deal does not stand for the lead', () => {
    const [asked, deal, lead, completed] = told('a', 5) as LeadlogEvent[];
    expect(unfinished(fold([...told('b', 6).slice(0, 1), asked!, deal!] as LeadlogEvent[]))).toMatchObject({
      leadId: 'a',
      erased: undefined,
    });
    expect(unfinished(fold([asked!, deal!, lead!]))).toMatchObject({ leadId: 'a', erased: Number(lead!.position) });
    expect(unfinished(fold([asked!, deal!, lead!, completed!]))).toBeUndefined();
  });
});
