import { recorded } from '@leadlog/events/recorded.testing';
import type { LeadlogEvent } from '@leadlog/events';
import { boardOfJune, dossierOfLead, kpisOf } from './asked.testing';
import { dayOf, shown } from './company.testing';
import {
  accepted,
  answered,
  asked,
  at,
  booked,
  called,
  cardHanded,
  cardOf,
  handedOff,
  lost,
  met,
  opened,
  quoted,
  told,
  won,
} from './history.testing';

/* What the domain asks for, line by line: given a history, the day of a rep is this list, and the numbers are these. */

it('a new representative knows at each stage what to do next, and the stage has its numbers', async () => {
  const events: LeadlogEvent[] = [];
  const day = async (now: string, ...happened: LeadlogEvent[]) => {
    events.push(...happened);
    return shown(await dayOf(events, now)).join('; ');
  };
  expect(await day(at(1, '11:00'), ...handedOff('lead-a', 1))).toBe('accept lead-a: accept, handed off by marketing, 06-01 14:00');
  expect(await day(at(1, '12:00'), accepted('lead-a', at(1, '11:00')))).toBe('today lead-a: call, it was accepted, 06-01 15:00');
  expect(await day(at(3, '09:30'), called('lead-a', at(1, '13:00'), 'noAnswer'))).toBe('today lead-a: call, nobody answered, 06-03 13:00');
  expect(await day(at(8, '09:00'), called('lead-a', at(3, '13:00'), 'reached'))).toBe(
    'today lead-a: book, they talked, but nothing is booked, 06-08 13:00',
  );
  expect(await day(at(12, '09:00'), booked('lead-a', at(8, '13:00'), at(12, '14:00')))).toBe(
    'overdue lead-a: confirm, the meeting is near, 06-11 13:00; appointment lead-a: meet, an appointment was booked, 06-12 14:00',
  );
  expect(await day(at(15, '09:00'), met('lead-a', at(12, '14:00')))).toBe(
    'today lead-a: open-deal, a meeting was held, but there is no deal, 06-15 14:00',
  );
  const proposed = recorded('ProductProposed', { leadId: 'lead-a', dealId: 'deal-a', productIds: ['p'] }, { at: at(16, '10:00') });
  expect(await day(at(19, '09:00'), opened('lead-a', 'deal-a', at(15)), proposed)).toBe(
    'today deal-a: quote, proposed, but no quote was sent, 06-19 10:00',
  );
  expect(await day(at(26, '09:00'), quoted('lead-a', 'deal-a', at(19)))).toBe('today deal-a: ask, the quote was not answered, 06-26 10:00');
  expect(await day(at(30, '12:00'), answered('lead-a', 'deal-a', at(26), 'no'))).toBe(
    'decision deal-a: revise, the answer was no, and nothing was offered since, 06-26 10:00',
  );
  expect(await day(at(30, '12:00'), lost('lead-a', 'deal-a', at(29)))).toBe('');
  const ofStages = ['calls', 'answer-rate', 'appointments', 'visits', 'products-proposed', 'quotes', 'win-rate', 'loss-rate'];
  expect(await kpisOf(events, at(30), ofStages)).toEqual([
    'calls: 2',
    'answer-rate: 1/2',
    'appointments: 1',
    'visits: 1',
    'products-proposed: 1',
    'quotes: 1',
    'win-rate: 0/1',
    'loss-rate: 1/1',
  ]);
});

it('the team learns at what hour calls are answered, and the next call is due then', async () => {
  // Whoever is called on a Wednesday at 16 answers, at other hours hardly anybody.
  const experience = Array.from({ length: 40 }, (_, n) => [
    called(`lead-w${n}`, at(3, '16:10'), 'reached'),
    called(`lead-m${n}`, at(2, '10:10'), 'noAnswer'),
  ]).flat();
  const events = [
    ...experience,
    ...handedOff('lead-a', 8),
    accepted('lead-a', at(8, '11:00')),
    called('lead-a', at(8, '17:00'), 'noAnswer'),
  ];
  expect(shown(await dayOf(events, at(10, '09:30')))).toEqual(['today lead-a: call, nobody answered, 06-10 16:00']);
});

it('the team learns how many visits those who sell most make for a win', async () => {
  const deal = (name: string, rep: string, visits: number, end: 'won' | 'lost') => [
    opened(`lead-${name}`, `deal-${name}`, at(1), rep),
    ...Array.from({ length: visits }, (_, n) => met(`lead-${name}`, at(2 + n), `deal-${name}`, { repIds: [rep] })),
    end === 'won' ? won(`lead-${name}`, `deal-${name}`, at(20), 100_000, rep) : lost(`lead-${name}`, `deal-${name}`, at(20), rep),
  ];
  const events = [
    ...deal('a', 'rep-1', 2, 'won'),
    ...deal('b', 'rep-1', 4, 'won'),
    ...deal('c', 'rep-2', 7, 'won'),
    ...deal('d', 'rep-2', 5, 'lost'),
  ];
  expect(await kpisOf(events, at(25), ['visits-per-win'], 'rep')).toEqual(['visits-per-win rep-1: 6/2', 'visits-per-win rep-2: 7/1']);
});

