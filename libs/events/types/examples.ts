import type { EventData, EventType } from '../event-types';

type Example<Data> = Data extends { leadId: string } ? Omit<Data, 'leadId'> & { leadId?: string } : Data;

const amount = { value: 1_280_000, currency: 'JPY' };
const clickedEventId = '0b6ef4f8-3f4e-5c1d-9a57-5b3f8f0d2c11';

/** One valid event of each type, as a sender would send it (decisions: as recorded). All people and companies are made up. */
export const examples: { readonly [Type in EventType]: Example<EventData[Type]> } = {
  LeadCaptured: {
    identity: { email: 'h.aoyama@minato-seiki.example' },
    accountId: 'acc-minato-seiki',
    channel: 'form',
    origin: 'paid search',
    campaignId: 'spring-2026-iot',
    region: '東京都',
    profile: {
      name: '青山 晴香',
      email: 'h.aoyama@minato-seiki.example',
      phone: '+81-3-5550-0123',
      company: '株式会社みなと精機',
      department: '生産技術部',
      title: '部長',
      industry: '製造',
      employees: 420,
    },
  },
  ProfileUpdated: { leadId: 'lead-00017', changes: { title: '本部長', department: '製造本部' } },
  VisitorIdentified: { identity: { email: 'h.aoyama@minato-seiki.example' }, visitorId: 'v-8f2c61', method: 'mailLink' },
  IdentityClaimed: { leadId: 'lead-00017', identity: { email: 'h.aoyama@minato-seiki.example' } },
  IdentityShared: { leadId: 'lead-00042', identity: { email: 'info@minato-seiki.example' }, ownerId: 'lead-00017', ownedSince: '2026-05-11T09:30:00+09:00' },
  LeadLinkedToAccount: { leadId: 'lead-00017', accountId: 'acc-minato-seiki', role: 'decisionMaker' },
  LeadsMerged: { leadId: 'lead-00042', survivorId: 'lead-00017', mergedId: 'lead-00042' },
  MergeReverted: { leadId: 'lead-00042', mergeEventId: clickedEventId },
  LeadsKeptApart: { leadId: 'lead-00042', otherId: 'lead-00017', reason: '代表アドレスを共有する別人' },
  IdentityKeptApart: { identity: { email: 'info@minato-seiki.example' }, reason: '代表アドレス' },
  ConsentChanged: { leadId: 'lead-00017', channel: 'email', status: 'granted' },
  PersonalDataErased: { leadId: 'lead-00017', requestId: 'dsr-2026-004' },

  BusinessCardExchanged: { identity: { cardId: 'card-5531' }, cardId: 'card-5531', repId: 'rep-07', place: 'onsite' },
  BusinessCardHandedToMarketing: { identity: { cardId: 'card-5531' }, cardId: 'card-5531', repId: 'rep-07', reason: '担当変更のため育成を依頼', keepFollowing: true },

  EmailDelivered: {
    identity: { email: 'h.aoyama@minato-seiki.example' },
    messageId: 'msg-90211',
    mailingId: 'newsletter-2026-05',
    subject: '現場の見える化セミナーのご案内',
    topics: ['iot', 'セミナー'],
  },
  EmailOpened: { identity: { email: 'h.aoyama@minato-seiki.example' }, messageId: 'msg-90211', machineLikelihood: 0.1 },
  EmailLinkClicked: {
    identity: { email: 'h.aoyama@minato-seiki.example' },
    messageId: 'msg-90211',
    url: 'https://www.leadlog.example/seminar?utm_source=newsletter',
    botLikelihood: 0.02,
  },
  EmailUnsubscribed: { leadId: 'lead-00017', messageId: 'msg-90211' },
  EmailBounced: { leadId: 'lead-00017', messageId: 'msg-90211' },

  WebPageViewed: { identity: { visitorId: 'v-8f2c61' }, url: 'https://www.leadlog.example/price', category: 'price', dwellMs: 42_500 },
  ContentDownloaded: { identity: { visitorId: 'v-8f2c61' }, assetId: 'wp-12', kind: 'whitepaper', title: '設備保全DX 実践ガイド' },
  WebinarRegistered: { leadId: 'lead-00017', webinarId: 'web-2026-06-03' },
  WebinarAttended: { leadId: 'lead-00017', webinarId: 'web-2026-06-03', minutes: 48.5, live: true },
  SurveyAnswered: { leadId: 'lead-00017', surveyId: 'survey-31', answers: [{ question: '導入時期はいつごろですか', answer: '半年以内' }] },
  InquiryReceived: { identity: { email: 'h.aoyama@minato-seiki.example' }, kind: 'demo', text: 'デモを希望します。来週の午後でお願いできますか。' },
  TouchpointInvalidated: { leadId: 'lead-00017', targetEventId: clickedEventId, reason: 'bot' },

  ScoringModelDrafted: { modelId: 'engagement', version: '4', definition: { model: 'engagement', axes: {} } },
  ScoringModelPublished: { modelId: 'engagement', version: '4', definition: { model: 'engagement', axes: {} }, mode: 'retroactive' },
  ScoringModelRetired: { modelId: 'engagement', version: '3' },
  WithheldHandoffsReleased: { modelId: 'engagement', published: '48120', day: '2026-06-05', leadIds: ['lead-00017', 'lead-00031'] },

  LeadTierChanged: {
    leadId: 'lead-00017',
    modelId: 'engagement',
    version: '4',
    from: 'warm',
    to: 'hot',
    score: { engagement: 63.2, fit: 30 },
    causes: [{ ruleId: 'price-page', eventId: clickedEventId, points: 15 }],
  },

  LeadHandedOff: {
    leadId: 'lead-00017',
    handoffId: 'ho-00017-1',
    runId: 'lead-00017-run-1',
    dossierHash: '9b0b1a7e4c2f4f6a8d0e5c3b7a1f2e6d',
    acceptBy: '2026-06-04T18:00:00+09:00',
    contactBy: '2026-06-05T12:00:00+09:00',
  },
  LeadAssigned: { leadId: 'lead-00017', handoffId: 'ho-00017-1', repId: 'rep-07', teamId: 'inside-east', method: 'weighted' },
  HandoffAccepted: { leadId: 'lead-00017', handoffId: 'ho-00017-1', repId: 'rep-07' },
  HandoffRejected: { leadId: 'lead-00017', handoffId: 'ho-00017-1', repId: 'rep-07', reason: 'badTiming', note: '来期の予算で再検討とのこと' },
  HandoffReleased: { leadId: 'lead-00017', modelId: 'engagement', published: '48120', day: '2026-06-05' },
  HandoffSlaBreached: { leadId: 'lead-00017', handoffId: 'ho-00017-1', step: 'accept', dueAt: '2026-06-04T18:00:00+09:00' },
  InsightExchanged: { leadId: 'lead-00017', handoffId: 'ho-00017-1', kind: 'question', text: 'ウェビナー後のアンケート回答を教えてください。' },
  LeadReturned: { leadId: 'lead-00017', runId: 'lead-00017-run-1', reason: '予算時期が来期', revisitOn: '2026-10-01', note: '保全部門にも関心あり' },
  LeadDisqualified: { leadId: 'lead-00017', reason: '競合企業の調査目的' },

  SalesProcessPublished: {
    processId: 'standard',
    version: '2',
    stages: [
      { stageId: 'call', name: '架電', purpose: '次のアポイントを得る。課題を聞く', kpis: ['calls', 'answerRate', 'appointments'] },
      { stageId: 'first-meeting', name: '初回商談', purpose: '課題を聞き、次回の日程と議題を決める', kpis: ['firstMeetings'], exit: '次回アジェンダ合意' },
    ],
  },
  KpiTargetSet: { scope: 'team', scopeId: 'inside-east', kpi: 'appointments', period: '2026-06', value: 120 },
  NextActionPlanned: { leadId: 'lead-00017', actionId: 'act-771', template: '見積の説明', dueAt: '2026-06-10T10:00:00+09:00', reason: '価格ページを三度閲覧' },
  NextActionCompleted: { leadId: 'lead-00017', actionId: 'act-771', result: '説明済み。稟議へ' },

  CallCompleted: {
    leadId: 'lead-00017',
    callId: 'call-3341',
    repId: 'rep-07',
    startedAt: '2026-06-04T10:12:00+09:00',
    seconds: 312,
    outcome: 'reached',
    needs: ['設備の停止時間を減らしたい'],
  },
  AppointmentBooked: {
    leadId: 'lead-00017',
    appointmentId: 'apt-881',
    repId: 'rep-07',
    scheduledAt: '2026-06-11T14:00:00+09:00',
    mode: 'remote',
    sourceCallId: 'call-3341',
  },
  AppointmentChanged: { leadId: 'lead-00017', appointmentId: 'apt-881', status: 'rescheduled', newAt: '2026-06-12T14:00:00+09:00' },
  MeetingHeld: {
    leadId: 'lead-00017',
    meetingId: 'mtg-412',
    appointmentId: 'apt-881',
    dealId: 'deal-230',
    repIds: ['rep-07', 'rep-31'],
    mode: 'remote',
    startedAt: '2026-06-12T14:00:00+09:00',
    minutes: 55,
    attendees: ['青山 晴香'],
    needs: ['三工場での一括導入'],
    nextAgenda: '費用対効果の試算',
  },
  DealOpened: { leadId: 'lead-00017', dealId: 'deal-230', runId: 'lead-00017-run-1', handoffId: 'ho-00017-1', repId: 'rep-31', products: ['sensor-pack'], amount },
  DealStageChanged: { leadId: 'lead-00017', dealId: 'deal-230', from: 'first-meeting', to: 'second-meeting' },
  ProductProposed: { leadId: 'lead-00017', dealId: 'deal-230', meetingId: 'mtg-412', productIds: ['sensor-pack', 'dashboard'], kind: 'first' },
  QuoteSubmitted: { leadId: 'lead-00017', quoteId: 'q-118', dealId: 'deal-230', revision: 1, amount },
  ClosingAnswered: { leadId: 'lead-00017', dealId: 'deal-230', answer: 'undecided', decideBy: '2026-06-30' },
  DealWon: { leadId: 'lead-00017', dealId: 'deal-230', amount, signedAt: '2026-06-29T16:30:00+09:00' },
  DealShared: { leadId: 'lead-00017', dealId: 'deal-231', opened: true, state: 'won', closedWith: 'lead-00018', closedAt: '2026-09-30T16:00:00+09:00' },
  DealLost: { leadId: 'lead-00017', dealId: 'deal-230', reason: '費用が折り合わず', declaredBy: 'customer', competitor: '他社製センサー' },

  ContentDraftGenerated: { kind: 'seminarMail', draftRef: 'draft-2026-06-seminar', accepted: true },
};
