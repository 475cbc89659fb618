import { texts } from '../../app/texts';

export const inboxTexts = texts({
  en: {
    title: 'Inbox',
    filter: 'Which',
    all: 'All open',
    waiting: 'Waiting',
    whose: 'Representative',
    everybody: 'Everybody',
    list: 'Handed-off leads',
    back: 'Back to the list',
    empty: {
      title: 'Nothing has been handed off',
      words: 'A lead that becomes hot appears here by itself, with the reasons and a deadline.',
    },
    emptyWaiting: {
      title: 'Nobody is waiting',
      words: 'Hot leads wait here while nobody is at work or has room, or while a consent is withdrawn.',
    },
    choose: { title: 'Choose a lead', words: 'What it did, and why it is hot, appears here.' },
    handedOff: 'handed off {when}',
    waitingSince: 'waiting since {when}',
    takenOver: 'taken over from {name}',
  },
  ja: {
    title: '引き渡し',
    filter: '絞り込み',
    all: 'すべて',
    waiting: '引き渡し待ち',
    whose: '担当者',
    everybody: '全員',
    list: '引き渡されたリード',
    back: '一覧に戻る',
    empty: { title: '引き渡されたリードはありません', words: 'ホットになったリードは、理由と期限とともに自動的にここに並びます。' },
    emptyWaiting: {
      title: '待っているリードはありません',
      words: '勤務中の担当者や空きがないとき、また同意が撤回されている間、ホットなリードはここで待ちます。',
    },
    choose: { title: 'リードを選んでください', words: '行動の履歴とホットになった理由を表示します。' },
    handedOff: '{when}に引き渡し',
    waitingSince: '{when}から待機',
    takenOver: '{name}から引き取り',
  },
});
