import { counted, type Amount, type EventData, type EventType, type LeadlogEvent } from '@leadlog/events';
import { localDay, localMinuteOfDay } from '@leadlog/time';

/** One line about an event, in both languages. */
export interface Words {
  en: string;
  ja: string;
}

/** One line about an event. Times are in `timezone`. */
export function summaryOfEvent(event: LeadlogEvent, timezone: string): Words {
  const sentence = sentences[event.type] as (data: unknown, when: When) => readonly [en: string, ja: string];
  const [en, ja] = sentence(event.data, (text) => moment(text, timezone));
  return { en, ja };
}

type When = (timestamp: string) => string;

function moment(timestamp: string, timezone: string): string {
  const ms = Date.parse(timestamp);
  const minute = localMinuteOfDay(ms, timezone);
  const two = (n: number): string => String(n).padStart(2, '0');
  return `${localDay(ms, timezone)} ${two(Math.floor(minute / 60))}:${two(minute % 60)}`;
}

const currencyFormats = new Map<string, Intl.NumberFormat>();
function money({ value, currency }: Amount): string {
  let format = currencyFormats.get(currency);
  if (!format) currencyFormats.set(currency, (format = new Intl.NumberFormat('ja-JP', { style: 'currency', currency })));
  return format.format(value);
}

/** ` (…)`, or nothing. */
const also = (text: string | false | undefined): string => (text === undefined || text === false ? '' : ` (${text})`);
const jaAlso = (text: string | false | undefined): string => (text === undefined || text === false ? '' : `（${text}）`);
const clock = (seconds: number): string => `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, '0')}`;

const CHANNEL = {
  ad: '広告',
  form: 'フォーム',
  event: 'イベント',
  card: '名刺',
  import: '取込',
  referral: '紹介',
  outbound: 'アウトバウンド',
} as const;
const CATEGORY = { price: '価格', product: '製品', case: '事例', career: '採用', other: 'その他' } as const;
const CONTENT = { whitepaper: 'ホワイトペーパー', priceList: '価格表', catalog: 'カタログ', other: '資料' } as const;
const INQUIRY = { demo: 'デモ', quote: '見積', document: '資料', contact: '連絡' } as const;
const VOIDED = { bot: 'ボット', internal: '社内', test: 'テスト', duplicate: '重複' } as const;
const TIER = { cold: 'コールド', warm: 'ウォーム', hot: 'ホット' } as const;
const ROLE = { champion: '推進者', decisionMaker: '決裁者', user: 'ユーザー', influencer: '影響者', unknown: '不明' } as const;
const METHOD = {
  accountOwner: '企業の担当者',
  previousRep: '前任の担当者',
  roundRobin: '順番',
  weighted: '余力に応じて',
  manual: '手動',
} as const;
const REJECTION = {
  badFit: '対象外',
  noNeed: 'ニーズなし',
  badTiming: '時期尚早',
  duplicate: '重複',
  badData: 'データ不備',
  competitor: '競合',
  other: 'その他',
} as const;
const OUTCOME = {
  noAnswer: '不在',
  busy: '話し中',
  voicemail: '留守番電話',
  gatekeeper: '受付応答',
  reached: '担当者接続',
  wrongNumber: '番号違い',
  refused: 'お断り',
} as const;
const MODE = { onsite: '訪問', remote: 'オンライン' } as const;
const APPOINTMENT = { rescheduled: '日程変更', cancelled: 'キャンセル', noShow: '無断不参加' } as const;
/** What came of a plan, and why a card was handed over, where an application says it in a tap: a code, for readers of either language. */
const RESULT: Readonly<Record<string, string>> = {
  ...OUTCOME,
  ...APPOINTMENT,
  held: '商談を実施',
  dealOpened: '案件を開始',
  proposed: '提案',
  quoted: '見積を提出',
  won: '受注',
  lost: '失注',
  undecided: '検討中',
};
const HANDED: Readonly<Record<string, string>> = { dormant: '長期間動きがない' };
/** Words of a person stay as they are. */
const inJapanese = (codes: Readonly<Record<string, string>>, text: string): string => (Object.hasOwn(codes, text) ? codes[text]! : text);
const ANSWER = { yes: '承諾', no: 'お断り', undecided: '検討中' } as const;
const VISITOR = { form: 'フォーム', mailLink: 'メールのリンク', login: 'ログイン', import: '取込' } as const;
const DRAFT = { seminarMail: 'セミナー案内メール', articleMail: '記事メール', articleBody: '記事本文' } as const;

