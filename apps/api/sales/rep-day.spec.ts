import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import type { LeadlogEvent } from '@leadlog/events';
import { recorded } from '@leadlog/events/recorded.testing';
import {
  GetNextOfLead,
  GetNextOfLeadHandler,
  GetRepDay,
  GetRepDayHandler,
  ListOpenDeals,
  ListOpenDealsHandler,
} from '@leadlog/sales/next-actions/work.handlers';
import { dayOf, processFile, readerOf, shown } from './stories/company.testing';
import { accepted, answered, at, booked, called, handedOff, met, opened, quoted } from './stories/history.testing';

describe('the day of a rep', () => {
  it('begins with what waits to be accepted, by its deadline; then the call that the process asks for', async () => {
    const events = [...handedOff('lead-a', 1)];
    expect(shown(await dayOf(events, at(1, '11:00')))).toEqual(['accept lead-a: accept, handed off by marketing, 06-01 14:00']);
    events.push(accepted('lead-a', at(1, '11:00')));
    expect(shown(await dayOf(events, at(1, '12:00')))).toEqual(['today lead-a: call, it was accepted, 06-01 15:00']);
    expect(shown(await dayOf(events, at(1, '16:00')))).toEqual(['overdue lead-a: call, it was accepted, 06-01 15:00']);
  });

  it('asks to call again when nobody answered, and to give it back after six calls', async () => {
    const events = [...handedOff('lead-a', 1), accepted('lead-a', at(1, '11:00')), called('lead-a', at(1, '13:00'), 'noAnswer')];
    expect(shown(await dayOf(events, at(3, '09:30')))).toEqual(['today lead-a: call, nobody answered, 06-03 13:00']);
    for (const day of [2, 3, 4, 5, 8]) events.push(called('lead-a', at(day, '13:00'), 'noAnswer'));
    expect(shown(await dayOf(events, at(8, '14:00')))).toEqual(['overdue lead-a: return, six calls without an appointment, 06-08 13:00']);
  });

  it('shows an appointment on its day, asks what became of it, and goes on once a meeting is told', async () => {
    const events = [
      ...handedOff('lead-a', 1),
      accepted('lead-a', at(1, '11:00')),
      called('lead-a', at(1, '13:00'), 'reached'),
      booked('lead-a', at(1, '13:05'), at(5, '14:00')),
    ];
    expect(await dayOf(events, at(2))).toEqual([]);
    expect(shown(await dayOf(events, at(5, '09:00')))).toEqual([
      'overdue lead-a: confirm, the meeting is near, 06-04 13:00',
      'appointment lead-a: meet, an appointment was booked, 06-05 14:00',
    ]);
    expect(shown(await dayOf(events, at(5, '17:00')))).toEqual([
      'overdue lead-a: record, the appointment has passed, and no meeting is recorded, 06-05 15:00',
    ]);
    for (const now of [at(5, '09:00'), at(5, '17:00')])
      expect((await dayOf(events, now)).at(-1)).toMatchObject({
        appointmentId: expect.any(String),
        scheduledAt: Date.parse(at(5, '14:00')),
      });
    events.push(met('lead-a', at(5, '14:00')));
    expect(shown(await dayOf(events, at(8, '09:00')))).toEqual([
      'today lead-a: open-deal, a meeting was held, but there is no deal, 06-08 14:00',
    ]);
  });

  it('shows with a call or an appointment what its flow has still open', async () => {
    const open = (items: Awaited<ReturnType<typeof dayOf>>) => items.at(-1)!.uncovered?.map(({ id }) => id);
    const covered = (event: LeadlogEvent, ...ids: string[]) => ({ ...event, data: { ...event.data, covered: ids } }) as LeadlogEvent;
    const events = [
      ...handedOff('lead-a', 1),
      accepted('lead-a', at(1, '11:00')),
      covered(called('lead-a', at(1, '13:00'), 'reached', 'call-1'), 'need', 'deciders'),
      booked('lead-a', at(1, '13:05'), at(5, '14:00')),
    ];
    expect(open(await dayOf(events, at(5, '09:00')))).toEqual(['today', 'case', 'next-topic']);
    // Corrected: the deciders were not talked about.
    events.push(covered(called('lead-a', at(1, '13:01'), 'reached', 'call-1'), 'need'));
    expect(open(await dayOf(events, at(5, '09:00')))).toEqual(['today', 'case', 'deciders', 'next-topic']);
  });

  it('puts what a person planned before what the process says, until it is done', async () => {
    const plan = recorded(
      'NextActionPlanned',
      { leadId: 'lead-a', actionId: 'act-1', template: '導入事例を送る', dueAt: at(1, '17:00'), reason: '他社の事例を知りたい' },
      { at: at(1, '11:30') },
    );
    const events = [...handedOff('lead-a', 1), accepted('lead-a', at(1, '11:00')), plan];
    const day = await dayOf(events, at(1, '12:00'));
    expect(day).toMatchObject([
      { section: 'today', do: '導入事例を送る', from: 'planned', actionId: 'act-1', because: { ja: '他社の事例を知りたい' } },
    ]);
    events.push(recorded('NextActionCompleted', { leadId: 'lead-a', actionId: 'act-1', result: '送付済み' }, { at: at(1, '12:30') }));
    expect(shown(await dayOf(events, at(1, '13:00')))).toEqual(['today lead-a: call, it was accepted, 06-01 15:00']);
  });

  it('says of an answer "no" to revise or to close, until something is offered or it is lost', async () => {
    const events = [opened('lead-a', 'deal-a', at(1)), quoted('lead-a', 'deal-a', at(2)), answered('lead-a', 'deal-a', at(3), 'no')];
    const no = 'decision deal-a: revise, the answer was no, and nothing was offered since, 06-03 10:00';
    expect(shown(await dayOf(events, at(4)))).toEqual([no]);
    expect(shown(await dayOf([...events, quoted('lead-a', 'deal-a', at(4), 2)], at(11, '12:00')))).toEqual([
      'overdue deal-a: ask, the quote was not answered, 06-11 10:00',
    ]);
    expect(await dayOf([...events, recorded('DealLost', { leadId: 'lead-a', dealId: 'deal-a' }, { at: at(4) })], at(4, '12:00'))).toEqual(
      [],
    );
  });

  it('asks for an answer on the day on which the customer wanted to decide, whatever else is planned', async () => {
    const events = [
      opened('lead-a', 'deal-a', at(1)),
      quoted('lead-a', 'deal-a', at(2)),
      answered('lead-a', 'deal-a', at(3), 'undecided', '2026-06-10'),
    ];
    expect(await dayOf(events, at(9, '12:00'))).toEqual([]);
    const asked = 'decision deal-a: ask, the customer wanted to decide by 2026-06-10, 06-10 00:00';
    expect(shown(await dayOf(events, at(10, '09:00')))).toEqual([asked]);
    events.push(
      recorded(
        'NextActionPlanned',
        { leadId: 'lead-a', dealId: 'deal-a', actionId: 'act-1', template: 'call', dueAt: at(11, '09:00') },
        { at: at(4) },
      ),
    );
    expect(shown(await dayOf(events, at(12)))).toEqual([expect.stringMatching(/^overdue deal-a: call/) as string, asked]);
  });

  it('lists deals for which nothing is planned or agreed, and questions of marketing last', async () => {
    const question = recorded(
      'InsightExchanged',
      { leadId: 'lead-b', handoffId: 'ho-lead-b-1', kind: 'question', side: 'marketing', text: '商談の感触は？' },
      { at: at(3), metadata: { actor: { kind: 'person', id: 'marketing' } } },
    );
    const events = [
      opened('lead-a', 'deal-a', at(1)),
      ...handedOff('lead-b', 2),
      accepted('lead-b', at(2, '11:00')),
      called('lead-b', at(2, '13:00'), 'reached'),
      question,
    ];
    expect(shown(await dayOf(events, at(2, '17:00')))).toEqual([
      'no-next-step deal-a: plan, nothing is planned or agreed, 06-01 10:00',
      'question lead-b: answer, marketing has asked a question, 06-03 10:00',
    ]);
    const answer = recorded(
      'InsightExchanged',
      { leadId: 'lead-b', handoffId: 'ho-lead-b-1', kind: 'answer', text: '良好' },
      { at: at(3, '11:00'), metadata: { actor: { kind: 'rep', id: 'rep-1' } } },
    );
    expect(shown(await dayOf([...events, answer], at(2, '17:00')))).toHaveLength(1);
  });

  it('is in the order in which to do it', async () => {
    const events = [
      ...handedOff('lead-new', 8),
      ...handedOff('lead-late', 1),
      accepted('lead-late', at(1, '11:00')),
      ...handedOff('lead-call', 8),
      accepted('lead-call', at(8, '11:00')),
      ...handedOff('lead-meet', 1),
      accepted('lead-meet', at(1, '11:00')),
      called('lead-meet', at(1, '13:00'), 'reached'),
      booked('lead-meet', at(8, '09:30'), at(8, '13:00')),
      opened('lead-no', 'deal-no', at(1)),
      answered('lead-no', 'deal-no', at(2), 'no'),
      opened('lead-open', 'deal-open', at(8)),
    ];
    expect(shown(await dayOf(events, at(8, '12:00'))).map((one) => one.split(',')[0])).toEqual([
      'accept lead-new: accept',
      'overdue lead-late: call',
      'appointment lead-meet: meet',
      'today lead-call: call',
      'decision deal-no: revise',
      'no-next-step deal-open: plan',
    ]);
  });

  it('is not put off by a meeting or a call of the year 9999', async () => {
    const typo = '9999-12-31T23:00:00+09:00';
    const events = [
      ...handedOff('lead-a', 1),
      accepted('lead-a', at(1, '11:00')),
      { ...called('lead-a', typo, 'noAnswer'), occurredAt: Date.parse(at(1, '13:00')) } as LeadlogEvent,
      opened('lead-b', 'deal-b', at(1)),
      { ...met('lead-b', typo, 'deal-b'), occurredAt: Date.parse(at(2)) } as LeadlogEvent,
    ];
    expect(shown(await dayOf(events, at(9)))).toEqual([
      'overdue lead-a: call, nobody answered, 06-03 13:00',
      'today deal-b: propose, nothing was proposed since the meeting, 06-09 10:00',
    ]);
  });

  it('is whole however it is paged', async () => {
    // Two of the same moment and words, too long for the query of a request.
    const question = {
      leadId: 'lead-1',
      handoffId: 'ho-lead-1-1',
      kind: 'question',
      side: 'marketing',
      text: '感触は？'.repeat(2_500),
    } as const;
    const asked = () => recorded('InsightExchanged', question, { at: at(3), metadata: { actor: { kind: 'person', id: 'marketing' } } });
    const events = [...[1, 2, 3, 4, 5].flatMap((n) => handedOff(`lead-${n}`, 1 + (n % 3))), asked(), asked()];
    const all = await dayOf(events, at(8));
    expect(all).toHaveLength(7);
    const handler = new GetRepDayHandler(readerOf(events, at(8)));
    const pages: typeof all = [];
    for (let cursor: string | undefined, first = true; first || cursor !== undefined; first = false) {
      const page = await handler.execute(new GetRepDay('rep-1', { limit: 3, cursor }));
      expect(page.counts.accept).toBe(5);
      pages.push(...page.items);
      cursor = page.cursor;
      expect(cursor?.length ?? 0).toBeLessThan(400);
    }
    expect(pages).toEqual(all);
  });

  it('goes with the handoff: a deal of a lead that was given to a colleague is theirs', async () => {
    const events = [
      ...handedOff('lead-a', 1),
      accepted('lead-a', at(1, '11:00')),
      opened('lead-a', 'deal-a', at(2)),
      answered('lead-a', 'deal-a', at(3), 'no'),
    ];
    expect(await dayOf(events, at(4))).toHaveLength(1);
    events.push(
      recorded('LeadAssigned', { leadId: 'lead-a', handoffId: 'ho-lead-a-1', repId: 'rep-2', method: 'manual' }, { at: at(3, '12:00') }),
    );
    expect(await dayOf(events, at(4))).toEqual([]);
    expect(shown(await dayOf(events, at(4), 'rep-2'))).toHaveLength(1);
  });

  it('has what nobody was handed for whoever plans it, by the most urgent plan, before whoever has the appointment', async () => {
    const plan = (actionId: string, repId: string, dueAt: string) =>
      recorded(
        'NextActionPlanned',
        { leadId: 'lead-a', actionId, template: 'call', dueAt },
        { at: at(2), metadata: { actor: { kind: 'rep', id: repId } } },
      );
    const appointment = booked('lead-a', at(1), at(9, '14:00'));
    const events = [appointment, plan('act-1', 'rep-3', at(5)), plan('act-2', 'rep-2', at(4))];
    expect(shown(await dayOf(events, at(5, '12:00'), 'rep-2'))).toEqual([expect.stringMatching(/^overdue lead-a: call/)]);
    for (const other of ['rep-1', 'rep-3']) expect(await dayOf(events, at(5, '12:00'), other)).toEqual([]);
    expect(shown(await dayOf([appointment], at(9, '12:00')))).toEqual([
      'overdue lead-a: confirm, the meeting is near, 06-08 13:00',
      'appointment lead-a: meet, an appointment was booked, 06-09 14:00',
    ]);
  });

  it('knows a deal by the events of every lead that they name', async () => {
    const events = [
      opened('lead-a', 'deal-a', at(1)),
      quoted('lead-b', 'deal-a', at(2)),
      answered('lead-c', 'deal-a', at(3), 'undecided', '2026-06-04'),
    ];
    expect(shown(await dayOf(events, at(4)))).toEqual(['decision deal-a: ask, the customer wanted to decide by 2026-06-04, 06-04 00:00']);
    events.push(recorded('DealWon', { leadId: 'lead-b', dealId: 'deal-a' }, { at: at(4) }));
    expect(await dayOf(events, at(5))).toEqual([]);
  });

  it('is the same whatever arrives first', async () => {
    const history = fc.array(
      fc.record({ kind: fc.integer({ min: 0, max: 11 }), lead: fc.integer({ min: 0, max: 2 }), hour: fc.integer({ min: 0, max: 200 }) }),
      { maxLength: 14 },
    );
    await fc.assert(
      fc.asyncProperty(history, fc.infiniteStream(fc.nat()), async (steps, keys) => {
        // Nobody was handed the last one.
        const events = [0, 1].flatMap((n) => handedOff(`lead-${n}`, 1));
        for (const [place, { kind, lead, hour }] of steps.entries()) {
          const leadId = `lead-${lead}`;
          // No two at the same moment: which of those holds is decided by the log.
          const when = new Date(Date.parse(at(1)) + hour * 3_600_000 + place * 1_000).toISOString();
          const later = new Date(Date.parse(when) + 90_000_000).toISOString();
          const kinds: (() => LeadlogEvent)[] = [
            () => accepted(leadId, when),
            () => called(leadId, when, 'noAnswer'),
            () => called(leadId, when, 'reached'),
            () => booked(leadId, when, later),
            () => met(leadId, when),
            () => opened(leadId, `deal-${lead}`, when),
            () => quoted(leadId, 'deal-0', when, 1 + (place % 3)),
            () => answered(leadId, 'deal-0', when, hour % 2 ? 'no' : 'undecided', '2026-06-09'),
            () => recorded('NextActionPlanned', { leadId, actionId: `act-${place % 3}`, template: 'call', dueAt: later }, { at: when }),
            () => recorded('DealStageChanged', { leadId, dealId: 'deal-0', from: 'x', to: hour % 2 ? '受注' : 'call' }, { at: when }),
            () => recorded('BusinessCardExchanged', { leadId, cardId: `card-${lead}`, repId: 'rep-1' }, { at: when }),
            () =>
              recorded(
                'BusinessCardHandedToMarketing',
                { leadId, cardId: `card-${lead}`, repId: 'rep-1', keepFollowing: hour % 2 === 0 },
                { at: when },
              ),
          ];
          events.push(kinds[kind]!());
        }
        const arrived = events
          .map((event) => ({ event, key: keys.next().value }))
          .sort((a, b) => a.key - b.key)
          .map(({ event }, position) => ({ ...event, position: BigInt(position) }) as LeadlogEvent);
        for (const now of [at(2), at(9, '12:00'), at(20)]) expect(await dayOf(arrived, now)).toEqual(await dayOf(events, now));
      }),
      { numRuns: 60 },
    );
  });
});

