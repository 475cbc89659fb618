import { momentOf } from '../../app/zoned';
import { clockOfText } from './read-csv';

/** What a column may hold. */
export const FIELDS = [
  'name',
  'familyName',
  'givenName',
  'company',
  'department',
  'title',
  'email',
  'phone',
  'exchangedAt',
  'cardId',
] as const;
export type Field = (typeof FIELDS)[number];
/** Field → place of its column. */
export type Mapping = Partial<Record<Field, number>>;

/** As card readers and address books name them. */
const NAMES: Record<Field, RegExp> = {
  familyName: /^(姓|苗字|名字|last ?name|family ?name|surname)$/i,
  givenName: /^(名|first ?name|given ?name)$/i,
  name: /^(氏名|名前|お名前|姓名|full ?name|name)$/i,
  company: /^(会社(名)?|企業(名)?|組織(名)?|勤務先|company( name)?|organi[sz]ation)$/i,
  department: /^(部署(名)?|所属|department|division)$/i,
  title: /^(役職(名)?|肩書き?|title|job ?title|position)$/i,
  email: /^(e-?mail|メール(アドレス)?|電子メール|mail)/i,
  phone: /^(tel|電話(番号)?|携帯(電話)?|phone|mobile)/i,
  exchangedAt: /^(名刺交換日|交換日|登録日|日付|exchanged( at| on)?|date)$/i,
  cardId: /^(名刺 ?ID|ID|card ?ID)$/i,
};

/** By the names of the columns; each column at most once. */
export function guess(header: readonly string[]): Mapping {
  const mapping: Mapping = {};
  const taken = new Set<number>();
  for (const field of FIELDS) {
    const place = header.findIndex((one, at) => !taken.has(at) && NAMES[field].test(one.normalize('NFKC').trim()));
    if (place === -1) continue;
    mapping[field] = place;
    taken.add(place);
  }
  return mapping;
}

export interface CardSettings {
  repId: string;
  place: 'onsite' | 'online';
  /** YYYY-MM-DD, of cards without one. */
  day: string;
  timeZone: string;
}

export interface Card {
  cardId: string;
  repId: string;
  exchangedAt: string;
  place: 'onsite' | 'online';
  profile: Partial<Record<'name' | 'company' | 'department' | 'title' | 'email' | 'phone', string>>;
}

/**
 * The card that a row tells of. The same row is always the same card, so a file that is sent again records nothing twice,
 * also on another day, by which the engine then finds it told otherwise.
 */
export function cardOf(row: readonly string[], mapping: Mapping, { repId, place, day, timeZone }: CardSettings): Card {
  const cell = (field: Field): string | undefined => (mapping[field] === undefined ? undefined : row[mapping[field]] || undefined);
  const name = cell('name') ?? ([cell('familyName'), cell('givenName')].filter(Boolean).join(' ') || undefined);
  const said = cell('exchangedAt');
  // What cannot be read is sent as it is: the engine says what is wrong with it.
  const clock = said === undefined ? `${day}T00:00` : clockOfText(said);
  const exchangedAt = clock === undefined ? said! : new Date(momentOf(clock, timeZone)).toISOString();
  const profile = {
    name,
    company: cell('company'),
    department: cell('department'),
    title: cell('title'),
    email: cell('email')?.normalize('NFKC'),
    phone: cell('phone')?.normalize('NFKC'),
  };
  const known = [name, profile.company, profile.email, said].map((one) => one ?? '').join('\n');
  return {
    cardId: cell('cardId')?.replace(/\s+/g, '_') ?? `csv-${hashOf(known)}`,
    repId,
    exchangedAt,
    place,
    profile: Object.fromEntries(Object.entries(profile).filter(([, value]) => value !== undefined)),
  };
}

/** 64 bits (FNV-1a), in hexadecimal. A page that comes without TLS has no crypto.subtle. */
function hashOf(text: string): string {
  let hash = 0xcbf29ce484222325n;
  for (const byte of new TextEncoder().encode(text)) hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n);
  return hash.toString(16).padStart(16, '0');
}
