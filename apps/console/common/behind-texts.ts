import { texts } from '../app/texts';

export const behindTexts = texts({
  en: {
    numerator: 'Numerator',
    denominator: 'Denominator',
    openShare: 'Not decided yet',
    basis: 'Counted',
    before: 'Period before',
    days: '{name}, by day',
    day: 'Day',
    facts: 'One by one',
    total: '{count, plural, one {# entry} other {# entries}}, as of {at}',
    nothing: 'Nothing was counted in this period.',
  },
  ja: {
    numerator: '分子',
    denominator: '分母',
    openShare: '未確定の割合',
    basis: '数え方',
    before: '前の期間',
    days: '{name}（日別）',
    day: '日',
    facts: '一件ずつ',
    total: '{count} 件（{at} 時点）',
    nothing: 'この期間に数えたものはありません。',
  },
});
