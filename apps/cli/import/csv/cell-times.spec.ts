import { momentOf, timeForm, type TimeForm } from './cell-times';

const ZONE = 'Asia/Tokyo';
function read(format: string, cell: string, timezone = ZONE): string | undefined {
  const said = (timeForm(format) as TimeForm).read(cell, timezone);
  return said && new Date(momentOf(said, timezone)).toISOString();
}

describe('a time of a cell', () => {
  const NOON = '2026-06-20T03:00:00.000Z';
  const DAY = '2026-06-19T15:00:00.000Z';
  it.each<[format: string, cells: Record<string, string | undefined>]>([
    [
      'date',
      {
        '2026-06-20': DAY,
        '2026/6/20': DAY,
        '2026.06.20': DAY,
        '2026年6月20日': DAY,
        '2026年 6月20日(土)': DAY,
        '２０２６年６月２０日': DAY,
        令和8年6月20日: DAY,
        'R8.6.20': DAY,
        'R8/06/20': DAY,
        平成元年1月8日: '1989-01-07T15:00:00.000Z',
        '6/20/2026': undefined,
        '20.06.2026': undefined,
        '2026-06-31': undefined,
        '2026-06-20 12:00': undefined,
        平成元年1月7日: undefined,
        令和: undefined,
        '': undefined,
        '2026-6': undefined,
      },
    ],
    [
      'datetime',
      {
        '2026-06-20 12:00:00': NOON,
        '2026/6/20 12:00': NOON,
        '2026-06-20T03:00:00Z': NOON,
        '2026-06-20T12:00:00+09:00': NOON,
        '2026-06-20 05:00:00+0200': NOON,
        '2026-06-19T22:00:00.000-05:00': NOON,
        '2026-06-20 12:00:00.000': NOON,
        '2026-06-20 03:00:00 UTC': NOON,
        '2026-06-20 12:00 PM': NOON,
        '2026-06-20 12:00:00 pm': NOON,
        '2026年6月20日 12時00分': NOON,
        '2026年6月20日12:00': NOON,
        '2026年6月20日 午後0時00分': NOON,
        '令和8年6月20日 12:00': NOON,
        '2026-06-20 12:00:00.5': '2026-06-20T03:00:00.500Z',
        '2026-06-20 12:00:00.123456789Z': '2026-06-20T12:00:00.123Z',
        '2026-06-20 12:05 AM': '2026-06-19T15:05:00.000Z',
        '2026-06-20 1:05 pm': '2026-06-20T04:05:00.000Z',
        '2026-06-20': undefined,
        '2026-06-20 24:00': undefined,
        '2026-06-20 13:00 PM': undefined,
        '2026-06-20 12:60': undefined,
        '2026-06-20 12:00+25:00': undefined,
        soon: undefined,
        '6/20/2026 12:00': undefined,
      },
    ],
    [
      'M/D/YYYY',
      {
        '6/20/2026': DAY,
        '06/20/2026': DAY,
        '20/6/2026': undefined,
        '6/20/26': undefined,
        '6-20-2026': undefined,
        '6/20/2026 12:00': undefined,
      },
    ],
    ['D/M/YYYY', { '20/6/2026': DAY, '6/20/2026': undefined }],
    ['DD.MM.YYYY', { '20.06.2026': DAY, '20.6.2026': DAY, '06.20.2026': undefined, '2026-06-20': undefined }],
    ['DD.MM.YYYY HH:mm', { '20.06.2026 12:00': NOON, '20.06.2026': undefined, '20.06.2026 12:5': undefined }],
    [
      'M/D/YY h:mm A',
      {
        '6/20/26 12:00 PM': NOON,
        '6/20/26 12:00 AM': DAY,
        '6/20/26 0:00 AM': undefined,
        '6/20/26 13:00 PM': undefined,
        '6/20/26 12:00': undefined,
      },
    ],
    ['D-MMM-YYYY', { '20-Jun-2026': DAY, '20-june-2026': DAY, '20-Jux-2026': undefined }],
    ['MMMM D, YYYY', { 'June 20, 2026': DAY }],
    ['YYYYMMDD', { 20260620: DAY }],
    ['YYYY年M月D日', { '2026年6月20日': DAY, '2026年06月20日': DAY }],
    ['YYYY-MM-DDTHH:mm:ss.SSSZ', { '2026-06-20T03:00:00.000Z': NOON, '2026-06-20T12:00:00.0+0900': NOON }],
    ['epoch', { 1781924400: NOON, '1781924400.0': NOON, 1781924400000: undefined, '-5': undefined, '1e9': undefined }],
    ['epoch-ms', { 1781924400000: NOON, 1781924400: undefined }],
    ['excel', { 46193: DAY, '46193.5': NOON, '6/20/2026': undefined }],
  ])('as %s', (format, cells) => expect(Object.fromEntries(Object.keys(cells).map((cell) => [cell, read(format, cell)]))).toEqual(cells));

  it.each([
    ['MM/DD', 'year, month and day'],
    ['M/D/YYYY h:mm', 'A (AM or PM)'],
    ['M/D/YYYY mm', 'an hour'],
    ['M/D/M/YYYY', 'twice'],
    ['datetiem', 'one of date, datetime'],
    ['toString', 'one of date, datetime'],
  ])('the format %s is none', (format, expected) => expect(timeForm(format)).toContain(expected));
});

describe('local times', () => {
  const zone = 'America/Sao_Paulo';

  it('that clocks skipped (0:30 on 4 November 2018) are read on the clock before the change', () => {
    expect(read('datetime', '2018-11-04 00:30:00', zone)).toBe('2018-11-04T03:30:00.000Z');
    expect(read('datetime', '2018-11-04 01:00:00', zone)).toBe('2018-11-04T03:00:00.000Z');
    expect(read('date', '2018-11-04', zone)).toBe('2018-11-04T03:00:00.000Z');
    expect(read('M/D/YYYY', '11/4/2018', zone)).toBe('2018-11-04T03:00:00.000Z');
  });

  it('that clocks showed twice (23:30 on 17 February 2018) are the earlier one', () => {
    expect(read('datetime', '2018-02-17 23:30', zone)).toBe('2018-02-18T01:30:00.000Z');
    expect(read('datetime', '2018-02-18 00:00', zone)).toBe('2018-02-18T03:00:00.000Z');
  });
});
