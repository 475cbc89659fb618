import fc from 'fast-check';
import { exceeds, unstorable, validateData } from '@leadlog/events';
import { parseLine, parseStructured } from '@leadlog/ingestion';
import { emailIdentity, identityHash } from '@leadlog/lead';

const HALVES = ['\ud800', 'a\udfff', '\udc00\ud800', '青山\ud83d'];
const page = { leadId: 'lead-1', url: 'https://www.leadlog.example/price', category: 'price' };
const event = { specversion: '1.0', id: '1', source: '/web', type: 'WebPageViewed', time: '2026-06-04T10:00:00Z', data: page };

describe('unstorable', () => {
  it('says nothing about what comes back as it came, however odd', () => {
    const odd = { text: '👩🏽‍🔧\u0001\u2028\ufeff\uffff', '': [[], {}, null, true, -0, 1e-300, Number.MAX_SAFE_INTEGER] };
    expect(unstorable(odd)).toEqual([]);
  });

  it.each([...HALVES, 'a\0b'])('names %j wherever it stands, as a value, in a list and as a name', (text) => {
    const found = unstorable({ a: text, b: [1, { c: text }], [text]: 1 }, '/data');
    expect(found.map(({ pointer }) => pointer)).toEqual([
      '/data/a',
      '/data/b/1/c',
      `/data/${text.replace(/\p{Surrogate}|\0/gu, '\ufffd')}`,
    ]);
    for (const { expected, got } of found)
      expect([expected, got]).toEqual([expect.stringContaining('text without lone surrogates'), JSON.stringify(text)]);
  });

  it('shows the place that is wrong in a long text, and little else', () => {
    const [error] = unstorable(`${'長'.repeat(100_000)}\ud800${'い'.repeat(100_000)}`);
    expect(error).toEqual({ pointer: '', expected: expect.any(String), got: `…"${'長'.repeat(24)}\\ud800${'い'.repeat(23)}"…` });
  });

  it.each(['1e400', '-1e400', '9007199254740993', '1e300'])('refuses %s, which would come back as another number', (number) => {
    expect(unstorable(JSON.parse(`{"amount":${number}}`))).toEqual([
      { pointer: '/amount', expected: expect.stringContaining('9007199254740991'), got: String(Number(number)) },
    ]);
  });

  it('refuses a field that would be the prototype of an object', () => {
    expect(unstorable(JSON.parse('{"__proto__":{"a":1}}'), '/data')).toEqual([
      { pointer: '/data/__proto__', expected: 'another field name', got: '"__proto__"' },
    ]);
  });

  it('counts before it looks: neither depth nor width costs more than its limit', () => {
    expect(unstorable(JSON.parse(`{"a":${'['.repeat(500_000)}${']'.repeat(500_000)}}`))).toEqual([
      { pointer: '/a', expected: 'at most 64 levels of nesting', got: 'more' },
    ]);
    expect(unstorable(new Array(1_000_000).fill(0))).toEqual([
      { pointer: '', expected: 'at most 20000 fields and list entries in total', got: 'more' },
    ]);
    expect(unstorable(new Array(10_000).fill('\ud800'))).toHaveLength(20);
  });

  it('lets in nothing that UTF-8 and JSON would not give back', () => {
    const anything = fc.jsonValue({
      stringUnit: fc.oneof(
        fc.string({ unit: 'binary' }),
        fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)),
      ) as never,
      maxDepth: 4,
    });
    const strings = fc.string({ unit: fc.integer({ min: 0xd700, max: 0xe000 }).map((unit) => String.fromCharCode(unit)) });
    fc.assert(
      fc.property(fc.oneof(anything, strings, fc.dictionary(strings, anything)), (value) => {
        fc.pre(unstorable(value).length === 0);
        const text = JSON.stringify(value);
        expect(JSON.stringify(JSON.parse(Buffer.from(text).toString()))).toBe(text);
        expect(text).not.toMatch(/\\u(d[89a-f]..|0000)/);
      }),
    );
  });
});

