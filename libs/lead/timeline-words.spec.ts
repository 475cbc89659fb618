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

  it('has words for what applications say in a tap, and leaves those of people', () => {
    const done = (result: string) => summaryOfEvent(recorded('NextActionCompleted', { result }), 'Asia/Tokyo').ja;
    expect(['noAnswer', 'held', 'rescheduled', 'quoted', '資料を送付'].map(done)).toEqual([
      '次の行動を完了: 不在',
      '次の行動を完了: 商談を実施',
      '次の行動を完了: 日程変更',
      '次の行動を完了: 見積を提出',
      '次の行動を完了: 資料を送付',
    ]);
    const handed = recorded('BusinessCardHandedToMarketing', { repId: 'rep-07', reason: 'dormant' });
    expect(summaryOfEvent(handed, 'Asia/Tokyo').ja).toBe('名刺をマーケへ引き渡し（rep-07）: 長期間動きがない');
  });

  it('tells how long a call took if that was measured', () => {
    const called = (seconds: number | undefined) =>
      summaryOfEvent(recorded('CallCompleted', { repId: 'rep-07', outcome: 'busy', seconds }), 'Asia/Tokyo');
    expect(called(65)).toEqual({ en: 'Called by rep-07: busy (1:05)', ja: '架電（rep-07）: 話し中 1:05' });
    expect(called(undefined)).toEqual({ en: 'Called by rep-07: busy', ja: '架電（rep-07）: 話し中' });
  });

  it('says so when a machine has probably opened the mail', () => {
    expect(summaryOfEvent(recorded('EmailOpened', { machineLikelihood: 0.9 }), 'Asia/Tokyo')).toEqual({
      en: 'Mail opened (probably by a machine)',
      ja: 'メール開封（機械の可能性）',
    });
  });
});
