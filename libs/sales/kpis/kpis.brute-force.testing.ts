import type { EventOf, EventType, LeadlogEvent } from '@leadlog/events';

/** Only what is of one hour of the week (from Monday 0:00 in Tokyo), representative, mode, product (empty: of no product), or of leads with this attribute (empty: without). */
export type Only = { hour?: number; rep?: string; mode?: string; product?: string; fieldRep?: string; pair?: string } & Partial<
  Record<Attribute, string>
>;
/** What the flow requires. */
export const REQUIRED = ['need', 'next | topic'];
type Attribute = 'origin' | 'campaign' | 'region' | 'industry';

/**
 * The formulas once more, straight over a list of events of many leads, as slow and as literal as can be. Shares no code
 * with the read model. JPY only.
 */
export function bruteForce(
  events: readonly LeadlogEvent[],
  span: { from: number; to: number },
  today: number,
  only: Only = {},
): Record<string, { n: number; d: number | null; open: number | null; value?: number | null }> {
  const HOUR = 3_600_000;
  const DAY = 24 * HOUR;
  const MONDAY = Date.UTC(1970, 0, 4, 15);
  const dayOf = (at: number): number => Math.floor((at + 9 * HOUR) / DAY);
  const inSpan = (at: number): boolean => at >= span.from && at < span.to;
  const before = (a: LeadlogEvent, b: LeadlogEvent): number => a.occurredAt - b.occurredAt || Number(a.position - b.position);
  const sorted = [...events].sort(before);
  const of = <Type extends EventType>(type: Type): EventOf<Type>[] =>
    sorted.filter((event) => event.type === type) as LeadlogEvent[] as EventOf<Type>[];
  const distinct = <Item>(items: readonly Item[], id: (item: Item) => string, which: 'first' | 'last'): Item[] => {
    const kept = new Map<string, Item>();
    for (const item of items) if (which === 'last' || !kept.has(id(item))) kept.set(id(item), item);
    return [...kept.values()];
  };
  const lead = (event: LeadlogEvent): string => (event.data as { leadId: string }).leadId;

  // Of a lead: calls, appointments, meetings. Of a deal, whichever leads it has: openings, answers, products, quotes.
  const calls = distinct(of('CallCompleted'), (e) => `${lead(e)} ${e.data.callId}`, 'last');
  const bookings = distinct(of('AppointmentBooked'), (e) => `${lead(e)} ${e.data.appointmentId}`, 'first');
  const meetings = distinct(of('MeetingHeld'), (e) => `${lead(e)} ${e.data.meetingId}`, 'last');
  const openings = distinct(of('DealOpened'), (e) => e.data.dealId, 'first');
  const outcomes = distinct([...of('DealWon'), ...of('DealLost')].sort(before), (e) => e.data.dealId, 'last');
  const proposals = distinct(
    of('ProductProposed').flatMap((e) => e.data.productIds.map((product) => ({ e, product }))),
    ({ e, product }) => `${e.data.dealId} ${product}`,
    'first',
  );
  const revisions = distinct(of('QuoteSubmitted'), (e) => `${e.data.dealId} ${e.data.quoteId} ${e.data.revision}`, 'first');

  const dealRep = (dealId: string): string => openings.find((e) => e.data.dealId === dealId)?.data.repId ?? '';
  const repOf = (e: LeadlogEvent): string =>
    e.metadata.actor.kind === 'rep' ? e.metadata.actor.id : dealRep((e.data as { dealId: string }).dealId);
  const mine = (...reps: string[]): boolean => only.rep === undefined || reps.includes(only.rep);
  const isOfLead = (leadId: string): boolean =>
    ATTRIBUTES.every((attribute) => only[attribute] === undefined || attributeOf(events, leadId, attribute) === only[attribute]);
  const productsOf = (dealId: string): string[] => [
    ...(openings.find((e) => e.data.dealId === dealId)?.data.products ?? []),
    ...of('ProductProposed').flatMap((e) => (e.data.dealId === dealId ? e.data.productIds : [])),
  ];
  const isOfProduct = (about: string): boolean => {
    if (only.product === undefined) return true;
    const products = about.startsWith('deal ') ? productsOf(about.slice(5)) : [];
    return only.product === '' ? products.length === 0 : products.includes(only.product);
  };
  const isOfDeal = (e: LeadlogEvent): boolean => isOfProduct(`deal ${(e.data as { dealId: string }).dealId}`);
  const owner = (e: EventOf<'DealWon'> | EventOf<'DealLost'>): string => lead(openings.find((o) => o.data.dealId === e.data.dealId) ?? e);
  const isSo = ({ data }: { data: { mode: string } }): boolean => only.mode === undefined || data.mode === only.mode;
  const at = (text: string): number => Date.parse(text);

  type Booking = EventOf<'AppointmentBooked'>;
  const toldOf = (booking: Booking) =>
    [...of('AppointmentBooked'), ...of('AppointmentChanged')]
      .sort(before)
      .filter((e) => lead(e) === lead(booking) && e.data.appointmentId === booking.data.appointmentId);
  const lastStatus = (booking: Booking): string =>
    toldOf(booking)
      .map((e) => (e.type === 'AppointmentBooked' ? 'booked' : e.data.status))
      .at(-1)!;
  const scheduled = (booking: Booking): number =>
    at(
      toldOf(booking)
        .flatMap((e) => (e.type === 'AppointmentBooked' ? [e.data.scheduledAt] : (e.data.newAt ?? [])))
        .at(-1)!,
    );
  const callOf = (booking: Booking): string => {
    if (booking.data.sourceCallId !== undefined) return `${lead(booking)} ${booking.data.sourceCallId}`;
    const candidates = calls.filter(
      (e) =>
        lead(e) === lead(booking) &&
        e.data.repId === booking.data.repId &&
        at(e.data.startedAt) <= booking.occurredAt &&
        booking.occurredAt - at(e.data.startedAt) <= 24 * HOUR,
    );
    candidates.sort((a, b) => at(a.data.startedAt) - at(b.data.startedAt) || (a.data.callId < b.data.callId ? -1 : 1));
    return `${lead(booking)} ${candidates.at(-1)?.data.callId}`;
  };
  const appointed = new Set(bookings.map(callOf));

  const dealEvents = [...of('DealOpened'), ...of('ProductProposed'), ...of('QuoteSubmitted'), ...of('DealWon'), ...of('DealLost')];
  const leadsOf = (dealId: string): Set<string> => new Set(dealEvents.filter((e) => e.data.dealId === dealId).map(lead));
  const ends = [
    ...outcomes.flatMap((e) => [...leadsOf(e.data.dealId)].map((one) => ({ lead: one, at: e.occurredAt, won: e.type === 'DealWon' }))),
    ...[...of('LeadReturned'), ...of('LeadDisqualified')].map((e) => ({ lead: lead(e), at: e.occurredAt, won: false })),
  ];
  const subject = (leadId: string, when: number, dealId: string | undefined): string => {
    if (dealId !== undefined) return `deal ${dealId}`;
    const deals = openings
      .filter((e) => leadsOf(e.data.dealId).has(leadId))
      .sort((a, b) => a.occurredAt - b.occurredAt || (a.data.dealId < b.data.dealId ? -1 : 1));
    const closed = (e: EventOf<'DealOpened'>): number => outcomes.find((o) => o.data.dealId === e.data.dealId)?.occurredAt ?? Infinity;
    const running = deals.filter((e) => e.occurredAt <= when && closed(e) >= when).at(-1);
    if (running) return `deal ${running.data.dealId}`;
    const next = deals.find(
      (e) => e.occurredAt > when && !ends.some((end) => end.lead === leadId && end.at >= when && end.at < e.occurredAt),
    );
    return next ? `deal ${next.data.dealId}` : `run ${leadId} ${ends.filter((end) => end.lead === leadId && end.at < when).length}`;
  };
  const subjectOfMeeting = (e: EventOf<'MeetingHeld'>): string =>
    subject(
      lead(e),
      at(e.data.startedAt),
      e.data.dealId ?? bookings.find((b) => lead(b) === lead(e) && b.data.appointmentId === e.data.appointmentId)?.data.dealId,
    );
  const subjectOfBooking = (e: Booking): string => subject(lead(e), e.occurredAt, e.data.dealId);

  const byStart = [...meetings].sort(
    (a, b) =>
      at(a.data.startedAt) - at(b.data.startedAt) ||
      (a.data.meetingId === b.data.meetingId ? (a.position < b.position ? -1 : 1) : a.data.meetingId < b.data.meetingId ? -1 : 1),
  );
  const firstMeetings = distinct(byStart, subjectOfMeeting, 'first');
  const fate = (first: EventOf<'MeetingHeld'>): 'open' | 'lost' | 'decided' => {
    const name = subjectOfMeeting(first);
    const start = at(first.data.startedAt);
    const second = byStart.find((e) => subjectOfMeeting(e) === name && e.data.meetingId !== first.data.meetingId);
    const closing = outcomes.find((o) => `deal ${o.data.dealId}` === name);
    const end = name.startsWith('deal ')
      ? closing && { at: closing.occurredAt, won: closing.type === 'DealWon' }
      : ends.filter((one) => one.lead === lead(first) && one.at >= start).sort((a, b) => a.at - b.at || Number(b.won) - Number(a.won))[0];
    if (second && !(end && end.at < at(second.data.startedAt))) return 'decided';
    if (end) return !end.won && dayOf(end.at) - dayOf(start) <= 60 ? 'lost' : 'decided';
    return dayOf(start) + 60 >= today ? 'open' : 'decided';
  };
  const is = (n: number, d: number | null = null, open: number | null = null) => ({ n, d, open });
  const endOf = (first: EventOf<'MeetingHeld'>): { won: boolean } | undefined => {
    const name = subjectOfMeeting(first);
    if (!name.startsWith('deal '))
      return ends
        .filter((one) => one.lead === lead(first) && one.at >= at(first.data.startedAt))
        .sort((a, b) => a.at - b.at || Number(b.won) - Number(a.won))[0];
    const closing = outcomes.find((o) => `deal ${o.data.dealId}` === name);
    return closing && { won: closing.type === 'DealWon' };
  };
  const requiredCovered = (first: EventOf<'MeetingHeld'>): number => {
    const name = subjectOfMeeting(first);
    const told = [
      ...meetings.filter((m) => subjectOfMeeting(m) === name),
      ...calls.filter((c) => subject(lead(c), at(c.data.startedAt), undefined) === name),
    ];
    return REQUIRED.filter((item) => told.some((e) => e.data.covered?.includes(item))).length;
  };
  const covered = (firsts: readonly EventOf<'MeetingHeld'>[]) =>
    is(
      firsts.reduce((total, first) => total + requiredCovered(first), 0),
      firsts.length * REQUIRED.length,
    );
  const firstBookings = distinct(bookings, subjectOfBooking, 'first');
  const held = (e: Booking): boolean =>
    meetings.some(
      (m) =>
        dayOf(at(m.data.startedAt)) - dayOf(scheduled(e)) <= 14 &&
        ((m.data.appointmentId === e.data.appointmentId &&
          (lead(m) === lead(e) || (subjectOfMeeting(m) === subjectOfBooking(e) && subjectOfBooking(e).startsWith('deal ')))) ||
          (m.data.appointmentId === undefined && at(m.data.startedAt) >= e.occurredAt && subjectOfMeeting(m) === subjectOfBooking(e))),
    );

  const myCalls = calls.filter(
    (e) =>
      inSpan(at(e.data.startedAt)) &&
      mine(e.data.repId) &&
      isOfLead(lead(e)) &&
      (only.hour === undefined || Math.floor((at(e.data.startedAt) - MONDAY) / HOUR) % 168 === only.hour),
  );
  const spoken = myCalls.filter((e) => ['gatekeeper', 'reached', 'refused'].includes(e.data.outcome)).length;
  const reached = myCalls.filter((e) => e.data.outcome === 'reached').length;
  const dialled = myCalls.filter((e) => e.data.outcome !== 'wrongNumber').length;
  const withAppointment = myCalls.filter((e) => appointed.has(`${lead(e)} ${e.data.callId}`)).length;
  const isMyBooking = (e: Booking): boolean =>
    inSpan(e.occurredAt) && mine(e.data.repId) && isSo(e) && isOfLead(lead(e)) && isOfProduct(subjectOfBooking(e));
  const isMyMeeting = (e: EventOf<'MeetingHeld'>): boolean =>
    inSpan(at(e.data.startedAt)) && mine(...e.data.repIds) && isSo(e) && isOfLead(lead(e)) && isOfProduct(subjectOfMeeting(e));
  const isMyDealFact = (e: LeadlogEvent): boolean => inSpan(e.occurredAt) && mine(repOf(e)) && isOfLead(lead(e)) && isOfDeal(e);
  const myBookings = bookings.filter(isMyBooking);
  const myMeetings = meetings.filter(isMyMeeting);
  const myFirst = firstMeetings.filter(isMyMeeting);
  const myFirstBookings = firstBookings.filter(isMyBooking);
  const myProposals = proposals.filter(({ e, product }) => isMyDealFact(e) && (only.product === undefined || only.product === product));
  const myProposedDeals = distinct(of('ProductProposed'), (e) => e.data.dealId, 'first').filter(isMyDealFact);
  const isFirstRevision = (e: EventOf<'QuoteSubmitted'>): boolean =>
    revisions.every((r) => r.data.quoteId !== e.data.quoteId || r.data.dealId !== e.data.dealId || r.data.revision >= e.data.revision);
  const myQuotes = revisions.filter(isMyDealFact);
  const closed = outcomes.filter((e) => inSpan(e.occurredAt) && mine(repOf(e)) && isOfLead(owner(e)) && isOfDeal(e));
  const opened = openings.filter((e) => inSpan(e.occurredAt) && mine(e.data.repId) && isOfLead(lead(e)) && isOfDeal(e));
  const outcomeOf = (e: EventOf<'DealOpened'>): string | undefined => outcomes.find((o) => o.data.dealId === e.data.dealId)?.type;
  const amount = (e: EventOf<'DealWon'> | EventOf<'DealLost'>): number =>
    e.type === 'DealWon'
      ? e.data.amount.value
      : (of('QuoteSubmitted')
          .filter((q) => q.data.dealId === e.data.dealId)
          .at(-1)?.data.amount.value ??
        openings.find((o) => o.data.dealId === e.data.dealId)?.data.amount?.value ??
        0);
  const won = closed.filter((e) => e.type === 'DealWon');
  const total = (list: typeof closed): number => list.reduce((sum, e) => sum + amount(e), 0);

  const handedOff = distinct(of('LeadHandedOff'), (e) => `${lead(e)} ${e.data.handoffId}`, 'first');
  const returned = of('LeadReturned').filter((e) => inSpan(e.occurredAt) && isOfLead(lead(e)));
  const cameBackAt = (e: LeadlogEvent): number =>
    Math.min(
      ...handedOff
        .filter((o) => lead(o) === lead(e) && o.occurredAt > e.occurredAt && dayOf(o.occurredAt) - dayOf(e.occurredAt) <= 365)
        .map((o) => o.occurredAt),
    );
  const bought = (e: LeadlogEvent): boolean =>
    outcomes.some((o) => o.type === 'DealWon' && owner(o) === lead(e) && o.occurredAt >= cameBackAt(e));

  type Relayed = EventOf<'AppointmentRelayed'>;
  const inLog = (a: LeadlogEvent, b: LeadlogEvent): number => Number(a.position - b.position);
  const ofAppointment = <Fact extends { data: { appointmentId: string } } & LeadlogEvent>(list: Fact[], e: Relayed): Fact[] =>
    list.filter((o) => lead(o) === lead(e) && o.data.appointmentId === e.data.appointmentId).sort(inLog);
  const answerTo = (e: Relayed) => {
    const next = ofAppointment(of('AppointmentRelayed'), e).find((o) => o.position > e.position);
    return ofAppointment([...of('RelayAccepted'), ...of('RelayRejected')], e).find(
      (o) => o.position > e.position && (next === undefined || o.position < next.position),
    );
  };
  const accepted = (e: Relayed) => answerTo(e)?.type === 'RelayAccepted';
  const fieldRepOf = (e: Relayed): string => (accepted(e) ? answerTo(e)!.data.repId : e.data.toRepId);
  const heldAfter = (e: Relayed) =>
    ofAppointment(of('AppointmentRelayed'), e).findLast((o) => answerTo(o)?.type !== 'RelayRejected') === e
      ? byStart.find((m) => lead(m) === lead(e) && m.data.appointmentId === e.data.appointmentId && at(m.data.startedAt) >= e.occurredAt)
      : undefined;
  const wonAfter = (e: Relayed): boolean => {
    const held = heldAfter(e);
    const dealId =
      held?.data.dealId ?? bookings.find((b) => lead(b) === lead(e) && b.data.appointmentId === e.data.appointmentId)?.data.dealId;
    return held !== undefined && outcomes.some((o) => o.data.dealId === dealId && o.type === 'DealWon');
  };
  const relayed = of('AppointmentRelayed').filter(
    (e) =>
      inSpan(e.occurredAt) &&
      isOfLead(lead(e)) &&
      mine(e.data.fromRepId) &&
      (only.fieldRep === undefined || fieldRepOf(e) === only.fieldRep) &&
      (only.pair === undefined || `${e.data.fromRepId} → ${fieldRepOf(e)}` === only.pair),
  );

  return {
    calls: is(myCalls.length),
    'answer-rate': is(spoken, dialled),
    'reach-rate': is(reached, dialled),
    appointments: is(myBookings.length),
    'appointments-net': is(myBookings.filter((e) => lastStatus(e) !== 'cancelled').length),
    'appointment-rate': is(withAppointment, myCalls.length),
    'appointment-rate-per-reach': is(withAppointment, reached),
    'first-meetings': is(myFirst.length),
    'first-meeting-rate': is(
      myFirstBookings.filter(held).length,
      myFirstBookings.length,
      myFirstBookings.filter((e) => !held(e) && lastStatus(e) !== 'cancelled' && dayOf(scheduled(e)) + 14 >= today).length,
    ),
    'first-meeting-loss-rate': is(
      myFirst.filter((e) => fate(e) === 'lost').length,
      myFirst.length,
      myFirst.filter((e) => fate(e) === 'open').length,
    ),
    'flow-covered': covered(myFirst),
    'flow-covered-won': covered(myFirst.filter((e) => endOf(e)?.won === true)),
    'flow-covered-lost': covered(myFirst.filter((e) => endOf(e)?.won === false)),
    proposals: is(myProposedDeals.length),
    'products-proposed': is(myProposals.length),
    'products-per-deal': is(myProposals.length, myProposedDeals.length),
    quotes: is(myQuotes.filter(isFirstRevision).length),
    'quote-revisions': is(myQuotes.filter((e) => !isFirstRevision(e)).length),
    visits: is(myMeetings.length),
    'visits-onsite': is(myMeetings.filter((e) => e.data.mode === 'onsite').length),
    'visits-remote': is(myMeetings.filter((e) => e.data.mode === 'remote').length),
    'visits-per-deal': is(myMeetings.length, myFirst.filter((e) => subjectOfMeeting(e).startsWith('deal ')).length),
    ...(only.hour !== undefined && {
      'answer-rate-by-hour': is(spoken, dialled),
      'appointment-rate-by-hour': is(
        myCalls.filter((e) => e.data.outcome !== 'wrongNumber' && appointed.has(`${lead(e)} ${e.data.callId}`)).length,
        dialled,
      ),
    }),
    'visits-per-win': is(
      won.reduce(
        (sum, e) =>
          sum + new Set(meetings.filter((m) => subjectOfMeeting(m) === `deal ${e.data.dealId}`).map((m) => m.data.meetingId)).size,
        0,
      ),
      won.length,
    ),
    wins: is(won.length),
    'win-rate': is(won.length, closed.length),
    'loss-rate': is(closed.length - won.length, closed.length),
    'win-rate-cohort': is(
      opened.filter((e) => outcomeOf(e) === 'DealWon').length,
      opened.length,
      opened.filter((e) => outcomeOf(e) === undefined).length,
    ),
    returns: is(returned.length),
    'return-yield': is(
      returned.filter((e) => cameBackAt(e) < Infinity).length,
      returned.length,
      returned.filter((e) => cameBackAt(e) === Infinity && dayOf(e.occurredAt) + 365 >= today).length,
    ),
    'return-yield-won': is(
      returned.filter(bought).length,
      returned.length,
      returned.filter((e) => !bought(e) && dayOf(e.occurredAt) + 365 >= today).length,
    ),
    relays: is(relayed.length),
    'relay-acceptance-rate': is(relayed.filter(accepted).length, relayed.length),
    'relay-held-rate': is(relayed.filter((e) => heldAfter(e) !== undefined).length, relayed.length),
    'relay-won-rate': is(relayed.filter(wonAfter).length, relayed.length),
    'stage-time-deal': {
      ...is(
        opened.filter((e) => outcomeOf(e) !== undefined).length,
        opened.length,
        opened.filter((e) => outcomeOf(e) === undefined).length,
      ),
      value: medianStay(
        opened.map((e) => {
          const end = outcomes.find((o) => o.data.dealId === e.data.dealId);
          return { days: Math.max(0, (end ? dayOf(end.occurredAt) : today) - dayOf(e.occurredAt)), left: end !== undefined };
        }),
      ),
    },
    'amount-won': is(total(won)),
    'amount-win-rate': is(total(won), total(closed)),
  };
}

