import 'reflect-metadata';
import Ajv2020 from 'ajv/dist/2020';
import { plainToInstance } from 'class-transformer';
import { validateSync } from 'class-validator';
import fc from 'fast-check';
import { catalogue, eventTypes, unstorable, validateData, type EventDefinition } from '@leadlog/events';

const definitions = [...catalogue.values()];
const named = definitions.map((definition) => [definition.type, definition] as const);

const validByClass = ({ dataClass }: EventDefinition, data: unknown): boolean =>
  validateSync(plainToInstance(dataClass, data), { whitelist: true, forbidNonWhitelisted: true }).length === 0;

describe('the catalogue', () => {
  it('has all events, once', () => {
    expect(eventTypes).toHaveLength(83);
    expect(new Set(eventTypes).size).toBe(83);
    expect(definitions.filter(({ decision }) => decision).map(({ type }) => type)).toEqual([
      'IdentityClaimed',
      'IdentityShared',
      'PersonalDataErasureRequested',
      'PersonalDataErased',
      'PersonalDataErasureCompleted',
      'ScoringModelDrafted',
      'ScoringModelPublished',
      'ScoringModelRetired',
      'WithheldHandoffsReleased',
      'LeadTierChanged',
      'OrganisationDrafted',
      'OrganisationPublished',
      'HandoffPolicyDrafted',
      'HandoffPolicyPublished',
      'LeadHandedOff',
      'LeadAssigned',
      'HandoffReserved',
      'HandoffReleased',
      'HandoffSlaBreached',
      'SalesProcessDrafted',
      'SalesProcessPublished',
      'DealShared',
      'DealFactVoided',
      'NoticeAccepted',
      'AccessKeyCreated',
      'AccessKeyRotated',
      'AccessKeyRevoked',
      'RequestAudited',
      'PersonAdded',
      'PersonChanged',
      'PersonDisabled',
      'PersonEnabled',
      'PersonSignedOut',
      'SignInLinkMade',
      'SessionStarted',
      'SessionEnded',
    ]);
  });

  it.each(named)('%s: the example is valid by schema and by class', (type, definition) => {
    expect(validateData(type, definition.example)).toEqual([]);
    expect(validByClass(definition, definition.example)).toBe(true);
  });

  it.each(named)('%s: the field that names its stream is one of its fields', (_, { subject, stream, jsonSchema }) => {
    if (subject === undefined) expect(['identity', 'organisation', 'access', 'audit']).toContain(stream);
    else expect(Object.keys(jsonSchema['properties'] as object)).toContain(subject);
  });

  it('publishes schemas that are valid draft 2020-12', () => {
    const ajv = new Ajv2020({ validateFormats: false });
    for (const { jsonSchema } of definitions) expect(ajv.validateSchema(jsonSchema)).toBe(true);
  });

  it('publishes nested objects, lists, choices and limits', () => {
    expect(catalogue.get('SurveyAnswered')!.jsonSchema).toMatchObject({
      properties: { answers: { type: 'array', maxItems: 200, items: { $ref: '#/$defs/Answer' } } },
      required: expect.arrayContaining(['surveyId', 'answers']),
      $defs: { Answer: { type: 'object', required: ['question', 'answer'], additionalProperties: false } },
    });
    expect(catalogue.get('EmailOpened')!.jsonSchema).toMatchObject({
      properties: { machineLikelihood: { type: 'number', minimum: 0, maximum: 1 } },
    });
    expect(catalogue.get('WebPageViewed')!.jsonSchema).toMatchObject({
      properties: { category: { enum: ['price', 'product', 'case', 'career', 'other'] } },
    });
    expect(catalogue.get('LeadLinkedToAccount')!.jsonSchema).toMatchObject({ required: expect.arrayContaining(['accountId']) });
  });
});

// ---- the schema and the class give the same verdict

