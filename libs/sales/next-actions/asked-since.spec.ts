import fc from 'fast-check';
import { startOfDayAfter } from '@leadlog/time';
import { compileProcess, type CompiledRule } from '../process/compiled-process';
import { parseProcess } from '../process/parse-process';
import { askedSince, MOST_DAYS_BACK } from './asked-since';
import { momentsOf } from './moments-of';
import { lastStepOf, situationOf, type Asked } from './situation-of';
import type { OpenDeal } from './work-facts';
import type { Work } from './works';

const DAY = 86_400_000;
const ZONES = ['Asia/Tokyo', 'America/Sao_Paulo', 'Europe/Berlin'];

/** Rules that ask for every field which days can change, alone and with others. */
const rules = compileProcess(
  parseProcess(`process: p
stages:
  - id: s
    name: S
    purpose: P
    entry: accepted
    next:
      - { do: book, within: 1d, when: { appointment: { $exists: false } }, because: B }
      - { do: book, within: 1d, when: { appointment: [passed, cancelled] }, because: B }
      - { do: confirm, within: 1d, when: { appointment: ahead, daysToAppointment: { $lte: 9 } }, because: B }
      - { do: confirm, within: 1d, after: called, when: { daysToAppointment: { $exists: false } }, because: B }
      - { do: call, within: 1d, when: { daysSinceCall: { $gte: 5 }, calls: { $gte: 1 } }, because: B }
      - { do: call, within: 1d, when: { daysSinceCall: { $exists: false } }, because: B }
      - { do: propose, within: 1d, when: { daysSinceMeeting: { $lt: 20 }, meetings: { $gte: 1 } }, because: B }
      - { do: ask, within: 1d, when: { answer: undecided, daysToDecision: { $lte: 3 } }, because: B }
      - { do: follow-up, within: 1d, when: { daysInStage: { $gte: 10 } }, because: B }
      - { do: follow-up, within: 1d, when: { daysSinceStep: { $gte: 7 }, deal: true }, because: B }
      - { do: quote, within: 1d, after: meeting-held, when: { quoted: false }, because: B }
      - { do: call, within: 1d, because: B }
`),
).rulesOf('s');

/** Day by day, as it is meant. */
function walkedSince({ rule, holds, daily }: CompiledRule, { work, moments, stage, asOf: { now, timezone } }: Asked, lastStep: number) {
  if (rule.after === undefined && rule.when.length === 0) return stage.since;
  const step = rule.after === undefined ? lastStep : moments[rule.after]?.last;
  if (step === undefined || daily.length === 0) return step;
  let since = startOfDayAfter(now, 0, timezone);
  for (let days = 0; days < MOST_DAYS_BACK && since > step; days += 1) {
    const before = startOfDayAfter(since, -1, timezone);
    if (!holds(situationOf(work, moments, stage, { now: before, timezone }))) break;
    since = before;
  }
  return Math.max(step, since);
}

const NOW = Date.UTC(2026, 10, 20, 3);
/** Up to a hundred days ago, and some ahead. */
const at = fc.integer({ min: NOW - 100 * DAY, max: NOW + 20 * DAY });
const many = <Item>(item: fc.Arbitrary<Item>) => fc.array(item, { maxLength: 3 });
const facts = fc.record({
  since: fc.integer({ min: NOW - 100 * DAY, max: NOW }),
  calls: many(at),
  meetings: many(fc.record({ at, names: fc.boolean() })),
  appointments: many(fc.record({ at, booked: at, is: fc.constantFrom('booked', 'rescheduled', 'cancelled', 'noShow') })),
  deal: fc.option(
    fc.record({ at, decideInDays: fc.option(fc.integer({ min: -20, max: 20 })), answer: fc.constantFrom('undecided', 'no') }),
  ),
});

it('a rule asks since the day on which its conditions came true, as if every day was looked at', () => {
  fc.assert(
    fc.property(facts, fc.constantFrom(...ZONES), ({ since, calls, meetings, appointments, deal }, timezone) => {
      const by = { reps: ['rep-1'] };
      const happened = (when: number) => ({ at: when, position: 1 });
      const work: Work = {
        leadId: 'lead-1',
        isBack: false,
        calls: [...calls]
          .sort((a, b) => a - b)
          .map((when, n) => ({ ...happened(when), callId: `c-${n}`, startedAt: when, outcome: 'noAnswer', by })),
        appointments: appointments
          .map((one, n) => ({
            appointmentId: `a-${n}`,
            booked: { ...happened(one.booked), by, mode: 'onsite' as const },
            scheduled: { ...happened(one.booked), for: one.at },
            status: { ...happened(one.booked), is: one.is as 'booked' },
          }))
          .sort((a, b) => a.scheduled.for - b.scheduled.for),
        meetings: meetings
          .map((one, n) => ({
            ...happened(one.at),
            meetingId: `m-${n}`,
            startedAt: one.at,
            mode: 'onsite' as const,
            by,
            ...(one.names && { appointmentId: 'a-0' }),
          }))
          .sort((a, b) => a.startedAt - b.startedAt),
        plans: [],
        ...(deal && {
          deal: { dealId: 'd', opened: { ...happened(deal.at), by } } satisfies OpenDeal,
          steps: {
            dealId: 'd',
            answered: {
              ...happened(deal.at),
              answer: deal.answer as 'no',
              ...(deal.decideInDays !== null && { decideBy: new Date(NOW + deal.decideInDays * DAY).toISOString().slice(0, 10) }),
            },
          },
        }),
      };
      const moments = momentsOf(work);
      const asked: Asked = { work, moments, stage: { since }, asOf: { now: NOW, timezone } };
      const lastStep = lastStepOf(work, moments, asked.stage);
      const situation = situationOf(work, moments, asked.stage, asked.asOf);
      for (const rule of rules)
        if (rule.holds(situation))
          expect([rule.rule.line, askedSince(rule, asked, lastStep)]).toEqual([rule.rule.line, walkedSince(rule, asked, lastStep)]);
    }),
    { numRuns: 400 },
  );
});