it('the position of an answer is that of the read model that is least far', async () => {
  const events = [opened('lead-a', 'deal-a', at(1)), called('lead-a', at(2), 'reached')];
  const captured = recorded('LeadCaptured', { leadId: 'lead-a' }, { at: at(1) });
  for (const slow of ['sales-work', 'deal-leads', 'handoffs', 'leads', 'cards', 'deals']) {
    const reader = readerOf([captured, ...events], at(3), { [slow]: 1n });
    const [ofDay, ofRun, ofDeals] = slow === 'deals' ? [3n, 3n, 1n] : slow === 'cards' ? [1n, 3n, 3n] : [1n, 1n, 1n];
    expect([slow, (await new GetRepDayHandler(reader).execute(new GetRepDay('rep-1', { limit: 1 }))).through]).toEqual([slow, ofDay]);
    expect([slow, (await new GetNextOfLeadHandler(reader).execute(new GetNextOfLead('lead-a')))!.through]).toEqual([slow, ofRun]);
    expect([slow, (await new ListOpenDealsHandler(reader).execute(new ListOpenDeals({ limit: 1 }))).through]).toEqual([slow, ofDeals]);
  }
});

describe('stage and next action', () => {
  const next = async (events: readonly LeadlogEvent[], now: string, leadId = 'lead-a') =>
    (await new GetNextOfLeadHandler(readerOf(events, now)).execute(new GetNextOfLead(leadId)))!.works;

  it('are those of the last stage that has begun, with the line of the rule', async () => {
    const [work] = await next([...handedOff('lead-a', 1), accepted('lead-a', at(1, '11:00'))], at(1, '12:00'));
    expect(work).toMatchObject({ stage: { stage: { id: 'call' } }, next: { do: 'call', rule: { process: 'japan-b2b', stage: 'call' } } });
    const line = readFileSync(processFile, 'utf8').split('\n')[work!.next.rule!.line - 1];
    expect(line).toContain('it was accepted');
  });

  it('shows what an SFA says where the facts say less, and follows it until they say more', async () => {
    const told = recorded('DealStageChanged', { leadId: 'lead-a', dealId: 'deal-a', from: 'x', to: '受注' }, { at: at(2) });
    const events = [opened('lead-a', 'deal-a', at(1)), told];
    expect((await next(events, at(3)))[0]!.stage).toMatchObject({
      stage: { id: 'order' },
      told: { stage: '受注' },
      difference: { en: 'SFA says Order, no quote was ever sent', ja: 'SFAは「受注」だが、見積書の記録がない' },
    });
    const back = recorded('DealStageChanged', { leadId: 'lead-a', dealId: 'deal-a', from: 'x', to: 'Call' }, { at: at(3) });
    expect((await next([...events, back], at(4)))[0]!.stage).toMatchObject({
      stage: { id: 'call' },
      difference: { en: 'SFA says Call, but it had come as far as First meeting' },
    });
    expect((await next([...events, back, quoted('lead-a', 'deal-a', at(4))], at(5)))[0]!.stage).toMatchObject({
      stage: { id: 'order' },
      difference: { en: 'SFA still says Call, it has since moved on to Order' },
    });
    const strange = recorded('DealStageChanged', { leadId: 'lead-a', dealId: 'deal-a', from: 'x', to: 'Legal' }, { at: at(5) });
    expect((await next([...events, strange], at(6)))[0]!.stage).toMatchObject({
      stage: { id: 'first-meeting' },
      difference: { en: 'SFA says Legal, which is no stage of the process' },
    });
  });

  it('asks for a quote after the last proposal, also one of products that were proposed before, whichever lead it names', async () => {
    const proposed = (leadId: string, when: string) =>
      recorded('ProductProposed', { leadId, dealId: 'deal-a', productIds: ['p'] }, { at: when });
    const due = async (...events: LeadlogEvent[]) => {
      const { next: action } = (await next([opened('lead-a', 'deal-a', at(1)), ...events], at(5)))[0]!;
      return [action.do, new Date(action.dueAt).toISOString()];
    };
    // Three business days.
    expect(await due(proposed('lead-a', at(1)))).toEqual(['quote', new Date(at(4)).toISOString()]);
    for (const [first, again] of [
      ['lead-a', 'lead-a'],
      ['lead-a', 'lead-b'],
      ['lead-b', 'lead-a'],
    ] as const)
      expect(await due(proposed(again, at(3)), proposed(first, at(1)))).toEqual(['quote', new Date(at(8)).toISOString()]);
  });

  it('lists the open deals of everybody, or of a rep, and those without a next step', async () => {
    const events = [
      opened('lead-a', 'deal-a', at(1)),
      opened('lead-b', 'deal-b', at(2)),
      booked('lead-b', at(2, '11:00'), at(9), 'deal-b'),
      opened('lead-c', 'deal-c', at(3)),
      recorded('DealWon', { leadId: 'lead-c', dealId: 'deal-c' }, { at: at(4) }),
    ];
    const handler = new ListOpenDealsHandler(readerOf(events, at(5)));
    const ids = async (query: object) =>
      (await handler.execute(new ListOpenDeals({ limit: 50, ...query }))).items.map(({ work }) => work.deal.dealId);
    expect(await ids({})).toEqual(['deal-b', 'deal-a']);
    expect(await ids({ without: 'next-step' })).toEqual(['deal-a']);
    expect(await ids({ rep: 'rep-1' })).toEqual(['deal-b', 'deal-a']);
    expect(await ids({ rep: 'rep-2' })).toEqual([]);
  });
});
