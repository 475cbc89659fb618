import { cardOf, guess } from './card-mapping';

const settings = { repId: 'rep-1', place: 'onsite', day: '2026-11-30', timeZone: 'Asia/Tokyo' } as const;

describe('what the columns of a file of cards hold', () => {
  it('is known by their names', () => {
    expect(guess(['会社名', '部署名', '役職', '姓', '名', 'e-mail', 'TEL会社', '名刺交換日', '備考'])).toEqual({
      company: 0,
      department: 1,
      title: 2,
      familyName: 3,
      givenName: 4,
      email: 5,
      phone: 6,
      exchangedAt: 7,
    });
    expect(guess(['Name', 'Company', 'Date', 'Notes'])).toEqual({ name: 0, company: 1, exchangedAt: 2 });
  });

  it('becomes a card, the same for the same row', () => {
    const mapping = guess(['姓', '名', '会社', 'メール', '交換日']);
    const row = ['青山', '晴香', 'みなと精機', 'ｈ@minato.example', '2026年6月4日'];
    const card = cardOf(row, mapping, settings);
    expect(card).toEqual({
      cardId: expect.stringMatching(/^csv-[0-9a-f]{16}$/) as string,
      repId: 'rep-1',
      exchangedAt: '2026-06-03T15:00:00.000Z',
      place: 'onsite',
      profile: { name: '青山 晴香', company: 'みなと精機', email: 'h@minato.example' },
    });
    expect(cardOf(row, mapping, settings).cardId).toBe(card.cardId);
    expect(cardOf(['青木', ...row.slice(1)], mapping, settings).cardId).not.toBe(card.cardId);
  });

  it('becomes the same card on another day, also if the row has none', () => {
    const idOn = (day: string) => cardOf(['青山', 'みなと精機'], { name: 0, company: 1 }, { ...settings, day }).cardId;
    expect(idOn('2026-12-01')).toBe(idOn('2026-11-30'));
  });

  it('that have no day are of the day given, and one that cannot be read is sent as it is', () => {
    expect(cardOf(['青山', ''], { name: 0, exchangedAt: 1 }, settings).exchangedAt).toBe('2026-11-29T15:00:00.000Z');
    expect(cardOf(['青山', 'きのう'], { name: 0, exchangedAt: 1 }, settings).exchangedAt).toBe('きのう');
  });
});
