import { readMapping, rowMapper } from './import-mapping';
import { localDate, localDatetime } from './local-time';

const text = (more = '', data = '') => `
timezone: America/Sao_Paulo
source: crm
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

describe('a mapping', () => {
  it('makes an event with nested data, an id from the row and times in UTC', () => {
    const [mapped] = rowMapper(readMapping(text()), header)(['7', '2018-02-26 19:58:54', '1,200.50', '']);
    expect(mapped).toEqual({
      ok: true,
      event: {
        specversion: '1.0', id: 'won-7', source: 'crm', type: 'DealWon', time: '2018-02-26T22:58:54.000Z',
        data: { dealId: '7', leadId: 'crm-7', signedAt: '2018-02-26T22:58:54.000Z', amount: { value: 1200.5, currency: 'BRL' } },
      },
    });
  });

  it('tells every bad field of a row: empty, no number, no time, too few columns', () => {
    const events = rowMapper(readMapping(text()), header);
    expect(events(['7', '2018-02-30 10:00', 'much', ''])).toMatchObject([{ ok: false, errors: expect.arrayContaining([
      { pointer: 'amount', expected: 'a number', got: '"much"' },
      { pointer: 'won', expected: 'a local time as YYYY-MM-DD hh:mm:ss', got: '"2018-02-30 10:00"' },
    ]) }]);
    expect(events(['', '2018-02-26 10:00', '1', ''])).toMatchObject([{ ok: false, errors: expect.arrayContaining([{ pointer: 'no', expected: 'a value (for won-{no})', got: 'an empty field' }]) }]);
    expect(events(['7', '2018-02-26 10:00'])).toEqual([{ ok: false, errors: [{ pointer: '', expected: '4 columns', got: '2' }] }]);
  });

  it('makes no event of rows in which the column of `when` is empty, and leaves out optional fields that are', () => {
    const events = rowMapper(readMapping(text('when: won', 'runId: { column: note, optional: true }')), header);
    expect(events(['7', '', '1', ''])).toEqual([]);
    const [mapped] = events(['7', '2018-02-26 10:00', '1', '']);
    expect(mapped).toMatchObject({ ok: true });
    expect(mapped!.ok && 'runId' in mapped!.event.data).toBe(false);
  });

  it('names the nearest column when the file lacks one', () => {
    expect(() => rowMapper(readMapping(text()), ['no', 'won', 'amonut'])).toThrow('the file has no column "amount"; the nearest is "amonut"');
  });

  it.each([
    ['a type that is none', text().replace('DealWon', 'DealWno'), 'mapping, events[0].type: expected an event of the catalogue; the nearest is DealWon, got "DealWno"'],
    ['a time zone that is none', text().replace('America/Sao_Paulo', 'Brazil'), 'mapping, timezone: expected a time zone'],
    ['an id that is the same for all rows', text().replace('won-{no}', 'won'), 'mapping, events[0].id: expected a template with a column'],
    ['two sources of one field', text('', 'runId: { column: no, constant: 1 }'), 'expected exactly one of column, template, constant, got "column and constant"'],
    ['an unknown key', text('whne: won'), '(nearest: when), got "whne"'],
  ])('refuses %s', (_, mapping, message) => expect(() => readMapping(mapping)).toThrow(message));
});

describe('local times', () => {
  const zone = 'America/Sao_Paulo';
  const iso = (ms: number | undefined) => ms !== undefined && new Date(ms).toISOString();

  it('that clocks skipped (0:30 on 4 November 2018) are read on the clock before the change', () => {
    expect(iso(localDatetime('2018-11-04 00:30:00', zone))).toBe('2018-11-04T03:30:00.000Z');
    expect(iso(localDatetime('2018-11-04 01:00:00', zone))).toBe('2018-11-04T03:00:00.000Z');
    expect(iso(localDate('2018-11-04', zone))).toBe('2018-11-04T03:00:00.000Z');
  });

  it('that clocks showed twice (23:30 on 17 February 2018) are the earlier one', () => {
    expect(iso(localDatetime('2018-02-17 23:30', zone))).toBe('2018-02-18T01:30:00.000Z');
    expect(iso(localDatetime('2018-02-18 00:00', zone))).toBe('2018-02-18T03:00:00.000Z');
  });

  it('are written with - or /, and nothing else passes', () => {
    expect(iso(localDatetime('2026/4/1 9:05', 'Asia/Tokyo'))).toBe('2026-04-01T00:05:00.000Z');
    for (const wrong of ['2026-02-29 10:00', '2026-04-01 24:00', '2026-04-01', 'soon']) expect(localDatetime(wrong, 'Asia/Tokyo')).toBeUndefined();
    expect(localDate('2026-13-01', 'Asia/Tokyo')).toBeUndefined();
  });
});
