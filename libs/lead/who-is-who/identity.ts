import { createHash } from 'node:crypto';
import { decisionId, formerForms, normalEmail, type LeadIdentity } from '@leadlog/events';

/** An identity in its normal form. */
export interface Identity {
  /** Equal for equal identities; kind first. */
  readonly key: string;
  readonly identity: LeadIdentity;
  /** Keys under which the same identity may have been claimed before addresses had a normal form. */
  readonly former?: readonly string[];
}

/** E-mail addresses are compared in their normal form, other identities trimmed but otherwise unchanged. */

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
 * The address itself must not be in a stream name: operators see names, and names cannot be erased. A lone surrogate, which old logs may
 * hold, has no UTF-8 form: it is hashed as an escape, because otherwise all of them would be equal, and two people one lead.
 */
export const identityHash = ({ key }: Pick<Identity, 'key'>): string =>
  createHash('sha256')
    .update(/\p{Surrogate}/u.test(key) ? JSON.stringify(key) : key)
    .digest('hex');

/**
 * The lead that an unclaimed identity creates: always and everywhere the same. `again`: how many claims of it are over, because who had it
 * is forgotten; whoever gives it then is somebody new.
 */
export const leadIdOf = ({ key }: Identity, again = 0): string =>
  decisionId('lead', ...key.split('\0'), ...(again === 0 ? [] : [String(again)]));