describe('before a meeting', () => {
  const lead = (leadId: string, name: string, title: string) =>
    recorded(
      'LeadCaptured',
      { leadId, channel: 'form', accountId: 'acc-1', profile: { name, company: '株式会社みなと精機', title } },
      { at: at(1) },
    );
  const leadId = 'lead-a';
  const read = (when: string, category: 'price' | 'case', of = leadId) =>
    recorded('WebPageViewed', { leadId: of, url: `https://www.leadlog.example/${category}`, category }, { at: when });
  const mailed = (messageId: string, subject: string, day: number) =>
    recorded('EmailDelivered', { leadId, messageId, subject }, { at: at(day) });
  const events = [
    lead(leadId, '青山 晴香', '部長'),
    lead('lead-b', '石動 悠斗', '課長'),
    read(at(2), 'case'),
    read(at(3), 'price'),
    recorded('ContentDownloaded', { leadId, assetId: 'wp-1', kind: 'whitepaper', title: '設備保全DX 実践ガイド' }, { at: at(2, '11:00') }),
    recorded('WebinarAttended', { leadId, webinarId: 'w-1', minutes: 40 }, { at: at(4) }),
    recorded(
      'SurveyAnswered',
      { leadId, surveyId: 's-1', answers: [{ question: '導入時期', answer: '3か月以内' }] },
      { at: at(4, '11:00') },
    ),
    mailed('m-1', '導入事例のご紹介', 5),
    mailed('m-2', '新機能のお知らせ', 6),
    recorded('EmailOpened', { leadId, messageId: 'm-1', machineLikelihood: 0.1 }, { at: at(5, '12:00') }),
    recorded('EmailLinkClicked', { leadId, messageId: 'm-1', url: 'https://www.leadlog.example/case/1' }, { at: at(5, '12:01') }),
    read(at(7), 'price', 'lead-b'),
    booked(leadId, at(8), at(9, '14:00')),
  ];

  it('the representative sees what the person read, attended, answered and opened', async () => {
    const dossier = await dossierOfLead(events, leadId, at(9));
    expect(dossier.webAccess.map(({ what, title, url }) => `${what} ${title ?? url}`)).toEqual([
      'price https://www.leadlog.example/price',
      'whitepaper 設備保全DX 実践ガイド',
      'page https://www.leadlog.example/case',
    ]);
    expect(dossier).toMatchObject({
      profile: { name: '青山 晴香', title: '部長' },
      webinars: [{ webinarId: 'w-1', attended: true, minutes: 40 }],
      surveys: [{ answers: [{ question: '導入時期', answer: '3か月以内' }] }],
      mail: {
        delivered: 2,
        opened: 1,
        openRate: 0.5,
        openedSubjects: ['導入事例のご紹介'],
        links: ['https://www.leadlog.example/case/1'],
      },
    });
  });

  it('and what colleagues of the person did, to confirm what the person says', async () => {
    const { colleaguesInAll, colleagues } = await dossierOfLead(events, leadId, at(9));
    expect([colleaguesInAll, colleagues]).toMatchObject([
      1,
      [{ leadId: 'lead-b', name: '石動 悠斗', title: '課長', lastActivityAt: new Date(at(7)).toISOString() }],
    ]);
  });
});

it('a meeting stands in the day with the dossier of the person and whoever has refused to be approached', async () => {
  const events = [
    recorded(
      'LeadCaptured',
      { leadId: 'lead-a', channel: 'form', profile: { name: '青山 晴香', company: '株式会社みなと精機', title: '部長' } },
      { at: at(1) },
    ),
    recorded('ConsentChanged', { leadId: 'lead-a', channel: 'email', status: 'withdrawn' }, { at: at(2) }),
    booked('lead-a', at(3), at(4, '14:00')),
  ];
  expect(await dayOf(events, at(4, '13:30'))).toMatchObject([
    { section: 'overdue', do: 'confirm', profile: { name: '青山 晴香' }, consentWithdrawn: ['email'] },
    { section: 'appointment', leadId: 'lead-a', profile: { name: '青山 晴香', title: '部長' }, consentWithdrawn: ['email'] },
  ]);
});

it('the two departments ask each other about a lead until one answers', async () => {
  const events = [...handedOff('lead-a', 1), accepted('lead-a', at(1, '11:00')), called('lead-a', at(1, '13:00'), 'reached')];
  const question = asked('lead-a', at(1, '15:00'));
  expect(shown(await dayOf([...events, question], at(1, '16:00')))).toEqual([
    'question lead-a: answer, marketing has asked a question, 06-01 15:00',
  ]);
  expect(await dayOf([...events, question, told('lead-a', at(1, '15:30'), question.id)], at(1, '16:00'))).toEqual([]);
});

