import { REJECTION_REASONS } from '@leadlog/events';
import { LEAD_ATTRIBUTES } from '@leadlog/lead';

export const KPI_BYS = ['rep', 'team', 'kind', 'employer', 'mode', 'product', 'field-rep', 'pair', 'none', ...LEAD_ATTRIBUTES] as const;
export type KpiBy = (typeof KPI_BYS)[number];

/**
 * One KPI as sums of cells: of `sales-kpis` (cells/), of `handoff-kpis` (handoff-cells.ts), of `mail-kpis`, or of `leads`.
 * `event`: counts on the day it happened; `closed`: on the day of the outcome; `cohort`: on the day of the earlier step,
 * so that the numerator can still grow, by at most `open`.
 */
export interface KpiDefinition {
  name: string;
  label: string;
  unit: 'count' | 'ratio' | 'money' | 'minutes' | 'days';
  basis: 'event' | 'closed' | 'cohort';
  numerator: string;
  /** Absent for a count or an amount, whose value is the numerator. */
  denominator?: string;
  /** The undecided part of the denominator; `until` if the cell names the last day on which it is open. */
  open?: { cell: string; until: boolean };
  /** One row a currency. Cells hold the currency's smallest unit, so that sums are exact; rows are in units of the currency. */
  perCurrency?: true;
  /**
   * Where its cells are, if they are not the usual ones of `sales-kpis`: `handoff` and `lead` in `handoff-kpis`, `capture` and `card` in `leads`,
   * `mail` in `mail-kpis`, `return` in `sales-kpis`. Of these, only handoffs and cards are credited to a representative.
   */
  of?: 'handoff' | 'lead' | 'capture' | 'return' | 'card' | 'mail';
  /** Its cells tell onsite from remote. */
  byMode?: true;
  /**
   * The value is no ratio, but this quantile of the lengths of time (ms) that these cells name, in minutes: the shortest that is not exceeded by
   * that part of the denominator. Cases without a length count as infinitely long.
   */
  quantile?: { of: string; q: number };
  /**
   * The value is no ratio, but the median of the days in a stage, by Kaplan and Meier: of those who left it after the days that these cells
   * name, and of those who are still in it since the day of their cell.
   */
  stay?: { left: string; staying: string };
  /**
   * One row for each hour of the week. The value is the mean of the Beta distribution that the numerator and denominator give with the mean of
   * the row's period and group as its prior. Only if it is asked for by name.
   */
  perHour?: true;
  /** Its numerator is cells that name items of the flow; those required count, and the denominator once for each of them. */
  perItem?: true;
  /** Its cells name what is counted once each. */
  distinct?: { numerator?: true; denominator?: true };
  /** Only of facts that are more days old than this. */
  olderThanDays?: number;
  /** Only of the representatives who won most lately, or only of the rest (table/top-reps.ts). */
  rated?: 'best' | 'rest';
  /** If it can be split by less than its cells could. */
  splits?: readonly KpiBy[];
}

/** Whether it splits by what a lead is. */
export const isOfLead = (by: KpiBy): by is (typeof LEAD_ATTRIBUTES)[number] => (LEAD_ATTRIBUTES as readonly KpiBy[]).includes(by);

/** Of calls alone, which no deal has. */
export const isOfCalls = ({ of, numerator }: KpiDefinition): boolean => of === undefined && /^(calls|hour)/.test(numerator);

/** What a KPI can be split by. */
export function splitsOf(kpi: KpiDefinition): readonly KpiBy[] {
  const isCredited = kpi.of === undefined || kpi.of === 'handoff' || kpi.of === 'card';
  const can: Readonly<Partial<Record<KpiBy, boolean>>> = {
    rep: isCredited,
    team: isCredited,
    // Of the team.
    kind: isCredited,
    employer: isCredited,
    mode: kpi.byMode === true,
    product: kpi.of === undefined && !isOfCalls(kpi),
    'field-rep': false,
    pair: false,
  };
  return kpi.splits ?? KPI_BYS.filter((by) => can[by] ?? true);
}

const count = (name: string, label: string, cell = name, basis: KpiDefinition['basis'] = 'event'): KpiDefinition => ({
  name,
  label,
  unit: 'count',
  basis,
  numerator: cell,
});
const ratio = (
  name: string,
  label: string,
  basis: KpiDefinition['basis'],
  numerator: string,
  denominator: string,
  more: Partial<KpiDefinition> = {},
): KpiDefinition => ({
  name,
  label,
  unit: 'ratio',
  basis,
  numerator,
  denominator,
  ...more,
});

/** An hour of one representative has too few calls to mean anything. */
const BY_SEGMENT: readonly KpiBy[] = ['team', 'kind', 'employer', 'none', 'industry'];

/** Of the flow of the sales process. */
const COVERED: Partial<KpiDefinition> = { perItem: true, byMode: true };