/** Kaplan and Meier with exact fractions: the first day after which at most half are left. */
export function medianStay(stays: readonly { days: number; left: boolean }[]): number | null {
  let [above, below] = [1n, 1n];
  for (const days of [...new Set(stays.map((one) => one.days))].sort((a, b) => a - b)) {
    const there = stays.filter((one) => one.days >= days).length;
    const left = stays.filter((one) => one.days === days && one.left).length;
    [above, below] = [above * BigInt(there - left), below * BigInt(there)];
    if (2n * above <= below) return days;
  }
  return null;
}

const ATTRIBUTES = ['origin', 'campaign', 'region', 'industry'] as const;

/** What was said at the first capture, or, of the industry, last; empty if nothing was. */
function attributeOf(events: readonly LeadlogEvent[], leadId: string, attribute: Attribute): string {
  const its = events
    .filter((e) => (e.data as { leadId: string }).leadId === leadId)
    .sort((a, b) => a.occurredAt - b.occurredAt || Number(a.position - b.position));
  if (attribute !== 'industry') {
    const capture = its.find((e) => e.type === 'LeadCaptured');
    return capture?.data[attribute === 'campaign' ? 'campaignId' : attribute] ?? '';
  }
  const said = its.flatMap((e) => {
    if (e.type !== 'LeadCaptured' && e.type !== 'ProfileUpdated') return [];
    return (e.type === 'LeadCaptured' ? e.data.profile : e.data.changes).industry ?? [];
  });
  return said.at(-1) ?? '';
}

