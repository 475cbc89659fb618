import { recorded } from '@leadlog/events/recorded.testing';
import { dayOf, shown } from './company.testing';
import {
  accepted,
  asked,
  at,
  booked,
  called,
  cardHanded,
  cardOf,
  handedOff,
  met,
  opened,
  relayAccepted,
  relayed,
  relayRejected,
  told,
} from './history.testing';

describe('an appointment that inside sales relays to field sales', () => {
  const visit = at(9, '14:00');
  const events = [
    ...handedOff('lead-a', 1),
    accepted('lead-a', at(1, '11:00')),
    called('lead-a', at(1, '13:00'), 'reached'),
    booked('lead-a', at(1, '13:05'), visit),
    relayed('lead-a', visit, at(1, '13:10')),
  ];
  const days = async (history: typeof events, now: string) => [
    shown(await dayOf(history, now, 'rep-1')),
    shown(await dayOf(history, now, 'rep-2')),
  ];
  const confirm = 'overdue lead-a: confirm, the meeting is near, 06-08 13:00';
  const meet = 'appointment lead-a: meet, an appointment was booked, 06-09 14:00';

  it('waits with the field rep to be accepted, by its time; until then it stays with the inside rep', async () => {
    const waiting = 'accept lead-a: accept, rep-1 has relayed an appointment, 06-09 14:00';
    expect(await days(events, at(2))).toEqual([[], [waiting]]);
    expect((await dayOf(events, at(2), 'rep-2'))[0]).toMatchObject({
      from: 'relay',
      text: '役員も同席',
      appointmentId: `apt-lead-a-${visit}`,
    });
    expect(await days(events, at(9, '09:00'))).toEqual([[confirm, meet], [waiting]]);
  });

  it('is of the field rep once accepted, and so is what follows from the meeting', async () => {
    events.push(relayAccepted('lead-a', visit, at(2)));
    expect(await days(events, at(9, '09:00'))).toEqual([[], [confirm, meet]]);
    const held = [...events, met('lead-a', visit)];
    const openDeal = 'today lead-a: open-deal, a meeting was held, but there is no deal, 06-10 14:00';
    expect(await days(held, at(10, '09:00'))).toEqual([[], [openDeal]]);
    // Later a manager gives the lead to somebody else.
    const given = { leadId: 'lead-a', handoffId: 'ho-lead-a-1', repId: 'rep-3', method: 'manual' } as const;
    const moved = [...held, recorded('LeadAssigned', given, { at: at(10, '10:00') })];
    expect(await days(moved, at(10, '11:00'))).toEqual([[], []]);
    expect(shown(await dayOf(moved, at(10, '11:00'), 'rep-3'))).toEqual([openDeal]);
  });

  it('goes back to the inside rep when it is rejected, whatever the clock of the answer says', async () => {
    const rejected = [...events.slice(0, 5), relayRejected('lead-a', visit, at(1, '09:00'))];
    expect(await days(rejected, at(9, '09:00'))).toEqual([[confirm, meet], []]);
  });

  it('is asked for no more once it is cancelled, has been held, or nobody sells to the lead any more', async () => {
    const waiting = events.slice(0, 5);
    const cancelled = { leadId: 'lead-a', appointmentId: `apt-lead-a-${visit}`, status: 'cancelled' } as const;
    for (const end of [
      recorded('AppointmentChanged', cancelled, { at: at(3) }),
      met('lead-a', visit),
      recorded('LeadDisqualified', { leadId: 'lead-a' }, { at: at(3) }),
    ])
      expect(await dayOf([...waiting, end], at(9, '16:00'), 'rep-2')).toEqual([]);
  });

  it('takes a deal that was open along', async () => {
    const inDeal = [
      opened('lead-b', 'deal-b', at(1)),
      booked('lead-b', at(2), visit, 'deal-b'),
      relayed('lead-b', visit, at(3)),
      relayAccepted('lead-b', visit, at(4)),
    ];
    expect(await days(inDeal, at(9, '13:00'))).toEqual([
      [],
      ['overdue deal-b: confirm, the meeting is near, 06-08 13:00', 'appointment deal-b: meet, an appointment was booked, 06-09 14:00'],
    ]);
  });
});