/** Days after the exchange within which something should have happened, as libs/handoff/cards has it. */
const DORMANT_DAYS = 90;
const BY_RELAY: readonly KpiBy[] = ['rep', 'field-rep', 'pair', 'none', ...LEAD_ATTRIBUTES];

const REASON_LABELS: Readonly<Record<(typeof REJECTION_REASONS)[number], string>> = {
  badFit: '対象外',
  noNeed: 'ニーズなし',
  badTiming: '時期尚早',
  duplicate: '重複',
  badData: '情報不備',
  competitor: '競合',
  other: 'その他',
};
const kebab = (name: string): string => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

export const kpis: readonly KpiDefinition[] = [
  count('calls', 'コール数'),
  ratio('answer-rate', '応答率', 'event', 'calls-answered', 'calls-answerable'),
  ratio('reach-rate', '担当者接続率', 'event', 'calls-reached', 'calls-answerable'),
  ratio('answer-rate-by-hour', '応答率(曜日・時間帯別)', 'event', 'hour-answered', 'hour-called', { perHour: true, splits: BY_SEGMENT }),
  ratio('appointment-rate-by-hour', 'アポ率(曜日・時間帯別)', 'event', 'hour-appointed', 'hour-called', {
    perHour: true,
    splits: BY_SEGMENT,
  }),
  { ...count('appointments', 'アポイント数'), byMode: true },
  { ...count('appointments-net', 'アポイント数(取消除く)'), byMode: true },
  ratio('appointment-rate', 'アポ率', 'event', 'calls-appointed', 'calls'),
  ratio('appointment-rate-per-reach', 'アポ率(接続あたり)', 'event', 'calls-appointed', 'calls-reached'),
  { ...count('first-meetings', '初回商談数'), byMode: true },
  ratio('first-meeting-rate', '初回商談率', 'cohort', 'first-appointments-held', 'first-appointments', {
    open: { cell: 'first-appointments-open', until: true },
    byMode: true,
  }),
  ratio('first-meeting-loss-rate', '初回失注率', 'cohort', 'first-meetings-lost', 'first-meetings', {
    open: { cell: 'first-meetings-open', until: true },
    byMode: true,
  }),
  ratio('flow-covered', '必須項目の確認率', 'cohort', 'items-covered', 'first-meetings', COVERED),
  ratio('flow-covered-won', '必須項目の確認率(受注)', 'cohort', 'items-covered-won', 'met-won', COVERED),
  ratio('flow-covered-lost', '必須項目の確認率(失注)', 'cohort', 'items-covered-lost', 'met-lost', COVERED),
  count('proposals', '提案数', 'deals-proposed'),
  count('products-proposed', '提案商材数'),
  ratio('products-per-deal', '案件あたり提案商材数', 'event', 'products-proposed', 'deals-proposed'),
  count('quotes', '見積書提出数'),
  count('quote-revisions', '見積書改訂数'),
  { ...count('visits', '訪問回数'), byMode: true },
  count('visits-onsite', '訪問回数(対面)'),
  count('visits-remote', '訪問回数(リモート)'),
  ratio('visits-per-deal', '案件あたり訪問回数', 'event', 'visits', 'deals-met', { byMode: true }),
  ratio('visits-per-win', '受注あたり訪問回数', 'closed', 'won-visits', 'won'),
  ratio('visits-per-win-best', '受注あたり訪問回数(上位四分の一)', 'closed', 'won-visits', 'won', { rated: 'best', splits: ['none'] }),
  ratio('visits-per-win-rest', '受注あたり訪問回数(その他)', 'closed', 'won-visits', 'won', { rated: 'rest', splits: ['none'] }),
  count('wins', '受注数', 'won', 'closed'),
  ratio('win-rate', '受注率', 'closed', 'won', 'closed'),
  ratio('loss-rate', '失注率', 'closed', 'lost', 'closed'),
  ratio('win-rate-cohort', '受注率(案件化コホート)', 'cohort', 'opened-won', 'opened', { open: { cell: 'opened-open', until: false } }),
  ratio('stage-time-deal', '案件の滞在日数(中央値)', 'cohort', 'opened-closed', 'opened', {
    unit: 'days',
    open: { cell: 'opened-open', until: false },
    stay: { left: 'deal-days', staying: 'opened-open' },
  }),
  { name: 'amount-won', label: '受注金額', unit: 'money', basis: 'closed', numerator: 'amount-won', perCurrency: true },
  ratio('amount-win-rate', '金額受注率', 'closed', 'amount-won', 'amount-closed', { perCurrency: true }),
  { ...count('leads', 'リード数', 'captured'), of: 'capture' },
  ratio('lead-to-won', 'リード→受注率', 'cohort', 'captured-won', 'captured', { of: 'capture' }),
  { ...count('hot', 'ホットリード数'), of: 'lead' },
  ratio('lead-to-hot', 'リード→ホット率', 'cohort', 'captured-hot', 'captured', { of: 'lead' }),
  ratio('stage-time-lead', 'ホットになるまでの日数(中央値)', 'cohort', 'captured-hot', 'captured', {
    of: 'lead',
    unit: 'days',
    open: { cell: 'captured-cold', until: false },
    stay: { left: 'lead-days', staying: 'captured-cold' },
  }),
  ratio('hot-to-accepted', 'ホット→受領率', 'cohort', 'hot-accepted', 'hot', { of: 'lead' }),
  { ...count('handoffs', '引き渡し数', 'handed'), of: 'handoff' },
  { ...count('handoffs-accepted', '受領数', 'accepted'), of: 'handoff' },
  ratio('stage-time-handoff', '引き渡しから回答までの日数(中央値)', 'cohort', 'handed-left', 'handed', {
    of: 'handoff',
    unit: 'days',
    open: { cell: 'handed-waiting', until: false },
    stay: { left: 'handed-days', staying: 'handed-waiting' },
  }),
  ratio('accepted-to-deal', '受領→案件化率', 'cohort', 'accepted-deal', 'accepted', { of: 'handoff' }),
  ratio('first-response-median', '初回対応時間(分, 中央値)', 'cohort', 'handed-answered', 'handed', {
    of: 'handoff',
    unit: 'minutes',
    quantile: { of: 'handed-waited', q: 0.5 },
  }),
  ratio('first-response-p90', '初回対応時間(分, 90%点)', 'cohort', 'handed-answered', 'handed', {
    of: 'handoff',
    unit: 'minutes',
    quantile: { of: 'handed-waited', q: 0.9 },
  }),
  ratio('first-response-at-once-rate', '即時対応率', 'cohort', 'handed-answered-at-once', 'handed', { of: 'handoff' }),
  ratio('first-response-soon-rate', '早期対応率', 'cohort', 'handed-answered-soon', 'handed', { of: 'handoff' }),
  ratio('sla-kept', 'SLA遵守率', 'event', 'due-kept', 'due', { of: 'handoff', open: { cell: 'due-open', until: true } }),
  ratio('rejection-rate', '差し戻し率', 'cohort', 'handed-rejected', 'handed', { of: 'handoff' }),
  ...REJECTION_REASONS.map((reason) =>
    ratio(`rejection-rate-${kebab(reason)}`, `差し戻し率(${REASON_LABELS[reason]})`, 'cohort', `handed-rejected-${reason}`, 'handed', {
      of: 'handoff',
    }),
  ),
  { ...count('returns', 'マーケへ戻した数', 'returned'), of: 'return' },
  ratio('return-yield', 'マーケへ戻した後の再引き渡し率', 'cohort', 'returned-handed', 'returned', {
    of: 'return',
    open: { cell: 'returned-open', until: true },
  }),
  ratio('return-yield-won', 'マーケへ戻した後の受注率', 'cohort', 'returned-won', 'returned', {
    of: 'return',
    open: { cell: 'returned-unwon', until: true },
  }),
  { ...count('relays', 'アポイント引き継ぎ数', 'relayed'), splits: BY_RELAY },
  ratio('relay-acceptance-rate', '引き継ぎ受領率', 'cohort', 'relayed-accepted', 'relayed', { splits: BY_RELAY }),
  ratio('relay-held-rate', '引き継ぎ→商談率', 'cohort', 'relayed-held', 'relayed', { splits: BY_RELAY }),
  ratio('relay-won-rate', '引き継ぎ→受注率', 'cohort', 'relayed-won', 'relayed', { splits: BY_RELAY }),
  { ...count('mails', 'メール配信数', 'mails-delivered'), of: 'mail' },
  ratio('mail-open-rate', 'メール開封率', 'cohort', 'mails-opened', 'mails-delivered', { of: 'mail' }),
  ratio('mail-open-rate-raw', 'メール開封率(機械を含む)', 'cohort', 'mails-opened-raw', 'mails-delivered', { of: 'mail' }),
  { ...count('cards', '名刺枚数'), of: 'card' },
  ratio('cards-per-rep', '一人あたり名刺枚数', 'event', 'cards', 'card-reps', { of: 'card', distinct: { denominator: true } }),
  ratio('people-per-company', '一社あたり名刺人数', 'event', 'card-people', 'card-companies', {
    of: 'card',
    distinct: { numerator: true, denominator: true },
  }),
  ratio('dormant-card-rate', '休眠名刺率', 'event', 'cards-asleep', 'cards', { of: 'card', olderThanDays: DORMANT_DAYS }),
];
export const kpiNames: readonly string[] = kpis.map(({ name }) => name);