it('what sales gives back is no longer in its day, comes back when it is hot again, and is counted', async () => {
  const again = { leadId: 'lead-a', handoffId: 'ho-lead-a-2', runId: 'run-lead-a-2' };
  const events = [
    ...handedOff('lead-a', 1),
    accepted('lead-a', at(1, '11:00')),
    recorded(
      'LeadReturned',
      { leadId: 'lead-a', runId: 'run-lead-a-1', handoffId: 'ho-lead-a-1', reason: '時期尚早', revisitOn: '2026-06-20' },
      { at: at(3) },
    ),
    cardOf('lead-b', at(1)),
    cardHanded('lead-b', at(4), false),
  ];
  expect(await dayOf(events, at(10))).toEqual([]);
  expect(await kpisOf(events, at(10), ['returns'])).toEqual(['returns: 1']);
  events.push(
    recorded('LeadHandedOff', { ...again, acceptBy: at(22, '14:00'), contactBy: at(23) }, { at: at(22) }),
    recorded('LeadAssigned', { leadId: 'lead-a', handoffId: again.handoffId, repId: 'rep-1', method: 'previousRep' }, { at: at(22) }),
  );
  expect(shown(await dayOf(events, at(22, '11:00')))).toEqual(['accept lead-a: accept, handed off by marketing, 06-22 14:00']);
  expect(await kpisOf(events, at(25), ['return-yield'])).toEqual(['return-yield: 1/1']);
});

it('inside and field sales, on site and remote stand side by side', async () => {
  const by = (repId: string, teamId: string) => ({ metadata: { actor: { kind: 'rep' as const, id: repId, teamId } } });
  const visit = (leadId: string, day: number, mode: 'onsite' | 'remote', repId: string, teamId: string) =>
    recorded(
      'MeetingHeld',
      { leadId, meetingId: `m-${leadId}-${day}`, repIds: [repId], mode, startedAt: at(day), appointmentId: undefined, dealId: undefined },
      { at: at(day), ...by(repId, teamId) },
    );
  const events = [
    visit('lead-a', 1, 'remote', 'rep-1', 'inside-1'),
    visit('lead-b', 2, 'remote', 'rep-1', 'inside-1'),
    visit('lead-c', 3, 'onsite', 'rep-2', 'field-1'),
  ];
  expect(await kpisOf(events, at(10), ['visits'], 'mode')).toEqual(['visits onsite: 1', 'visits remote: 2']);
  expect(await kpisOf(events, at(10), ['visits'], 'kind')).toEqual(['visits field: 1', 'visits inside: 2']);
  expect(await kpisOf(events, at(10), ['visits'], 'team')).toEqual(['visits field-1: 1', 'visits inside-1: 2']);
});

it('both departments look at one board, with the goals that they share', async () => {
  const goal = (kpi: string, value: number, currency?: string) =>
    recorded('KpiTargetSet', { scope: 'joint', scopeId: 'company', kpi, period: '2026-06', value, currency }, { at: at(1) });
  const sold = (name: string, day: number) => [
    recorded('LeadCaptured', { leadId: `lead-${name}`, channel: 'form' }, { at: at(1) }),
    ...handedOff(`lead-${name}`, 1),
    accepted(`lead-${name}`, at(1, '11:00')),
    called(`lead-${name}`, at(1, '13:00'), 'reached'),
    booked(`lead-${name}`, at(1, '13:05'), at(2, '14:00')),
    met(`lead-${name}`, at(2, '14:00'), undefined, { appointmentId: `apt-lead-${name}-${at(2, '14:00')}` }),
    opened(`lead-${name}`, `deal-${name}`, at(2, '16:00')),
    quoted(`lead-${name}`, `deal-${name}`, at(day - 1)),
    won(`lead-${name}`, `deal-${name}`, at(day), 500_000),
  ];
  const events = [
    ...sold('a', 8),
    ...sold('b', 10),
    recorded('LeadCaptured', { leadId: 'lead-c', channel: 'form' }, { at: at(3) }),
    ...handedOff('lead-c', 3),
    goal('handoffs', 6),
    goal('wins', 4),
    goal('amount-won', 2_000_000, 'JPY'),
  ];
  // The 15th is the 11th of 22 working days.
  expect(await boardOfJune(events, at(15))).toEqual([
    'leads 3',
    'hot 0',
    'handed-off 3 of 6, pace 1.00',
    'accepted 2',
    'appointments 2',
    'first-meetings 2',
    'proposals 0',
    'quotes 2',
    'wins 2 of 4, pace 1.00',
    'amount JPY 1000000 of 2000000, pace 1.00',
  ]);
});
