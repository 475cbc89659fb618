import type { Words } from '@leadlog/lead';
import type { EntryMoment } from './moments';

interface VerbRow {
  words: Words;
  /** The moment that says that it was done; undefined if nothing that is recorded does. */
  done?: EntryMoment;
}

/** What a next action may be. */
const rows = {
  accept: { words: { ja: '受領する', en: 'Accept' }, done: 'accepted' },
  call: { words: { ja: '電話する', en: 'Call' }, done: 'called' },
  email: { words: { ja: 'メールする', en: 'Send an email' } },
  book: { words: { ja: '次回の約束を取る', en: 'Book the next meeting' }, done: 'appointment-booked' },
  confirm: { words: { ja: '約束を確認する', en: 'Confirm the appointment' } },
  prepare: { words: { ja: '準備する', en: 'Prepare' } },
  meet: { words: { ja: '商談する', en: 'Meet' }, done: 'meeting-held' },
  record: { words: { ja: '結果を記録する', en: 'Record what happened' } },
  'open-deal': { words: { ja: '案件を登録する', en: 'Open a deal' }, done: 'deal-opened' },
  propose: { words: { ja: '提案する', en: 'Propose' }, done: 'proposed' },
  quote: { words: { ja: '見積書を出す', en: 'Send a quote' }, done: 'quoted' },
  ask: { words: { ja: '回答をもらう', en: 'Ask for the answer' }, done: 'closing-asked' },
  revise: { words: { ja: '提案を見直す、または失注にする', en: 'Revise the proposal, or mark it lost' }, done: 'offered' },
  close: { words: { ja: '受注または失注を記録する', en: 'Mark it won or lost' } },
  'follow-up': { words: { ja: '様子を聞く', en: 'Follow up' } },
  plan: { words: { ja: '次の一手を決める', en: 'Plan the next step' } },
  return: { words: { ja: 'マーケティングへ戻す', en: 'Return to marketing' } },
  disqualify: { words: { ja: '対象外にする', en: 'Disqualify' } },
} as const satisfies Record<string, VerbRow>;

export type Verb = keyof typeof rows;
export const verbs: Readonly<Record<Verb, VerbRow>> = rows;
/** Those that a rule may ask for; the others follow from what is recorded. */
export const RULE_VERBS = (Object.keys(rows) as Verb[]).filter((verb) => verb !== 'accept' && verb !== 'plan');
/** What to do with a lead or a deal that is given up. */
export const GIVE_UP_VERBS = ['return', 'close', 'disqualify'] as const satisfies readonly Verb[];

export const isVerb = (text: string): text is Verb => Object.hasOwn(rows, text);
