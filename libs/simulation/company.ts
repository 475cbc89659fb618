import { DAY } from './business-calendar';
import { Random } from './random';

export interface SimulationOptions {
  seed: number;
  from: Date;
  to: Date;
  /** Companies that may become customers; 2,000 by default. */
  accounts?: number;
  /** Inside and field sales together; 60 by default. */
  reps?: number;
  /** Also what sales does around calls, meetings and deals (sales-cycle.ts), by people who are not always at work (roster.ts). */
  cycle?: boolean;
}

export interface Account {
  id: string;
  name: string;
  industry: string;
  region: string;
  employees: number;
  people: Person[];
  /** When it thinks of buying, if it does in this time; ms. */
  project?: { from: number; to: number };
  field: Rep;
  deal?: string;
}

export interface Person {
  leadId: string;
  name: string;
  email: string;
  visitorId: string;
  title: string;
  department: string;
  channel: 'ad' | 'form' | 'event' | 'card' | 'referral' | 'outbound';
  campaignId: string | undefined;
  account: Account;
  /** How much more than others this person reads. */
  curiosity: number;
  /** When it becomes known; ms. */
  capturedAt: number;
  /** Chance that a sales process started with it is won: what nobody in the simulation can see. */
  winProbability: number;
  captured: boolean;
  /** The visitor id has been tied to the lead. */
  identified: boolean;
  unsubscribed: boolean;
  /** Known only by a card that nobody has done anything with. */
  inDrawer: boolean;
  /** Does not want to be called any more. */
  uncalled: boolean;
  /** Acts in the last weeks, as a rep sees them. */
  warmth: number;
  inProcess: boolean;
}

export interface Rep {
  id: string;
  teamId: string;
  inside: boolean;
  skill: number;
}

export interface Company {
  accounts: Account[];
  inside: Rep[];
  field: Rep[];
}

export const FAMILY = [
  '青山',
  '石動',
  '宇佐見',
  '榎並',
  '大河内',
  '柏原',
  '北見',
  '久慈',
  '小早川',
  '桜庭',
  '篠塚',
  '諏訪',
  '瀬川',
  '高遠',
  '千早',
  '月島',
  '戸倉',
  '中条',
  '新堀',
  '野々村',
  '羽柴',
  '氷室',
  '深川',
  '星名',
  '真壁',
  '水無瀬',
  '村雨',
  '森永田',
  '八雲',
  '結城',
];
export const GIVEN = [
  '晴香',
  '悠斗',
  '美咲',
  '健吾',
  '千尋',
  '拓海',
  '沙織',
  '直樹',
  '彩乃',
  '蓮',
  '遥',
  '航平',
  '真央',
  '大地',
  '楓',
  '亮介',
  '由紀',
  '颯太',
  '奈緒',
  '圭介',
];
const PLACES = [
  'みなと',
  'あさひ',
  '青葉',
  '白峰',
  'つばさ',
  '若草',
  '東雲',
  '瑞穂',
  '千歳',
  '星川',
  '緑丘',
  '花園',
  '高砂',
  '常盤',
  '朝霧',
  '曙',
  '松風',
  '藤見',
  '桐生野',
  '海原',
];
const TRADES = [
  ['精機', '製造'],
  ['化成', '化学'],
  ['物流', '運輸'],
  ['食品', '食品'],
  ['システムズ', 'IT'],
  ['建設', '建設'],
  ['電子', '電機'],
  ['商事', '卸売'],
  ['メディカル', '医療機器'],
  ['エナジー', 'エネルギー'],
] as const;
const REGIONS = ['東京都', '大阪府', '愛知県', '神奈川県', '福岡県', '北海道', '宮城県', '広島県', '静岡県', '兵庫県'];
const TITLES = [
  ['部長', 0.5],
  ['課長', 0.3],
  ['本部長', 0.7],
  ['係長', 0],
  ['主任', -0.1],
  ['担当', -0.2],
  ['取締役', 0.8],
] as const;
const DEPARTMENTS = ['生産技術部', '情報システム部', '経営企画部', '総務部', '購買部', '品質保証部', '営業企画部', '研究開発部'];
const CHANNELS = ['form', 'form', 'form', 'event', 'event', 'card', 'card', 'ad', 'ad', 'referral', 'outbound'] as const;
const WIN: Record<Person['channel'], number> = { form: 0.2, referral: 0.9, event: 0.1, card: 0, ad: -0.4, outbound: -0.5 };

