import type { Words } from '@leadlog/lead';

/** Moments in a run or a deal that a stage may begin with: what to say where one has not come. */
const entries = {
  'handed-off': { ja: '引き渡しがない', en: 'it was never handed off' },
  accepted: { ja: '受領されていない', en: 'it was never accepted' },
  /** Handed off again after a return. */
  'returned-hot': { ja: '戻した後に再び引き渡されていない', en: 'it never came back after a return' },
  /** A rep did something with the person of a card since the exchange, or kept it when it went to marketing. */
  'card-followed': { ja: '名刺を追いかけた記録がない', en: 'no card was ever followed up' },
  called: { ja: '架電の記録がない', en: 'nobody ever called' },
  reached: { ja: '担当者と話せていない', en: 'nobody was ever reached' },
  'appointment-booked': { ja: 'アポイントの記録がない', en: 'no appointment was ever booked' },
  'meeting-held': { ja: '商談の記録がない', en: 'no meeting was ever held' },
  'second-meeting-held': { ja: '二回目の商談の記録がない', en: 'no second meeting was ever held' },
  'deal-opened': { ja: '案件が登録されていない', en: 'no deal was ever opened' },
  proposed: { ja: '提案の記録がない', en: 'nothing was ever proposed' },
  quoted: { ja: '見積書の記録がない', en: 'no quote was ever sent' },
  /** The last proposal or quote of any kind, revisions too. */
  offered: { ja: '提案も見積書も記録がない', en: 'nothing was ever offered' },
  'closing-asked': { ja: '回答の記録がない', en: 'no answer was ever asked for' },
} as const satisfies Record<string, Words>;

export type EntryMoment = keyof typeof entries;
export const ENTRY_MOMENTS = Object.keys(entries) as EntryMoment[];
export const neverHappened = (moment: EntryMoment): Words => entries[moment];

/** A stage may also lead to the end. */
export const EXIT_MOMENTS = [...ENTRY_MOMENTS, 'won', 'lost', 'returned'] as const;
export type ExitMoment = (typeof EXIT_MOMENTS)[number];

/** When the first and the last of them were, ms. */
export type Moments = Partial<Record<EntryMoment, { first: number; last: number }>>;
