import type { RecordedEvent } from '@leadlog/event-log';
import type { Decisions } from '@leadlog/events';
import { recorded } from '@leadlog/events/recorded.testing';
import { handoffsProjection, REFUSED, TO_HAND_OFF, TRICKLING } from './handoffs.projection';
import { act, day, hot, LEAD, ms, opened, won } from './standing.testing';

const lists = (...events: RecordedEvent[]) =>
  handoffsProjection.lists!(
    events.reduce((state, event) => handoffsProjection.evolve(state, event), handoffsProjection.initial(LEAD)),
    LEAD,
  );
const imported = (n: number, decisions: Decisions) =>
  recorded('InquiryReceived', { leadId: LEAD }, { at: day(n), recordedAt: day(30), metadata: { decisions } });
const hotBy = (how: 'silent' | 'trickle') =>
  recorded(
    'LeadTierChanged',
    { leadId: LEAD, to: 'hot', score: { engagement: 70 }, withheld: { since: day(30), imported: how } },
    { at: day(2) },
  );
const consent = (n: number, status: 'granted' | 'withdrawn') =>
  recorded('ConsentChanged', { leadId: LEAD, channel: 'phone', status }, { at: day(n) });

describe('a past that is imported', () => {
  it('hands nobody off silently, until the customer acts after it', () => {
    expect(lists(imported(1, 'silent'), hotBy('silent'))).toEqual({ 'withheld:silent': 70 });
    expect(lists(imported(1, 'silent'), hotBy('silent'), imported(31, 'silent'))).toEqual({ 'withheld:silent': 70 });
    expect(lists(imported(1, 'silent'), hotBy('silent'), act(31))).toEqual({ [TO_HAND_OFF]: ms(31) });
  });

  it('hands off bit by bit where that was asked for', () => {
    const waits = [imported(1, 'trickle'), hotBy('trickle')];
    expect(lists(...waits)).toEqual({ 'withheld:trickle': 70, [TRICKLING]: ms(30) });
    expect(lists(...waits, recorded('HandoffReleased', { leadId: LEAD, published: undefined }, { at: day(31) }))).toEqual({
      [TO_HAND_OFF]: ms(2),
    });
  });

  it('takes turns by what is above the cap too, where the decision says it', () => {
    const above = recorded(
      'LeadTierChanged',
      {
        leadId: LEAD,
        to: 'hot',
        score: { engagement: 100 },
        uncapped: { engagement: 143.5 },
        withheld: { since: day(30), imported: 'trickle' },
      },
      { at: day(2) },
    );
    expect(lists(imported(1, 'trickle'), above)).toEqual({ 'withheld:trickle': 143.5, [TRICKLING]: ms(30) });
  });

  it('hands off at once where all was asked for, when the import has told of the lead what it has to tell', () => {
    expect(lists(imported(1, 'all'), hot(2))).toEqual({ [TO_HAND_OFF]: ms(30) + 5_000 });
  });

  it.each(['silent', 'trickle', 'all'] as const)('never hands off who has an open deal or has bought (%s)', (how) => {
    const becameHot = how === 'all' ? hot(2) : hotBy(how);
    for (const deal of [[opened(1)], [opened(-5), won(-2)], [won(-2)]])
      expect(lists(imported(1, how), becameHot, ...deal, imported(3, how))).toEqual({});
  });
});

describe('a withdrawn consent', () => {
  it('puts who is due aside, as said last by when it happened, until it is granted again', () => {
    expect(lists(hot(1), consent(2, 'withdrawn'))).toEqual({ [REFUSED]: ms(1) });
    expect(lists(hot(1), consent(3, 'granted'), consent(2, 'withdrawn'))).toEqual({ [TO_HAND_OFF]: ms(1) });
    expect(lists(hot(1), consent(3, 'withdrawn'), consent(2, 'granted'))).toEqual({ [REFUSED]: ms(1) });
    // Of two the one that is granted again makes whoever waits look again.
    const byMail = (n: number, status: 'granted' | 'withdrawn') =>
      recorded('ConsentChanged', { leadId: LEAD, channel: 'email', status }, { at: day(n) });
    expect(lists(hot(1), consent(2, 'withdrawn'), byMail(3, 'withdrawn'))).toEqual({ [REFUSED]: ms(1) + 1 });
    expect(lists(hot(1), byMail(3, 'withdrawn'), consent(4, 'granted'), consent(2, 'withdrawn'))).toEqual({ [REFUSED]: ms(1) });
  });
});