/** The company and its market at the start: who there is, and what each of them is about to do. */
export function companyOf({ seed, from, to, accounts: count = 2_000, reps = 60 }: SimulationOptions): Company {
  const random = new Random(seed);
  const inside = Array.from({ length: Math.max(1, Math.round(reps / 3)) }, (_, index) =>
    rep(index, `inside-${1 + (index % 2)}`, true, random),
  );
  const field = Array.from({ length: Math.max(1, reps - inside.length) }, (_, index) =>
    rep(inside.length + index, `field-${1 + (index % 4)}`, false, random),
  );
  let people = 0;
  const accounts = Array.from({ length: count }, (_, index) => {
    const [trade, industry] = random.pick(TRADES);
    const account: Account = {
      id: `acc-${pad(index + 1, 5)}`,
      name: `株式会社${random.pick(PLACES)}${trade}`,
      industry,
      region: random.pick(REGIONS),
      employees: Math.round(20 * Math.exp(Math.abs(random.normal()) * 1.6)),
      people: [],
      field: random.pick(field),
    };
    const span = to.getTime() - from.getTime();
    // About four in ten think of buying within half a year.
    if (random.chance(Math.min(0.9, (0.4 * span) / (182 * DAY)))) {
      const begin = from.getTime() + random.next() * span;
      account.project = { from: begin, to: begin + (25 + random.next() * 60) * DAY };
    }
    const size = 1 + random.poisson(1.3);
    for (let n = 0; n < size; n += 1) account.people.push(person(account, (people += 1), from.getTime(), to.getTime(), random));
    return account;
  });
  return { accounts, inside, field };
}

function person(account: Account, number: number, from: number, to: number, random: Random): Person {
  const [title, rank] = random.pick(TITLES);
  const channel = random.pick(CHANNELS);
  const inProject = account.project !== undefined && random.chance(0.75);
  const size = Math.log10(account.employees) - 2;
  const logit = (inProject ? 0.3 : -2.6) + rank + WIN[channel] + 0.5 * size + 0.6 * random.normal();
  // Most are known from before; a project brings new ones.
  const capturedAt = random.chance(0.55)
    ? from + random.next() * 10 * DAY
    : inProject
      ? account.project!.from + random.next() * 15 * DAY
      : from + random.next() * (to - from);
  return {
    leadId: `lead-${pad(number, 6)}`,
    name: `${random.pick(FAMILY)} ${random.pick(GIVEN)}`,
    email: `p${pad(number, 6)}@${account.id}.example`,
    visitorId: `v-${pad(number, 6)}`,
    title,
    department: random.pick(DEPARTMENTS),
    channel,
    campaignId: channel === 'ad' || channel === 'form' ? `campaign-${1 + (number % 7)}` : undefined,
    account,
    curiosity: Math.exp(0.6 * random.normal()) * (inProject ? 1.4 : 0.6),
    capturedAt,
    winProbability: 1 / (1 + Math.exp(-logit)),
    captured: false,
    identified: false,
    unsubscribed: false,
    inDrawer: false,
    uncalled: false,
    warmth: 0,
    inProcess: false,
  };
}

function rep(index: number, teamId: string, inside: boolean, random: Random): Rep {
  return { id: `rep-${pad(index + 1, 2)}`, teamId, inside, skill: 0.25 * random.normal() };
}

export function pad(number: number, length: number): string {
  return String(number).padStart(length, '0');
}
