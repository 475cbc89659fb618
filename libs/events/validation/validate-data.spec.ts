import { eventTypes, UnknownEventType, validateData } from '@leadlog/events';

const view = { leadId: 'lead-1', url: 'https://www.leadlog.example/price', category: 'price' };

describe('validateData', () => {
  it('says nothing about data that are right', () => {
    expect(validateData('WebPageViewed', view)).toEqual([]);
  });

  it('says every error at once, each with its field, what was expected and what came', () => {
    expect(validateData('WebPageViewed', { ...view, url: '/price', category: 'prize', dwellMs: -3 })).toEqual([
      { pointer: '/data/url', expected: 'a web address that starts with http:// or https://, without spaces', got: '"/price"' },
      { pointer: '/data/category', expected: 'one of price, product, case, career, other', got: '"prize"' },
      { pointer: '/data/dwellMs', expected: 'a whole number from 0 to 86400000', got: '-3' },
    ]);
  });

  it('refuses a moment that is after the last day somewhere, and says so', () => {
    const closing = (signedAt: string) => ({ leadId: 'lead-1', dealId: 'd', amount: { value: 1, currency: 'JPY' }, signedAt });
    expect(validateData('DealWon', closing('9999-12-31T09:59:59.999Z'))).toEqual([]);
    expect(validateData('DealWon', closing('9999-12-31T23:59:59+09:00'))).toEqual([
      {
        pointer: '/data/signedAt',
        expected: 'a moment that is not after 9999-12-31 in any time zone',
        got: '"9999-12-31T23:59:59+09:00"',
      },
    ]);
  });

  it('refuses a field it does not know and names the nearest one it does', () => {
    expect(validateData('WebPageViewed', { ...view, dwelMs: 3 })).toEqual([
      { pointer: '/data/dwelMs', expected: 'no field of this name; the nearest known one is dwellMs', got: '3' },
    ]);
  });

  it('says what a missing field must be', () => {
    expect(validateData('DealWon', { leadId: 'lead-1', dealId: 'd', signedAt: '2026-06-04T10:00:00+09:00' })).toEqual([
      { pointer: '/data/amount', expected: 'an object', got: 'nothing' },
    ]);
  });

  it('wants the lead by id or by identity, not neither and not both', () => {
    const { leadId, ...nobody } = view;
    expect(validateData('WebPageViewed', nobody)).toEqual([
      { pointer: '/data', expected: 'exactly one of leadId, identity', got: 'none of them' },
    ]);
    expect(validateData('WebPageViewed', { ...view, identity: { visitorId: 'v-1' } })).toEqual([
      { pointer: '/data', expected: 'exactly one of leadId, identity', got: `leadId and identity` },
    ]);
    expect(validateData('WebPageViewed', { ...nobody, identity: { visitorId: 'v-1', cardId: 'c-1' } })).toEqual([
      { pointer: '/data/identity', expected: 'exactly one of email, visitorId, cardId, foreign', got: 'visitorId and cardId' },
    ]);
    expect(leadId).toBe('lead-1');
  });

  it('points into lists and escapes names as RFC 6901 says', () => {
    expect(
      validateData('SurveyAnswered', {
        leadId: 'lead-1',
        surveyId: 's',
        answers: [
          { question: 'q', answer: 'a' },
          { question: 'q', 'a/b~c': 1, answer: '' },
        ],
      }),
    ).toEqual([
      { pointer: '/data/answers/1/a~1b~0c', expected: expect.stringMatching(/^no field of this name/), got: '1' },
      { pointer: '/data/answers/1/answer', expected: 'text of 1 to 4000 characters', got: '""' },
    ]);
  });

  it('wants times with an offset, on days that exist', () => {
    const booked = { leadId: 'lead-1', appointmentId: 'a', repId: 'r', mode: 'remote' };
    for (const scheduledAt of ['2026-06-04T10:00:00', '2026-02-30T10:00:00Z', '2026-06-04', '2026-06-04T10:00:00+25:00', 1780000000000]) {
      expect(validateData('AppointmentBooked', { ...booked, scheduledAt })).toEqual([
        {
          pointer: '/data/scheduledAt',
          expected: 'a time in RFC 3339 with an offset, such as 2026-06-04T10:12:00+09:00',
          got: JSON.stringify(scheduledAt),
        },
      ]);
    }
    expect(validateData('AppointmentBooked', { ...booked, scheduledAt: '2028-02-29T10:00:00.250-03:00' })).toEqual([]);
  });

  it.each([null, 'text', 3, [], undefined])('refuses data that are no object: %p', (data) => {
    expect(validateData('EmailOpened', data)).toEqual([expect.objectContaining({ pointer: '/data', expected: 'an object' })]);
  });

  it('shows what came in short', () => {
    const [error] = validateData('EmailOpened', { leadId: 'lead-1', messageId: `${'x '.repeat(5000)}` });
    expect(error!.got.length).toBeLessThanOrEqual(80);
  });

  it('refuses a type that the catalogue does not know, and names the nearest one', () => {
    expect(() => validateData('WebPageViewd', {})).toThrow(UnknownEventType);
    expect(() => validateData('WebPageViewd', {})).toThrow(`the nearest of its ${eventTypes.length} names is WebPageViewed`);
  });
});