describe('the door', () => {
  const rejected = (change: object) => {
    const parsed = parseStructured({ ...event, ...change });
    return parsed.ok ? validateData(parsed.event.type, parsed.event.data) : parsed.errors;
  };

  it.each(['id', 'source', 'type', 'time', 'subject', 'actorid', 'actorteam', 'correlationid', 'causationid', 'initiator', 'anything'])(
    'refuses half a character in the attribute %s',
    (name) => {
      for (const text of [...HALVES, 'a\0'])
        expect(rejected({ actorkind: 'rep', actorid: 'rep-1', [name]: text })).toEqual([
          { pointer: `/${name}`, expected: expect.stringContaining('lone surrogates'), got: JSON.stringify(text) },
        ]);
    },
  );

  it('refuses it in every text of data, whatever its field allows', () => {
    for (const field of ['leadId', 'url', 'contentId'])
      expect(rejected({ data: { ...page, [field]: 'https://a/\ud800' } })).toEqual([
        expect.objectContaining({ pointer: `/data/${field}` }),
      ]);
    expect(validateData('LeadCaptured', { leadId: 'l', channel: 'form', profile: { name: '青\ud800' } })).toEqual([
      expect.objectContaining({ pointer: '/data/profile/name' }),
    ]);
  });

  it('sees it behind an escape of the text that was sent', () => {
    expect(parseLine(JSON.stringify({ ...event, subject: 'email:a\ud800@a.example' }))).toMatchObject({
      ok: false,
      id: '1',
      errors: [{ pointer: '/subject' }],
    });
  });
});

describe('exceeds', () => {
  it('counts what parsing would make, texts left out, and says no more than that of what is no JSON', () => {
    const limits = { fields: 3, nested: 3, entries: 3 };
    expect(
      [
        ['[1,2,3]', false],
        ['[1,2,3,4]', true],
        ['[[1,2],[3,4]]', false],
        ['[[[[]]]]', true],
        ['["\\\\",",,,,\\"[[[[,",{}]', false],
        ['["\\\\",",,,,[[[[",{},1,1]', true],
      ].filter(([text, is]) => exceeds(text as string, limits) !== is),
    ).toEqual([]);
    for (const text of ['"\\', '"', '[[', '}]}', '"a\\"']) expect(exceeds(text.repeat(5), { fields: 1 })).toBe(false);
  });

  it('agrees with what is there', () => {
    const sizeOf = (value: unknown): number =>
      typeof value !== 'object' || value === null ? 0 : Object.values(value).reduce((sum: number, one) => sum + 1 + sizeOf(one), 0);
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), fc.nat(30), (value, fields) => {
        // Each object or list that has any has one more field than commas.
        const text = JSON.stringify(value);
        const filled = (text.replaceAll(/"(\\.|[^"\\])*"/g, '0').match(/[[{](?![\]}])/g) ?? []).length;
        expect(exceeds(text.padEnd(2 * fields), { fields })).toBe(sizeOf(value) - filled > fields);
      }),
    );
  });
});

describe('far too many fields', () => {
  it('are counted and not told one by one: unknown ones, and lists beyond their length', () => {
    const wide = { ...page, ...Object.fromEntries(Array.from({ length: 10_000 }, (_, n) => [`f${n}`, n])) };
    expect(validateData('WebPageViewed', wide).map(({ pointer }) => pointer)).toEqual(Array.from({ length: 20 }, (_, n) => `/data/f${n}`));
    const answers = Array.from({ length: 5_000 }, () => ({ no: 1, question: 2 }));
    expect(validateData('SurveyAnswered', { leadId: 'l', surveyId: 's', answers })).toEqual([
      { pointer: '/data/answers', expected: 'at most 200 entries', got: '5000 entries' },
    ]);
  });

  it('with names of any length make short answers', () => {
    const errors = validateData('WebPageViewed', {
      ...page,
      ...Object.fromEntries(Array.from({ length: 19 }, (_, n) => [`${n}${'x'.repeat(50_000)}`, 'y'.repeat(50_000)])),
    });
    expect(errors).toHaveLength(19);
    expect(JSON.stringify(errors).length).toBeLessThan(10_000);
  });
});

it('two addresses that differ in half a character, which old logs may hold, are two identities', () => {
  const hashes = HALVES.map((half) => identityHash(emailIdentity(`${half}@minato.example`)));
  expect(new Set(hashes).size).toBe(HALVES.length);
  expect(identityHash(emailIdentity('h.aoyama@minato-seiki.example'))).toBe(
    '83f5e5e5255fd9b26fdb8ee6fdbf6ddcfb9a13c3e66ca95d0cc73d36bcc2539d',
  );
});
