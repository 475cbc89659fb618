import type { FieldError } from '@leadlog/events';
import { admit, parseLine } from '@leadlog/ingestion';
import { readMapping } from './mapping';
import { rowMapper, type MappedEvent } from './row-events';

const text = (more = '', data = '', top = '') => `
timezone: America/Sao_Paulo
source: crm
${top}
events:
  - type: DealWon
    id: 'won-{no}'
    time: { column: won, format: datetime }
    ${more}
    data:
      dealId: { column: no }
      leadId: { template: 'crm-{no}' }
      signedAt: { column: won, format: datetime }
      amount.value: { column: amount, number: true }
      amount.currency: { constant: BRL }
      ${data}
`;
const header = ['no', 'won', 'amount', 'note'];
const mapper = (mapping: string, names: readonly string[] = header) =>
  rowMapper(readMapping(mapping, 'map.yaml'), names, { import: Date.UTC(2026, 5, 1), file: Date.UTC(2026, 4, 1) });

/** As it would be taken by the api: what a mapping makes is only worth something if it is. */
function admitted(mapped: MappedEvent[]): { type: string; time: string; data: Record<string, unknown> }[] {
  return mapped.map((one) => {
    if (!one.ok) throw new Error(JSON.stringify(one.errors));
    const parsed = parseLine(JSON.stringify(one.event));
    const answer = parsed.ok ? admit(parsed.event, Date.now()) : parsed.errors;
    if (!('eventId' in answer)) throw new Error(JSON.stringify(answer));
    return one.event as never;
  });
}
const errorsOf = (mapped: MappedEvent[]): FieldError[] => mapped.flatMap((one) => (one.ok ? [] : one.errors));

/** Of one event, from one row of the columns a, b, c, … */
function made(event: string, cells: readonly string[], top = ''): MappedEvent[] {
  const names = [...'abcdefgh'].slice(0, cells.length);
  return mapper(`timezone: Asia/Tokyo\nsource: s\n${top}\nevents:\n  - ${event.trim().replaceAll('\n', '\n    ')}\n`, names)(cells, 7);
}