describe('a business card', () => {
  const card = cardOf('lead-a', at(1));
  // Ninety calendar days after the first of June.
  const august = '2026-08-30T12:00:00+09:00';
  const dormant = 'card lead-a: hand-over, nothing has come of the card since it was exchanged, 08-31 00:00';

  it('is to be followed up or handed over from the day on which it is dormant, after ninety days', async () => {
    expect(await dayOf([card], august)).toEqual([]);
    const [item] = await dayOf([card], '2026-08-31T09:00:00+09:00');
    expect(shown([item!])).toEqual([dormant]);
    expect(item).toMatchObject({ cardId: 'card-lead-a', from: 'card' });
    expect(await dayOf([card], '2026-08-31T09:00:00+09:00', 'rep-2')).toEqual([]);
    // A year later it is a contact like any other.
    expect(await dayOf([card], '2027-06-02T09:00:00+09:00')).toEqual([]);
  });

  it('is not, once marketing has it, while sales has the lead, or if it is disqualified', async () => {
    const now = '2026-09-10T09:00:00+09:00';
    const ends = [[cardHanded('lead-a', at(20), false)], [recorded('LeadDisqualified', { leadId: 'lead-a' }, { at: at(20) })]];
    for (const end of ends) expect(await dayOf([card, ...end], now)).toEqual([]);
    expect((await dayOf([card, ...handedOff('lead-a', 20, 'rep-2')], now)).map(({ section }) => section)).toEqual([]);
    expect(shown(await dayOf([card, cardOf('lead-b', at(2), 'rep-2')], now))).toEqual([dormant]);
  });

  it('that its rep follows is worked on like a lead: called until somebody answers', async () => {
    const events = [card, called('lead-a', at(3), 'noAnswer')];
    expect(shown(await dayOf(events, at(8)))).toEqual(['overdue lead-a: call, nobody answered, 06-05 10:00']);
    // Sold, it is over.
    const deal = { leadId: 'lead-a', dealId: 'deal-a' };
    const sold = [...events, opened('lead-a', 'deal-a', at(4)), recorded('DealWon', deal, { at: at(5) })];
    expect(await dayOf(sold, at(8))).toEqual([]);
    // Somebody else's call follows nothing up.
    const other = recorded('CallCompleted', { leadId: 'lead-b', repId: 'rep-2', startedAt: at(3), outcome: 'noAnswer' }, { at: at(3) });
    expect(await dayOf([cardOf('lead-b', at(1)), other], at(8))).toEqual([]);
  });

  it('that its rep keeps while marketing nurtures it is to be called', async () => {
    const kept = [card, cardHanded('lead-a', at(2), true)];
    const [item] = await dayOf(kept, at(9, '11:00'));
    expect(shown([item!])).toEqual(['overdue lead-a: call, a card is being followed up, 06-09 10:00']);
    expect(item).toMatchObject({ stage: 'card', rule: { stage: 'card' } });
    expect(shown(await dayOf([...kept, called('lead-a', at(5), 'reached')], at(10, '11:00')))).toEqual([
      'overdue lead-a: book, they talked, but nothing is booked, 06-10 10:00',
    ]);
  });
});

describe('a question of marketing', () => {
  const withRep = [...handedOff('lead-a', 1), accepted('lead-a', at(1, '11:00')), called('lead-a', at(1, '13:00'), 'reached')];
  const question = (hour: string) => `question lead-a: answer, marketing has asked a question, 06-02 ${hour}`;
  const [first, second] = [asked('lead-a', at(2, '09:00')), asked('lead-a', at(2, '10:00'))];

  it('stands in the day of whoever has the lead until it is answered, by its name or with all others', async () => {
    const events = [...withRep, first, second];
    expect(shown(await dayOf(events, at(2, '12:00')))).toEqual([question('09:00'), question('10:00')]);
    expect(shown(await dayOf([...events, told('lead-a', at(2, '11:00'), first.id)], at(2, '12:00')))).toEqual([question('10:00')]);
    expect(await dayOf([...events, told('lead-a', at(2, '11:00'))], at(2, '12:00'))).toEqual([]);
  });

  it('goes with the lead, and is no longer asked when it was given back', async () => {
    const given = { leadId: 'lead-a', handoffId: 'ho-lead-a-1', repId: 'rep-2', method: 'manual' } as const;
    const events = [...withRep, first, recorded('LeadAssigned', given, { at: at(2, '11:00') })];
    expect(await dayOf(events, at(2, '12:00'))).toEqual([]);
    expect(shown(await dayOf(events, at(2, '12:00'), 'rep-2'))).toEqual([question('09:00')]);
    const returned = { leadId: 'lead-a', runId: 'run-lead-a-1', handoffId: 'ho-lead-a-1', reason: '時期尚早' };
    expect(await dayOf([...events, recorded('LeadReturned', returned, { at: at(2, '13:00') })], at(3), 'rep-2')).toEqual([]);
  });
});