const junk = fc.oneof(
  fc.constantFrom<unknown>(null, '', ' ', 0, -1, 0.5, 1.5, 1e13, true, [], {}, [[]], [{}], [null], 'price', 'hot', 'JPY', 'USD', 'ZZZ'),
  fc.constantFrom<unknown>(
    '2026-02-30',
    '2026-02-28',
    '2026-02-28T10:00:00',
    '2026-02-28T10:00:00Z',
    '2026-02-28T24:00:00Z',
    '2028-02-29T23:59:59.999+05:45',
  ),
  fc.constantFrom<unknown>(
    '2026-Q5',
    '2026-04',
    'https://',
    'https://a.example/ b',
    'a@b',
    'x'.repeat(129),
    '😀'.repeat(100),
    '|',
    'a\u0007',
  ),
  fc.string({ unit: 'grapheme', maxLength: 5 }),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.integer(),
);

type Path = (string | number)[];

function pathsOf(value: unknown, path: Path = []): Path[] {
  if (typeof value !== 'object' || value === null) return [path];
  return [path, ...Object.entries(value).flatMap(([key, part]) => pathsOf(part, [...path, Array.isArray(value) ? Number(key) : key]))];
}

type Change = { kind: 'set'; value: unknown } | { kind: 'remove' } | { kind: 'add'; name: string; value: unknown };
const names = [...new Set(definitions.flatMap(({ jsonSchema }) => Object.keys(jsonSchema['properties'] as object)))];
const changes: fc.Arbitrary<Change> = fc.oneof(
  fc.record({ kind: fc.constant('set' as const), value: junk }),
  fc.record({ kind: fc.constant('remove' as const) }),
  fc.record({ kind: fc.constant('add' as const), name: fc.constantFrom(...names, 'nope', 'email', 'cardId', 'value'), value: junk }),
);

function changed(example: object, at: number, change: Change): unknown {
  const copy = structuredClone(example) as Record<string, unknown>;
  const paths = pathsOf(copy).filter((path) => path.length > 0);
  if (paths.length === 0) return copy;
  const path = paths[at % paths.length]!;
  let parent: Record<string, unknown> = copy;
  for (const key of path.slice(0, -1)) parent = parent[key] as Record<string, unknown>;
  const last = String(path.at(-1));
  if (change.kind === 'set') parent[last] = change.value;
  else if (change.kind === 'remove' && Array.isArray(parent)) parent.splice(Number(last), 1);
  else if (change.kind === 'remove') delete parent[last];
  else if (!Array.isArray(parent)) parent[change.name] = change.value;
  return copy;
}

describe('the derived schema and the class', () => {
  it.each(named)('%s: give the same verdict on variants of the example', (type, definition) => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(), changes), { minLength: 1, maxLength: 3 }), (variation) => {
        const data = variation.reduce<unknown>((example, [at, change]) => changed(example as object, at, change), definition.example);
        // What no storage gives back as it came is refused whatever a class says.
        expect([data, validateData(type, data).length === 0]).toEqual([
          data,
          validByClass(definition, data) && unstorable(data).length === 0,
        ]);
      }),
      { numRuns: 60 },
    );
  });

  it('give the same verdict on amounts: a currency has its own number of decimals', () => {
    const definition = catalogue.get('DealWon')!;
    const amounts = fc.record({
      value: fc.oneof(
        fc.integer({ min: 0, max: 10 ** 12 }),
        fc.tuple(fc.integer({ min: 0, max: 10 ** 9 }), fc.constantFrom(10, 100, 1000, 10_000)).map(([n, by]) => n / by),
      ),
      currency: fc.constantFrom('JPY', 'USD', 'EUR', 'KWD', 'CLF', 'BRL', 'XXY'),
    });
    fc.assert(
      fc.property(amounts, (amount) => {
        const data = { ...definition.example, amount };
        expect([amount, validateData('DealWon', data).length === 0]).toEqual([amount, validByClass(definition, data)]);
      }),
      { numRuns: 300 },
    );
    const says = (value: number, currency: string) =>
      validateData('DealWon', { ...definition.example, amount: { value, currency } }).map(({ expected }) => expected);
    expect(says(1280.5, 'JPY')).toEqual(['a whole number of JPY']);
    expect(says(1280.55, 'USD')).toEqual([]);
    expect(says(0.29, 'EUR')).toEqual([]);
    expect(says(1280.555, 'USD')).toEqual(['at most 2 decimals in USD']);
    expect(says(1280.555, 'KWD')).toEqual([]);
  });
});