/** The KPIs of captured leads once more: a deal's win is that of the lead that it was opened with, else won with. */
export function bruteForceLeads(
  events: readonly LeadlogEvent[],
  span: { from: number; to: number },
  only: Partial<Record<Attribute, string>> = {},
): Record<'leads' | 'lead-to-won', { n: number; d: number | null }> {
  const sorted = [...events].sort((a, b) => a.occurredAt - b.occurredAt || Number(a.position - b.position));
  const lead = (event: LeadlogEvent): string => (event.data as { leadId: string }).leadId;
  const captured = sorted
    .filter((e) => e.type === 'LeadCaptured')
    .filter((e, place, all) => all.findIndex((other) => lead(other) === lead(e)) === place)
    .filter((e) => e.occurredAt >= span.from && e.occurredAt < span.to)
    .filter((e) => ATTRIBUTES.every((one) => only[one] === undefined || attributeOf(events, lead(e), one) === only[one]));
  const dealIds = new Set(sorted.flatMap((e) => (e.type === 'DealWon' || e.type === 'DealLost' ? [e.data.dealId] : [])));
  const winners = [...dealIds].flatMap((dealId) => {
    const answer = sorted.findLast((e) => (e.type === 'DealWon' || e.type === 'DealLost') && e.data.dealId === dealId)!;
    const opening = sorted.find((e) => e.type === 'DealOpened' && e.data.dealId === dealId);
    return answer.type === 'DealWon' ? [lead(opening ?? answer)] : [];
  });
  return {
    leads: { n: captured.length, d: null },
    'lead-to-won': { n: captured.filter((e) => winners.includes(lead(e))).length, d: captured.length },
  };
}