describe('a mapping', () => {
  it('makes an event with nested data, an id from the row and times in UTC', () => {
    const [mapped] = mapper(text())(['7', '2018-02-26 19:58:54', '1,200.50', ''], 1);
    expect(mapped).toEqual({
      ok: true,
      event: {
        specversion: '1.0',
        id: 'won-7',
        source: 'crm',
        type: 'DealWon',
        time: '2018-02-26T22:58:54.000Z',
        data: { dealId: '7', leadId: 'crm-7', signedAt: '2018-02-26T22:58:54.000Z', amount: { value: 1200.5, currency: 'BRL' } },
      },
    });
  });

  it('tells every bad field of a row: empty, no number, no time', () => {
    const events = mapper(text());
    expect(errorsOf(events(['7', '2018-02-30 10:00', 'much', ''], 1))).toEqual(
      expect.arrayContaining([
        { pointer: 'amount', expected: expect.stringContaining('a number such as 1,234.5') as string, got: '"much"' },
        { pointer: 'won', expected: expect.stringContaining('a time as YYYY-MM-DD hh:mm:ss') as string, got: '"2018-02-30 10:00"' },
      ]),
    );
    expect(errorsOf(events(['', '2018-02-26 10:00', '1', ''], 1))).toContainEqual({
      pointer: 'no',
      expected: 'a value (for won-{no})',
      got: 'an empty field',
    });
  });

  it('says how numbers are written, for the file or for a column, and never guesses', () => {
    const value = (cell: string, top: string, field = '') =>
      made(
        `type: DealWon\nid: '{a}'\ntime: import\ndata: { leadId: '{a}', dealId: '{a}', signedAt: '2026-01-01T00:00:00Z', amount.value: { column: b${field} }, amount.currency: EUR }`,
        ['1', cell],
        top,
      );
    const read = (mapped: MappedEvent[]) =>
      mapped[0]!.ok ? (mapped[0]!.event.data as { amount: { value: number } }).amount.value : 'refused';
    expect(['12,50', '1.500', '0x10', '1e5', '$5', '5 €'].map((cell) => read(value(cell, '')))).toEqual([
      'refused',
      'refused',
      'refused',
      'refused',
      'refused',
      5,
    ]);
    expect(['12,50', '1.500', '1.500,25 €'].map((cell) => read(value(cell, "decimal: ','\ngroup: '.'")))).toEqual([12.5, 1500, 1500.25]);
    expect(read(value('1.500', "decimal: ','", ", decimal: '.'"))).toBe(1.5);
  });

  it('makes no event of rows in which the column of `when` is empty, and leaves out optional fields that are', () => {
    const events = mapper(text('when: won', 'accountId: { column: note, optional: true }'));
    expect(events(['7', '', '1', ''], 1)).toEqual([]);
    const [mapped] = events(['7', '2018-02-26 10:00', '1', ''], 1);
    expect(mapped!.ok && 'accountId' in mapped!.event.data).toBe(false);
  });

  it.each([
    ['Won', { a: 'Won' }, true],
    ['Won', { a: 'Lost' }, false],
    ['Won', { a: 'won' }, false],
    ['[Won, Lost]', { a: 'Lost' }, true],
    ['{ not: Won }', { a: 'Lost' }, true],
    ['{ not: [Won, Lost] }', { a: 'Lost' }, false],
    ['{ empty: true }', { a: ' ' }, true],
    ['{ empty: true }', { a: 'N/A' }, true],
    ['{ empty: false }', { a: 'x' }, true],
    ['1', { a: '1' }, true],
    ['1', { a: '1.0' }, true],
    ['16', { a: '0x10' }, false],
    ['10', { a: '1e1' }, false],
    ['1000', { a: '1,000' }, true],
    ['true', { a: 'true' }, true],
    ['{ min: 2 }', { a: '10' }, true],
    ['{ min: 2, max: 9 }', { a: '1,000' }, false],
    ['{ min: 2 }', { a: '' }, false],
  ])('when: { a: %s } of %j is %s', (condition, { a }, holds) => {
    expect(
      made(
        `type: LeadCaptured\nid: '{b}'\ntime: import\nwhen: { a: ${condition} }\ndata: { leadId: '{b}', channel: import }`,
        [a, '1'],
        'empty: [N/A]',
      ),
    ).toHaveLength(holds ? 1 : 0);
  });

  it('meets all conditions of several columns', () => {
    const event = `type: LeadCaptured\nid: '{b}'\ntime: import\nwhen: { a: Won, b: { not: 2 } }\ndata: { leadId: '{b}', channel: import }`;
    expect([made(event, ['Won', '1']).length, made(event, ['Won', '2']).length]).toEqual([1, 0]);
  });

  it('maps values, with one for others and one for empty cells, and refuses what it does not know', () => {
    const event = (more: string) =>
      `type: InquiryReceived\nid: '{a}'\ntime: import\ndata: { leadId: '{a}', kind: { column: b, map: { 見積: quote, Demo: demo }${more} } }`;
    const kind = (more: string, cell: string) => admitted(made(event(more), ['1', cell]))[0]!.data['kind'];
    expect([kind('', '見積'), kind(', otherwise: contact', 'Other'), kind(', default: document', '')]).toEqual([
      'quote',
      'contact',
      'document',
    ]);
    expect(errorsOf(made(event(''), ['1', 'Dmeo']))).toEqual([
      { pointer: 'b', expected: 'one of 見積, Demo, which the mapping knows', got: '"Dmeo" (nearest: Demo)' },
    ]);
  });

  it('takes the first of some columns, lists, items of lists, flags and days', () => {
    const [deal] = admitted(
      made(
        `type: DealOpened\nid: '{a}'\ntime: import\ndata: { leadId: { column: [c, a] }, dealId: '{a}', repId: '{b}', products: { column: d, split: ';' } }`,
        ['1', 'Ada  King', '', 'GTX Pro; MG 青;'],
      ),
    );
    expect(deal!.data).toMatchObject({ leadId: '1', repId: 'Ada_King', products: ['GTX_Pro', 'MG_青'] });
    const [survey] = admitted(
      made(
        `type: SurveyAnswered\nid: '{a}'\ntime: import\ndata: { leadId: '{a}', surveyId: s, answers.0.question: 'Budget?', answers.0.answer: { column: b }, answers.1.question: 'When?', answers.1.answer: { column: c } }`,
        ['1', 'yes', 'soon'],
      ),
    );
    expect(survey!.data['answers']).toEqual([
      { question: 'Budget?', answer: 'yes' },
      { question: 'When?', answer: 'soon' },
    ]);
    const [webinar] = admitted(
      made(
        `type: WebinarAttended\nid: '{a}'\ntime: import\ndata: { leadId: '{a}', webinarId: w, minutes: { column: b }, live: { column: c } }`,
        ['1', '45', 'TRUE'],
      ),
    );
    expect(webinar!.data).toMatchObject({ minutes: 45, live: true });
    const [answer] = admitted(
      made(
        `type: ClosingAnswered\nid: '{a}'\ntime: import\ndata: { leadId: '{a}', dealId: '{a}', answer: undecided, decideBy: { column: b, format: M/D/YYYY } }`,
        ['1', '6/20/2026'],
      ),
    );
    expect(answer!.data['decideBy']).toBe('2026-06-20');
  });

  it('leaves out an object that lacks what it needs, and makes one that needs nothing', () => {
    const deal = `type: DealOpened\nid: '{a}'\ntime: import\ndata: { leadId: '{a}', dealId: '{a}', repId: r, amount.value: { column: b, optional: true }, amount.currency: USD }`;
    expect(admitted(made(deal, ['1', '$1,200']))[0]!.data['amount']).toEqual({ value: 1200, currency: 'USD' });
    expect(admitted(made(deal, ['1', '']))[0]!.data).not.toHaveProperty('amount');
    expect(
      admitted(
        made(
          `type: LeadCaptured\nid: '{a}'\ntime: import\ndata: { leadId: '{a}', channel: import, profile.name: { column: b, optional: true } }`,
          ['1', ''],
        ),
      )[0]!.data['profile'],
    ).toEqual({});
  });

  it('makes as many events of a row as a column says, each with its number in its id', () => {
    const event = `type: WebPageViewed\nid: 'view-{a}-{#}'\ntime: { constant: '2026-05-01', format: date }\ncount: { column: b, optional: true }\ndata: { leadId: '{a}', url: 'https://example.com/', category: other }`;
    const ids = (cell: string) => made(event, ['1', cell]).map((one) => (one.ok ? one.event.id : one.errors));
    expect([ids('3'), ids('0'), ids('')]).toEqual([['view-1-1', 'view-1-2', 'view-1-3'], [], []]);
    expect(ids('2.5')).toEqual([[{ pointer: 'b', expected: 'a whole number of events, at most 10000', got: '2.5' }]]);
  });

  it('says who did it, in which team, and whose act it is', () => {
    const [one] = made(
      `type: LeadCaptured\nid: 'x-{#row}'\ntime: file\nsubject: 'email:{a}'\ninitiator: seller\nactor: { kind: rep, id: '{b}', team: { column: c } }\ndata: { channel: card }`,
      ['a@example.com', 'Ada King', '東 1'],
    );
    expect(one).toMatchObject({
      ok: true,
      event: {
        id: 'x-7',
        time: '2026-05-01T00:00:00.000Z',
        subject: 'email:a@example.com',
        initiator: 'seller',
        actorkind: 'rep',
        actorid: 'Ada_King',
        actorteam: '東_1',
      },
    });
    admitted([one!]);
  });

  it('takes the moment of the import where it says so, and no other', () => {
    expect(admitted(made(`type: LeadCaptured\nid: '{a}'\ntime: import\ndata: { leadId: '{a}', channel: import }`, ['1']))[0]!.time).toBe(
      '2026-06-01T00:00:00.000Z',
    );
    const mapping = readMapping(
      "timezone: UTC\nsource: s\nevents:\n  - type: LeadCaptured\n    id: '{a}'\n    time: file\n    data: { leadId: '{a}', channel: import }",
      'map.yaml',
    );
    expect(() => rowMapper(mapping, ['a'], { import: 0 })).toThrow('there is no file');
  });

  it('makes nothing of a row of empty cells', () => expect(mapper(text())(['', ' ', '', ''], 1)).toEqual([]));

  it('names the nearest column, and where it stands, when the file lacks one', () => {
    expect(() => mapper(text(), ['no', 'won', 'amonut'])).toThrow(
      'map.yaml:14:31: the file has no column "amount"; the nearest is "amonut"',
    );
    expect(() => mapper(text(), ['no;won;amount'])).toThrow('say delimiter: ";" in the mapping');
    expect(() => mapper(text(), ['no', 'won', 'amount', 'amount'])).toThrow('the header names the column "amount" twice');
    mapper(text(), ['no', 'won', 'amount', 'other', 'other', '', '']);
  });

  it.each([
    [
      'a type that is none',
      text().replace('DealWon', 'DealWno'),
      'map.yaml:6:11: events[0].type: expected an event of the catalogue; the nearest is DealWon, got "DealWno"',
    ],
    ['a decision', text().replace('DealWon', 'LeadHandedOff'), 'map.yaml:6:11: events[0].type: expected a fact'],
    ['a time zone that is none', text().replace('America/Sao_Paulo', 'Brazil'), 'map.yaml:2:11: timezone: expected a time zone'],
    [
      'an id that is the same for all rows',
      text().replace('won-{no}', 'won'),
      'map.yaml:7:9: events[0].id: expected a template with a column',
    ],
    [
      'two sources of one field',
      text('', 'accountId: { column: no, constant: 1 }'),
      'expected exactly one of column, template, constant, got column and constant',
    ],
    ['an unknown key', text('whne: won'), 'map.yaml:9:5: events[0]: there is no whne; the nearest is when'],
    [
      'a field that the event does not have',
      text('', 'dealID: { column: no }'),
      'map.yaml:16:7: events[0].data: there is no dealID; the nearest is dealId',
    ],
    ['a nested field that is none', text().replace('amount.value', 'amount.valeu'), 'there is no valeu; the nearest is value'],
    ['a field that is missing', text().replace(/dealId: .*/, ''), 'events[0].data: DealWon needs dealId'],
    ['a nested field that is missing', text().replace(/amount\.currency: .*/, ''), 'events[0].data: DealWon needs amount.currency'],
    ['an event about nobody', text().replace(/leadId: .*/, ''), 'DealWon needs leadId, identity, or a subject'],
    ['a format that is none', text().replace('format: datetime }', 'format: datetiem }'), 'the nearest is datetime'],
    ['an encoding that is none', text('', '', 'encoding: cp999'), 'map.yaml:4:11: encoding: expected one such as utf-8, cp932'],
    [
      'a value that may not stand there',
      text()
        .replace('DealWon', 'DealLost')
        .replace(/amount.*/g, '')
        .replace('signedAt', 'reason')
        .replace('dealId', 'declaredBy: { constant: custmer }\n      dealId'),
      'expected one of customer, rep; the nearest is customer, got "custmer"',
    ],
    ['decimals and groups alike', text('', '', "decimal: ','\ngroup: ','"), 'group: expected another sign than decimal'],
    [
      'a constant that is no time',
      text().replace('{ column: won, format: datetime }', '{ constant: soon, format: date }'),
      'expected a day as YYYY-MM-DD',
    ],
    ['a count whose events have one id', text('count: { column: note }'), 'expected {#} in it'],
    ['no YAML', 'a: [', 'map.yaml:1'],
  ])('refuses %s', (_, mapping, message) => expect(() => readMapping(mapping, 'map.yaml')).toThrow(message));

  it('tells all of its mistakes at once, in their order', () => {
    const mapping = text('whne: won').replace('America/Sao_Paulo', 'Brazil').replace('DealWon', 'DealWno');
    expect(() => readMapping(mapping, 'm.yaml')).toThrow(/m\.yaml:2:11: .*\nm\.yaml:6:11: .*\nm\.yaml:9:5: /);
  });
});

