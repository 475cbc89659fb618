import * as fc from 'fast-check';
import type { EventType, LeadlogEvent } from '@leadlog/events';
import { recorded } from '@leadlog/events/recorded.testing';

const HOUR = 3_600_000;
const TOUCHES: readonly [EventType, object][] = [
  ['WebPageViewed', { category: 'price', url: 'https://www.leadlog.example/price/1', dwellMs: 20_000 }],
  ['WebPageViewed', { category: 'case', url: 'https://www.leadlog.example/見積', dwellMs: 9_999 }],
  ['WebPageViewed', { category: 'career', url: 'https://www.leadlog.example/z', dwellMs: undefined }],
  ['EmailOpened', { machineLikelihood: 0.97 }],
  ['EmailOpened', { machineLikelihood: undefined }],
  ['WebinarAttended', { minutes: 40, live: true }],
  ['WebinarAttended', { minutes: 10, live: false }],
  ['ContentDownloaded', { kind: 'whitepaper', title: '設備保全DX 実践ガイド' }],
  ['ContentDownloaded', { kind: 'priceList', title: 'Prices' }],
  ['CallCompleted', { outcome: 'reached', seconds: 120 }],
  ['CallCompleted', { outcome: 'noAnswer', seconds: 0 }],
  ['CallCompleted', { outcome: 'reached', seconds: 30 }],
  ['QuoteSubmitted', { amount: { value: 100, currency: 'JPY' } }],
  ['QuoteSubmitted', { amount: { value: 900, currency: 'JPY' } }],
  ['DealStageChanged', { from: 'open', to: 'close' }],
  ['LeadCaptured', { profile: { title: '営業部長', company: '東都電機', employees: 80, email: 'a@gmail.com' } }],
  ['ProfileUpdated', { changes: { title: 'Student', industry: '製造' } }],
  ['ProfileUpdated', { changes: { employees: 500, email: 'b@example.com' } }],
  ['PersonalDataErased', {}],
];

type Step =
  | { kind: 'touch'; lead: number; touch: number; hour: number; late: number; told: number }
  | { kind: 'void'; pick: number; lead: number }
  | { kind: 'merge'; from: number; to: number }
  | { kind: 'unmerge'; lead: number }
  | { kind: 'repeat'; pick: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 14,
    arbitrary: fc.record({
      kind: fc.constant('touch' as const),
      lead: fc.nat(2),
      touch: fc.nat(TOUCHES.length - 1),
      hour: fc.integer({ min: 0, max: 700 }),
      late: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 400 })),
      told: fc.nat(2),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('void' as const), pick: fc.nat(20), lead: fc.nat(2) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('merge' as const), from: fc.nat(2), to: fc.nat(2) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('unmerge' as const), lead: fc.nat(2) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('repeat' as const), pick: fc.nat(30) }) },
);
export const touchSteps = fc.array(step, { minLength: 1, maxLength: 25, size: 'max' });

/**
 * The events of a few leads (`<name>-0` …), in an order of arrival that is not that of happening. Voids and merges name events and leads of
 * this history.
 */
export function touchesOf(name: string, steps: readonly Step[], start: number): LeadlogEvent[] {
  const events: LeadlogEvent[] = [];
  const merged = new Map<number, string>();
  const touched: LeadlogEvent[] = [];
  const on = (type: EventType, data: object, hour: number, late = 0): LeadlogEvent => {
    const at = start + hour * HOUR;
    const event = recorded(type, data as never, {
      at,
      recordedAt: at + late * HOUR,
      metadata: { source: type.startsWith('Email') ? '/mail' : '/crm' },
    }) as LeadlogEvent;
    events.push(event);
    return event;
  };
  const lead = (n: number): string => `${name}-${n}`;
  for (const one of steps) {
    if (one.kind === 'touch') {
      const [type, data] = TOUCHES[one.touch]!;
      // A call or a quote may be told again, by whomever of them, at the same moment too.
      const again =
        type === 'CallCompleted'
          ? { callId: `${name}-${one.told}` }
          : type === 'QuoteSubmitted'
            ? { dealId: `${name}-deal`, quoteId: 'q', revision: one.told + 1 }
            : {};
      touched.push(
        on(
          type,
          { leadId: lead(one.lead), ...data, ...again },
          'callId' in again || 'quoteId' in again ? one.hour - (one.hour % 100) : one.hour,
          one.late,
        ),
      );
    } else if (one.kind === 'void' && touched.length > 0)
      on('TouchpointInvalidated', { leadId: lead(one.lead), targetEventId: touched[one.pick % touched.length]!.id, reason: 'bot' }, 700);
    // A lead is merged only while it is nobody's, which its stream sees to; a repeat of an event is recognised by its id.
    else if (one.kind === 'merge' && one.from !== one.to && !merged.has(one.from))
      merged.set(one.from, on('LeadsMerged', { leadId: lead(one.from), mergedId: lead(one.from), survivorId: lead(one.to) }, 700).id);
    else if (one.kind === 'unmerge' && merged.has(one.lead)) {
      on('MergeReverted', { leadId: lead(one.lead), mergeEventId: merged.get(one.lead)! }, 700);
      merged.delete(one.lead);
    } else if (one.kind === 'repeat' && events.length > 0) events.push(events[one.pick % events.length]!);
  }
  return events;
}