/** Exhaustive by type: an event without a sentence does not compile. */
const sentences: { readonly [Type in EventType]: (data: EventData[Type], when: When) => readonly [en: string, ja: string] } = {
  LeadCaptured: (d) => [`Captured by ${d.channel}${also(d.origin)}`, `${CHANNEL[d.channel]}から獲得${jaAlso(d.origin)}`],
  ProfileUpdated: (d) => [
    `Profile updated: ${Object.keys(d.changes).join(', ')}`,
    `プロフィール更新: ${Object.keys(d.changes).join('、')}`,
  ],
  VisitorIdentified: (d) => [`Recognised as a web visitor by ${d.method}`, `${VISITOR[d.method]}でWeb訪問者と判明`],
  IdentityClaimed: (d) => [
    `Identity claimed: ${Object.keys(d.identity).join(', ')}`,
    `識別子を登録: ${Object.keys(d.identity).join('、')}`,
  ],
  IdentityShared: (d) => [
    `Possible duplicate of ${d.ownerId}: the same ${Object.keys(d.identity).join(', ')}`,
    `${d.ownerId} と重複の可能性: 同じ識別子（${Object.keys(d.identity).join('、')}）`,
  ],
  LeadLinkedToAccount: (d) => [
    `Linked to account ${d.accountId}${also(d.role)}`,
    `企業 ${d.accountId} に紐付け${jaAlso(d.role && ROLE[d.role])}`,
  ],
  LeadsMerged: (d) => [`Merged ${d.mergedId} into ${d.survivorId}`, `名寄せ: ${d.mergedId} を ${d.survivorId} に統合`],
  MergeReverted: (d) => [`Merge reverted: ${d.leadId} is a lead of its own again`, `名寄せを取り消し: ${d.leadId} を分離`],
  LeadsKeptApart: (d) => [`Kept apart from ${d.otherId}${also(d.reason)}`, `${d.otherId} とは別人と確認${jaAlso(d.reason)}`],
  IdentityKeptApart: (d) => [
    `Several people share this ${Object.keys(d.identity).join(', ')}${also(d.reason)}`,
    `複数人で共有する識別子（${Object.keys(d.identity).join('、')}）と確認${jaAlso(d.reason)}`,
  ],
  ConsentChanged: (d) => [`Consent for ${d.channel} ${d.status}`, `${d.channel} の配信同意を${d.status === 'granted' ? '取得' : '撤回'}`],
  PersonalDataErasureRequested: (d) => [
    `Erasure of personal data requested (request ${d.requestId})`,
    `個人データの消去を受付（依頼 ${d.requestId}）`,
  ],
  PersonalDataErasureCompleted: (d) => [
    `Erasure of personal data completed (request ${d.requestId})`,
    `個人データの消去が完了（依頼 ${d.requestId}）`,
  ],
  PersonalDataErased: (d) => [`Personal data erased (request ${d.requestId})`, `個人データを消去（依頼 ${d.requestId}）`],

  BusinessCardExchanged: (d) => [
    `Business card exchanged ${d.place} with ${d.repId}`,
    `${d.place === 'onsite' ? '対面' : 'オンライン'}で名刺交換（${d.repId}）`,
  ],
  BusinessCardHandedToMarketing: (d) => [
    `Business card handed to marketing by ${d.repId}: ${d.reason}`,
    `名刺をマーケへ引き渡し（${d.repId}）: ${inJapanese(HANDED, d.reason)}`,
  ],

  EmailDelivered: (d) => [`Mail delivered: ${d.subject}`, `メール配信: ${d.subject}`],
  EmailOpened: (d) => [
    `Mail opened${(d.machineLikelihood ?? 0) >= 0.5 ? ' (probably by a machine)' : ''}`,
    `メール開封${(d.machineLikelihood ?? 0) >= 0.5 ? '（機械の可能性）' : ''}`,
  ],
  EmailLinkClicked: (d) => [`Link clicked: ${d.url}`, `メールのリンクをクリック: ${d.url}`],
  EmailUnsubscribed: () => ['Unsubscribed from mailings', 'メール配信を停止'],
  EmailBounced: () => ['Mail bounced', 'メール不達'],

  WebPageViewed: (d) => [
    `Viewed a ${d.category} page${also(d.dwellMs === undefined ? undefined : `${Math.round(d.dwellMs / 1000)} s`)}: ${d.url}`,
    `${CATEGORY[d.category]}ページを閲覧${jaAlso(d.dwellMs === undefined ? undefined : `${Math.round(d.dwellMs / 1000)}秒`)}: ${d.url}`,
  ],
  ContentDownloaded: (d) => [`Downloaded ${d.kind}: ${d.title ?? d.assetId}`, `${CONTENT[d.kind]}をダウンロード: ${d.title ?? d.assetId}`],
  WebinarRegistered: (d) => [`Registered for webinar ${d.webinarId}`, `ウェビナー ${d.webinarId} に申込`],
  WebinarAttended: (d) => [
    `${d.live ? 'Attended' : 'Watched the recording of'} webinar ${d.webinarId} for ${d.minutes} min`,
    `ウェビナー ${d.webinarId} を${d.live ? '' : '録画で'}${d.minutes}分視聴`,
  ],
  SurveyAnswered: (d) => [
    `Answered survey ${d.surveyId} (${counted(d.answers.length, 'answer')})`,
    `アンケート ${d.surveyId} に回答（${d.answers.length}問）`,
  ],
  InquiryReceived: (d) => [
    `Asked for a ${d.kind}${d.text === undefined ? '' : `: ${d.text}`}`,
    `${INQUIRY[d.kind]}の問い合わせ${d.text === undefined ? '' : `: ${d.text}`}`,
  ],
  TouchpointInvalidated: (d) => [`A touchpoint was invalidated (${d.reason})`, `接点を無効化（${VOIDED[d.reason]}）`],

  ScoringModelDrafted: (d) => [`Scoring model ${d.modelId} ${d.version} drafted`, `スコアモデル ${d.modelId} ${d.version} を下書き`],
  ScoringModelPublished: (d) => [`Scoring model ${d.modelId} ${d.version} published`, `スコアモデル ${d.modelId} ${d.version} を公開`],
  ScoringModelRetired: (d) => [`Scoring model ${d.modelId} ${d.version} retired`, `スコアモデル ${d.modelId} ${d.version} を廃止`],

  WithheldHandoffsReleased: (d) => [
    `Released ${counted(d.leadIds.length, 'lead')} of scoring model ${d.modelId} on ${d.day}`,
    `スコアモデル ${d.modelId} の ${d.day} 分 ${d.leadIds.length}件を引き渡し可に`,
  ],

  LeadTierChanged: (d) => [
    `Tier ${d.from} → ${d.to}${also(d.aside && d.modelId)}`,
    `温度感 ${TIER[d.from]} → ${TIER[d.to]}${jaAlso(d.aside && d.modelId)}`,
  ],

  OrganisationDrafted: (d) => [`Organisation ${d.version} drafted`, `組織 ${d.version} を下書き`],
  OrganisationPublished: (d) => [
    `Organisation ${d.version} ${d.restores === undefined ? 'published' : 'restored'}`,
    `組織 ${d.version} を${d.restores === undefined ? '公開' : '復元'}`,
  ],
  HandoffPolicyDrafted: (d) => [
    `Handoff policy ${d.policyId} ${d.version} drafted`,
    `引き渡しポリシー ${d.policyId} ${d.version} を下書き`,
  ],
  HandoffPolicyPublished: (d) => [
    `Handoff policy ${d.policyId} ${d.version} ${d.restores === undefined ? 'published' : 'restored'}`,
    `引き渡しポリシー ${d.policyId} ${d.version} を${d.restores === undefined ? '公開' : '復元'}`,
  ],
  LeadHandedOff: (d, when) => [`Handed off to sales; accept by ${when(d.acceptBy)}`, `営業へ引き渡し（受領期限 ${when(d.acceptBy)}）`],
  LeadAssigned: (d) => [
    `Assigned to ${d.repId} (${d.method})${d.reason === undefined ? '' : `: ${d.reason}`}`,
    `担当 ${d.repId} に割り当て（${METHOD[d.method]}）${jaAlso(d.reason)}`,
  ],
  HandoffAccepted: (d) =>
    d.takeOver ? [`Taken over by ${d.repId}`, `${d.repId} が引き取り`] : [`Accepted by ${d.repId}`, `${d.repId} が受領`],
  HandoffRejected: (d) => [
    `Rejected by ${d.repId}${also(d.takeOver && 'taken over')}: ${d.note ?? d.reason}`,
    `${d.repId} が${d.takeOver ? '引き取って' : ''}差し戻し: ${REJECTION[d.reason]}${jaAlso(d.note)}`,
  ],
  HandoffReserved: (d) => [`Place kept with ${d.repId}`, `${d.repId} の枠を確保`],
  HandoffReleased: (d) => [`May be handed off as of ${d.day}`, `${d.day} から引き渡し可`],
  HandoffSlaBreached: (d, when) => [
    `Deadline to ${d.step} missed (${when(d.dueAt)})`,
    `${d.step === 'accept' ? '受領' : '初回連絡'}の期限超過（${when(d.dueAt)}）`,
  ],
  InsightExchanged: (d) => {
    const bySales = (d.side ?? (d.kind === 'question' ? 'sales' : 'marketing')) === 'sales';
    return [
      `${bySales ? 'Sales' : 'Marketing'} ${d.kind === 'question' ? 'asked' : 'answered'}: ${d.text}`,
      `${bySales ? '営業' : 'マーケ'}から${d.kind === 'question' ? '質問' : '回答'}: ${d.text}`,
    ];
  },
  LeadReturned: (d) => [
    `Returned to marketing${also(d.takeOver && 'taken over')}: ${d.reason}${also(d.revisitOn)}`,
    `${d.takeOver ? '引き取って' : ''}マーケへ戻す: ${d.reason}${jaAlso(d.revisitOn && `再訪 ${d.revisitOn}`)}`,
  ],
  LeadDisqualified: (d) => [`Disqualified: ${d.reason}`, `対象外と判断: ${d.reason}`],
  LeadRequalified: (d) => [`Disqualification reverted: ${d.reason}`, `対象外の判断を取り消し: ${d.reason}`],

  SalesProcessDrafted: (d) => [`Sales process ${d.processId} ${d.version} drafted`, `営業プロセス ${d.processId} ${d.version} を下書き`],
  SalesProcessPublished: (d) => [
    `Sales process ${d.processId} ${d.version} ${d.restores === undefined ? 'published' : 'restored'}`,
    `営業プロセス ${d.processId} ${d.version} を${d.restores === undefined ? '公開' : '復元'}`,
  ],
  KpiTargetSet: (d) => [
    `Target for ${d.scopeId}: ${d.kpi} ${d.value} in ${d.period}`,
    `目標設定 ${d.scopeId}: ${d.period} ${d.kpi} ${d.value}`,
  ],
  NextActionPlanned: (d, when) => [
    `Next: ${d.template} by ${when(d.dueAt)} (${d.reason})`,
    `次の行動: ${d.template}（${when(d.dueAt)}まで、${d.reason}）`,
  ],
  NextActionCompleted: (d) => [`Next action done: ${d.result}`, `次の行動を完了: ${inJapanese(RESULT, d.result)}`],

  CallCompleted: (d) => [
    `Called by ${d.repId}: ${d.outcome}${also(d.seconds !== undefined && clock(d.seconds))}`,
    `架電（${d.repId}）: ${OUTCOME[d.outcome]}${d.seconds === undefined ? '' : ` ${clock(d.seconds)}`}`,
  ],
  AppointmentBooked: (d, when) => [
    `Appointment for ${when(d.scheduledAt)}, ${d.mode} (${d.repId})`,
    `アポイント ${when(d.scheduledAt)} ${MODE[d.mode]}（${d.repId}）`,
  ],
  AppointmentChanged: (d, when) => [
    `Appointment ${d.status}${d.newAt === undefined ? '' : ` to ${when(d.newAt)}`}`,
    `アポイント${APPOINTMENT[d.status]}${d.newAt === undefined ? '' : `: ${when(d.newAt)}`}`,
  ],
  AppointmentRelayed: (d) => [
    `Appointment relayed by ${d.fromRepId} to ${d.toRepId}${also(d.note)}`,
    `アポイントを ${d.fromRepId} から ${d.toRepId} へ引き継ぎ${jaAlso(d.note)}`,
  ],
  RelayAccepted: (d) => [`Appointment taken on by ${d.repId}`, `${d.repId} がアポイントを引き受け`],
  RelayRejected: (d) => [`Appointment not taken on by ${d.repId}: ${d.reason}`, `${d.repId} がアポイントを辞退: ${d.reason}`],
  MeetingHeld: (d) => [
    `Met ${d.mode} for ${d.minutes} min (${d.repIds.join(', ')})${d.nextAgenda === undefined ? '' : `; next: ${d.nextAgenda}`}`,
    `商談 ${MODE[d.mode]} ${d.minutes}分（${d.repIds.join('、')}）${d.nextAgenda === undefined ? '' : ` 次回: ${d.nextAgenda}`}`,
  ],
  DealOpened: (d) => [
    `Deal ${d.dealId} opened by ${d.repId}${also(d.amount && money(d.amount))}`,
    `案件 ${d.dealId} を開始（${d.repId}）${d.amount ? money(d.amount) : ''}`,
  ],
  DealStageChanged: (d) => [`Deal ${d.dealId}: ${d.from} → ${d.to}`, `案件 ${d.dealId}: ${d.from} → ${d.to}`],
  ProductProposed: (d) => [
    `${d.kind === 'first' ? 'Proposed' : 'Proposed again'}: ${d.productIds.join(', ')}`,
    `${d.kind === 'first' ? '提案' : '再提案'}: ${d.productIds.join('、')}`,
  ],
  QuoteSubmitted: (d) => [
    `Quote ${d.quoteId} rev. ${d.revision}: ${money(d.amount)}`,
    `見積書 ${d.quoteId} 第${d.revision}版: ${money(d.amount)}`,
  ],
  ClosingAnswered: (d) => [
    `Answer: ${d.answer}${also(d.decideBy && `decides by ${d.decideBy}`)}`,
    `回答: ${ANSWER[d.answer]}${jaAlso(d.decideBy && `期限 ${d.decideBy}`)}`,
  ],
  DealWon: (d) => [`Won deal ${d.dealId}: ${money(d.amount)}`, `受注 ${d.dealId}: ${money(d.amount)}`],
  DealLost: (d) => [`Lost deal ${d.dealId}: ${d.reason}${also(d.competitor)}`, `失注 ${d.dealId}: ${d.reason}${jaAlso(d.competitor)}`],
  DealShared: (d) =>
    d.closedWith === undefined
      ? [`Deal ${d.dealId} is open with another lead`, `案件 ${d.dealId} は別のリードで進行中`]
      : [
          `Deal ${d.dealId} was ${d.state} with ${d.closedWith}`,
          `案件 ${d.dealId} は ${d.closedWith} で${d.state === 'won' ? '受注' : '失注'}`,
        ],
  DealFactVoided: (d) => [`An event of deal ${d.dealId} no longer counts`, `案件 ${d.dealId} の記録1件を無効化`],
  NoticeAccepted: (d) => [`Contradiction accepted: ${d.reason}`, `食い違いを承認: ${d.reason}`],

  ContentDraftGenerated: (d) => [`Draft of ${d.kind} generated: ${d.draftRef}`, `${DRAFT[d.kind]}の下書きを生成: ${d.draftRef}`],

  AccessKeyCreated: (d) => [`Access key ${d.keyId} of role ${d.role} created`, `アクセスキー ${d.keyId}（${d.role}）を作成`],
  AccessKeyRotated: (d) => [`Access key ${d.keyId} rotated`, `アクセスキー ${d.keyId} を更新`],
  AccessKeyRevoked: (d) => [`Access key ${d.keyId} revoked`, `アクセスキー ${d.keyId} を失効`],
  RequestAudited: (d) => [`${d.route}: ${d.outcome}`, `${d.route}: ${d.outcome === 'done' ? '実行' : '拒否'}`],
  PersonAdded: (d) => [`Person ${d.personId} of role ${d.role} added`, `利用者 ${d.personId}（${d.role}）を追加`],
  PersonChanged: (d) => [`Person ${d.personId} changed`, `利用者 ${d.personId} を変更`],
  PersonDisabled: (d) => [`Person ${d.personId} disabled`, `利用者 ${d.personId} を停止`],
  PersonEnabled: (d) => [`Person ${d.personId} enabled again`, `利用者 ${d.personId} を再開`],
  PersonSignedOut: (d) => [`Person ${d.personId} signed out everywhere`, `利用者 ${d.personId} の全セッションを終了`],
  SignInLinkMade: (d) => [`Sign-in link made for ${d.personId}`, `利用者 ${d.personId} のサインインリンクを発行`],
  SessionStarted: (d) => [`Person ${d.personId} signed in`, `利用者 ${d.personId} がサインイン`],
  SessionEnded: (d) => [`Person ${d.personId} signed out`, `利用者 ${d.personId} がサインアウト`],
};
