import type { DayItem } from './day-item';
import { keepOpen, keyOf } from './keep-open';

const item = (section: DayItem['section'], leadId: string, more: Partial<DayItem> = {}): DayItem =>
  ({ section, leadId, do: 'call', actionId: `plan-${leadId}`, ...more }) as DayItem;

const keys = (items: readonly DayItem[]) => items.map(keyOf);

describe('the day while something of it is open', () => {
  const [late, next, last] = [item('overdue', 'lead-1'), item('today', 'lead-2'), item('today', 'lead-3')];

  it('is as the engine says, while what is open is where it was opened', () => {
    const items = [late, next, last];
    expect(keepOpen(items, undefined)).toBe(items);
    expect(keepOpen(items, item('today', 'lead-3'))).toBe(items);
  });

  it('has what is open where it was opened, though it is overdue meanwhile', () => {
    expect(keys(keepOpen([late, item('overdue', 'lead-3'), next], last))).toEqual(keys([late, last, next]));
  });

  it('has what is open though another has done it', () => {
    expect(keys(keepOpen([late, next], last))).toEqual(keys([late, last, next]));
    expect(keys(keepOpen([late], last))).toEqual(keys([last, late]));
    expect(keys(keepOpen([], last))).toEqual(keys([last]));
  });

  it('keeps what else there is to do with the same lead', () => {
    const other = item('today', 'lead-3', { actionId: 'plan-other' });
    expect(keys(keepOpen([late, other], last))).toEqual(keys([late, last, other]));
  });
});
