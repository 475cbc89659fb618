import { createHash, createHmac, createSecretKey } from 'node:crypto';
import { decisionId, formerForms, identityStream, normalEmail, type LeadIdentity } from '@leadlog/events';

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
export const identityHash = ({ key }: Pick<Identity, 'key'>): string => createHash('sha256').update(hashed(key)).digest('hex');

const hashed = (key: string): string => (/\p{Surrogate}/u.test(key) ? JSON.stringify(key) : key);

/**
 * The lead that an unclaimed identity creates, where it is named by its plain hash: always and everywhere the same. `again`: how many claims
 * of it are over, because who had it is forgotten; whoever gives it then is somebody new.
 */
export const leadIdOf = ({ key }: Pick<Identity, 'key'>, again = 0): string =>
  decisionId('lead', ...key.split('\0'), ...(again === 0 ? [] : [String(again)]));

/**
 * What an identity is called in the log: the stream in which it is claimed, and the lead that it creates by itself. The same everywhere and
 * for ever, so that a retry, another process and a restored backup agree without asking.
 */
export interface IdentityNames {
  /** Hashes in the names of the streams in which it may have been claimed; a new claim goes into the first. */
  hashesOf(identity: Pick<Identity, 'key'>): readonly [string, ...string[]];
  /** Leads that it may have created after so many claims of it are over; a new one gets the first. */
  leadIdsOf(identity: Pick<Identity, 'key'>, again?: number): readonly [string, ...string[]];
}

/** Injection token: IdentityNames. */
export const IDENTITY_NAMES = 'IdentityNames';

/** Whoever has an address can compute these, and so learn whether it is in a log. */
export const namesInClear: IdentityNames = {
  hashesOf: (identity) => [identityHash(identity)],
  leadIdsOf: (identity, again) => [leadIdOf(identity, again)],
};

/** Only who has the key can compute these. What was claimed before there was one is found by its names in clear. */
export function namesByKey(key: Buffer): IdentityNames {
  const secret = createSecretKey(key);
  const hashOf = (identity: Pick<Identity, 'key'>): string => `k${createHmac('sha256', secret).update(hashed(identity.key)).digest('hex')}`;
  return {
    hashesOf: (identity) => [hashOf(identity), identityHash(identity)],
    // The claim of the lead tells both, so one may follow from the other.
    leadIdsOf: (identity, again = 0) => [decisionId('lead', hashOf(identity), String(again)), leadIdOf(identity, again)],
  };
}

/** Streams in which an identity may have been claimed; a new claim goes into the first. */
export const identityStreams = (names: IdentityNames, identity: Pick<Identity, 'key'>): [string, ...string[]] =>
  names.hashesOf(identity).map(identityStream) as [string, ...string[]];
