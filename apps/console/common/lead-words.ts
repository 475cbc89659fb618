import { texts } from '../app/texts';

/** Words about leads that several screens show. */
export const leadWords = texts({
  en: {
    life: {
      captured: 'Captured',
      nurturing: 'Nurturing',
      hot: 'Hot, not handed off yet',
      'handed-off': 'Handed off',
      accepted: 'Accepted',
      'in-deal': 'In a deal',
      won: 'Won',
      disqualified: 'Disqualified',
    },
    roles: {
      champion: 'Champion',
      decisionMaker: 'Decision maker',
      user: 'User',
      influencer: 'Influencer',
      unknown: 'Role unknown',
    },
    dealStates: { open: 'Open', won: 'Won', lost: 'Lost' },
    points: '{points} points',
    nobody: 'Nobody',
  },
  ja: {
    life: {
      captured: '獲得',
      nurturing: '育成中',
      hot: '引き渡し前',
      'handed-off': '受領待ち',
      accepted: '受領済み',
      'in-deal': '案件中',
      won: '受注',
      disqualified: '対象外',
    },
    roles: {
      champion: '推進者',
      decisionMaker: '決裁者',
      user: 'ユーザー',
      influencer: '影響者',
      unknown: '役割不明',
    },
    dealStates: { open: '進行中', won: '受注', lost: '失注' },
    points: '{points} 点',
    nobody: '担当なし',
  },
});
