import { recordKindOf, type DayItem } from './day-item';

const item = (section: DayItem['section'], from: DayItem['from'], verb: string, dealId?: string) =>
  recordKindOf({ section, from, do: verb, dealId });

describe('what is recorded of an item of the day', () => {
  it('is a meeting for what was agreed, also once it has passed', () => {
    expect(item('appointment', 'appointment', 'meet')).toBe('meeting');
    expect(item('overdue', 'appointment', 'record')).toBe('meeting');
    expect(item('today', 'appointment', 'record', 'deal-1')).toBe('meeting');
    expect(item('today', 'planned', 'meet')).toBe('meeting');
  });

  it('is of the deal for what moves one', () => {
    expect(item('decision', 'answer', 'revise', 'deal-1')).toBe('deal');
    for (const verb of ['quote', 'revise', 'close', 'ask']) expect(item('today', 'process', verb, 'deal-1')).toBe('deal');
    expect(item('today', 'process', 'open-deal')).toBe('deal');
    expect(item('today', 'process', 'quote')).toBe('call');
  });

  it('is nothing for what is to be answered first', () => {
    expect(item('accept', 'handoff', 'accept')).toBeUndefined();
    expect(item('accept', 'relay', 'accept')).toBeUndefined();
    expect(item('question', 'handoff', 'answer')).toBeUndefined();
  });
});