describe('anchors and aliases', () => {
  const anchored = (data: string): string => `
timezone: Asia/Tokyo
source: s
events:
  - type: DealWon
    id: 'won-{no}'
    time: &when { column: won, format: M/D/YYYY }
    data: &won { leadId: &id 'crm-{no}', dealId: *id, signedAt: *when, amount.value: { column: amount }, amount.currency: JPY }
  - type: DealWon
    id: 'again-{no}'
    time: *when
    data: ${data}
`;

  it('stand for what they name, and << for all of another mapping but what is said here', () => {
    const [first, second] = admitted(mapper(anchored("{ <<: *won, dealId: 'other-{no}' }"))(['7', '6/20/2026', '5', ''], 1));
    expect(first!.data).toEqual({
      leadId: 'crm-7',
      dealId: 'crm-7',
      signedAt: '2026-06-19T15:00:00.000Z',
      amount: { value: 5, currency: 'JPY' },
    });
    expect(second).toMatchObject({ time: first!.time, data: { ...first!.data, dealId: 'other-7' } });
  });

  const bomb = [
    'a0: &a0 [x, x, x, x, x, x, x, x, x]',
    ...Array.from({ length: 9 }, (_, n) => `a${n + 1}: &a${n + 1} [${Array.from({ length: 9 }, () => `*a${n}`).join(', ')}]`),
  ].join('\n');
  const chain = ['a0: &a0 [x]', ...Array.from({ length: 5_000 }, (_, n) => `a${n + 1}: &a${n + 1} [*a${n}]`)].join('\n');
  it.each([
    ['what nobody names', anchored('*nobody'), /map\.yaml:12:11: expected an alias of a node defined earlier as &nobody, got \*nobody/],
    [
      'what it stands in',
      anchored('&self { leadId: *self }'),
      /expected an alias of another node, got \*self, which is inside the node that it names/,
    ],
    ['more than anybody writes', `${bomb}\nevents: *a9`, /expected at most 20000 values and 200 levels/],
    ['what is deeper than anybody writes', `${chain}\nevents: *a5000`, /expected at most 20000 values and 200 levels/],
    ['a merge of no mapping', anchored("{ <<: *id, dealId: 'x' }"), /<<: expected a mapping/],
  ])('are refused where they stand for %s', (_what, mapping, message) => {
    expect(() => readMapping(mapping, 'map.yaml')).toThrow(message);
  });

  it('and an id that is the same for all rows is written like any other', () => {
    const [only] = admitted(
      made(
        "type: CallCompleted\nid: '{a}'\ntime: import\ndata: { leadId: Ada King, callId: '{a}', repId: { constant: 高橋　一 }, startedAt: { constant: '2026-06-20 10:00', format: datetime }, seconds: { constant: 5 }, outcome: reached }",
        ['1'],
      ),
    );
    expect(only!.data).toMatchObject({ leadId: 'Ada_King', repId: '高橋_一' });
  });
});
