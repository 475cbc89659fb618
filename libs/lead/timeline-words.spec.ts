import { catalogue, decode } from '@leadlog/events';
import { recorded } from '@leadlog/events/recorded.testing';
import { summaryOfEvent } from '@leadlog/lead';

describe('the line that tells an event', () => {
  it.each([...catalogue.keys()])('%s: is one line in English and one in Japanese, with nothing missing in it', (type) => {
    const definition = catalogue.get(type)!;
    const { en, ja } = summaryOfEvent(decode(recorded(definition.type)), 'Asia/Tokyo');
    for (const text of [en, ja]) expect(text).not.toMatch(/undefined|null|NaN|Invalid|\[object|\n/);
    expect(en).toMatch(/^[A-Z]/);
    expect(ja).toMatch(/[\u3040-\u30ff\u4e00-\u9fff]/u);
  });

  it('tells times in the time zone of the tenant', () => {
    const booked = recorded('AppointmentBooked', { scheduledAt: '2026-06-11T05:00:00Z', repId: 'rep-07', mode: 'onsite' });
    expect(summaryOfEvent(booked, 'Asia/Tokyo').ja).toBe('アポイント 2026-06-11 14:00 訪問（rep-07）');
  });

  it('says so when a machine has probably opened the mail', () => {
    expect(summaryOfEvent(recorded('EmailOpened', { machineLikelihood: 0.9 }), 'Asia/Tokyo')).toEqual({
      en: 'Mail opened (probably by a machine)',
      ja: 'メール開封（機械の可能性）',
    });
  });
});
