import { createHash } from 'node:crypto';
import { decisionId, formerForms, normalEmail, type LeadIdentity } from '@leadlog/events';

/** An identity in its normal form. */
export interface Identity {
  /** Equal for equal identities; kind first. */
  readonly key: string;
  readonly identity: LeadIdentity;
  /** Keys under which the same may have been claimed before there was one form of an address. */
  readonly former?: readonly string[];
}

/** E-mail addresses are compared in their normal form, others as they are, trimmed. */

export function identityOf(identity: LeadIdentity): Identity {
  if (identity.email !== undefined) return emailIdentity(identity.email);
  if (identity.visitorId !== undefined) return visitorIdentity(identity.visitorId);
  if (identity.cardId !== undefined) return cardIdentity(identity.cardId);
  const { system, id } = identity.foreign!;
  const foreign = { system: system.trim(), id: id.trim() };
  return { key: `foreign\0${foreign.system}\0${foreign.id}`, identity: { foreign } };
}

export function emailIdentity(text: string): Identity {
  const email = normalEmail(text);
  const former = formerForms(text, email);
  return { key: emailKey(email), identity: { email }, ...(former.length > 0 && { former: former.map(emailKey) }) };
}
const emailKey = (email: string): string => `email\0${email}`;
export function visitorIdentity(text: string): Identity {
  const visitorId = text.trim();
  return { key: `visitorId\0${visitorId}`, identity: { visitorId } };
}
export function cardIdentity(text: string): Identity {
  const cardId = text.trim();
  return { key: `cardId\0${cardId}`, identity: { cardId } };
}

/**
 * The address itself must not be in a stream name: names are seen by operators and cannot be erased. Half a surrogate pair, which old logs may
 * hold, has no UTF-8: it is hashed as an escape, since all of them would be one otherwise, and two people one lead.
 */
export const identityHash = ({ key }: Pick<Identity, 'key'>): string => createHash('sha256').update(/\p{Surrogate}/u.test(key) ? JSON.stringify(key) : key).digest('hex');

/** The lead an identity makes when nobody has claimed it: the same wherever and whenever it is asked for. */
export const leadIdOf = ({ key }: Identity): string => decisionId('lead', ...key.split('\0'));
