import * as fc from 'fast-check';
import { modelOfDefinition } from './parse-model';
import type { ScoringModel } from './model';

const halfLife = fc.constantFrom('30m', '6h', '1d', '7d', '30d');
const cap = fc.record(
  { times: fc.integer({ min: 1, max: 4 }), per: fc.constantFrom('6h', '1d', '2d', '7d', '30d'), diminish: fc.constantFrom(0.5, 0.9) },
  { requiredKeys: ['times'] },
);
const points = fc.oneof(
  fc.integer({ min: -40, max: 60 }),
  fc.integer({ min: -900, max: 3_000 }).map((hundredths) => hundredths / 100),
);

/** Conditions that the events of `randomTouches` meet and miss in every way: texts, numbers, flags, nested, absent and of another type. */
const CONDITIONS: Record<string, readonly object[]> = {
  WebPageViewed: [
    {},
    { 'data.category': 'price' },
    { 'data.category': { $in: ['price', 'case', 7] } },
    { 'data.category': { $ne: 'career' } },
    { 'data.dwellMs': { $gte: 10_000, $lt: 60_000 } },
    { 'data.url': { $regex: '/(price|見積)' } },
    { 'data.url': { $gt: 'https://www.leadlog.example/m' } },
    { 'data.dwellMs': { $default: 20_000, $gt: 15_000 } },
    { 'data.category': { $gt: 5 } },
    { 'data.dwellMs': '10000' },
  ],
  EmailOpened: [
    {},
    { 'data.machineLikelihood': { $default: 0, $lt: 0.5 } },
    { 'data.machineLikelihood': { $exists: false } },
    { 'metadata.source': { $in: ['/mail'] } },
    { 'data.machineLikelihood': { $ne: 0.97 } },
  ],
  WebinarAttended: [{}, { 'data.live': true, 'data.minutes': { $gte: 20 } }, { 'data.live': { $ne: true } }],
  ContentDownloaded: [{}, { 'data.kind': 'whitepaper' }, { 'data.title': { $regex: '^設備' } }, { 'metadata.actor.kind': 'integration' }],
  CallCompleted: [{}, { 'data.outcome': 'reached' }, { 'data.seconds': { $gt: 60 } }],
  QuoteSubmitted: [{}, { 'data.amount.value': { $gt: 500 } }],
  DealStageChanged: [{}, { 'data.to': { $regex: 'e$' } }],
};
const PROFILES: readonly object[] = [
  { title: { $regex: '部長|Director' } },
  { employees: { $gte: 100 } },
  { company: { $exists: true } },
  { emailDomain: { $regex: '^(gmail|yahoo)\\.' } },
  { 'has.email': true },
  { 'has.phone': false, emailDomain: { $ne: 'example.com' } },
  { title: { $ne: 'Student' }, employees: { $lt: 500 } },
  { industry: { $in: ['製造', 'software'] } },
  { employees: { $default: 300, $gt: 200 } },
  { department: { $exists: false } },
];

const suggest = fc.record(
  { sign: fc.constantFrom('positive', 'negative', 'any'), min: fc.constant(0), max: fc.constant(0) },
  { requiredKeys: [] },
);

const eventRule = fc
  .constantFrom(...Object.keys(CONDITIONS))
  .chain((on) =>
    fc.record(
      { on: fc.constant(on), where: fc.constantFrom(...CONDITIONS[on]!), points, halfLife, cap, suggest },
      { requiredKeys: ['on', 'where', 'points'] },
    ),
  );
const profileRule = fc.record({ profile: fc.constantFrom(...PROFILES), points, suggest }, { requiredKeys: ['profile', 'points'] });
const rules = fc.array(fc.oneof({ weight: 4, arbitrary: eventRule }, { weight: 1, arbitrary: profileRule }), {
  minLength: 1,
  maxLength: 9,
  size: 'max',
});

/** Any document of a model of three axes, the third the sum of the others. */
export function modelDocument(name: string, timezone: string): fc.Arbitrary<object> {
  const axis = (prefix: string) =>
    fc.record(
      {
        rules: rules.map((all) => all.map((rule, i) => ({ id: `${prefix}${i}`, ...rule }))),
        cap: fc.integer({ min: 30, max: 200 }),
        floor: fc.integer({ min: -50, max: 10 }),
      },
      { requiredKeys: ['rules'] },
    );
  const sum = fc.record({ a: fc.constantFrom(0.5, 1, -0.25), b: fc.constantFrom(1, 2) });
  const tiers = {
    hot: { enter: [{ a: 25, b: 5 }, { both: 30 }], leave: [{ a: 15 }, { both: 20 }], dwell: '6h' },
    warm: { enter: { both: 10 } },
  };
  return fc
    .record({ a: axis('a'), b: axis('b'), sum })
    .map(({ a, b, sum: weights }) => ({ model: name, timezone, axes: { a, b, both: { sum: weights } }, tiers }));
}

/** As it goes through the parser; some conditions no event can meet, as in models that were published before that was looked at. */
export const randomModel = (name: string, timezone: string): fc.Arbitrary<ScoringModel> =>
  modelDocument(name, timezone).map((document) => modelOfDefinition(document, name));
