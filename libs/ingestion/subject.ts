import { looksLikeEmail, parseEmail, shown, type FieldError } from '@leadlog/events';
import { cardIdentity, emailIdentity, identityOf, visitorIdentity, type Identity } from '@leadlog/lead';

/** How a subject names a lead. */
export type Subject = { leadId: string } | { by: Identity };

const ADDRESS = 'an e-mail address such as h.aoyama@example.jp (or lead:<leadId>, <system>:<id>)';

/**
 * `email:…`, `visitor:…`, `card:…`, `lead:…`, an address in any form, `<system>:<id>`; anything without a colon is a leadId. Text that
 * looks like an address but is invalid is refused: as a leadId it would create a lead that is never found again.
 */
export function parseSubject(subject: string): Subject | FieldError {
  const text = WIDE_ADDRESS.test(subject) ? subject.normalize('NFKC') : subject;
  const colon = text.indexOf(':');
  const kind = text.slice(0, Math.max(0, colon)).trim();
  const value = text.slice(colon + 1).trim();
  switch (kind.toLowerCase()) {
    case 'lead':
      return value === '' ? wrong('lead:<leadId>', subject) : { leadId: value };
    case 'email':
      return parseEmail(value) === undefined ? wrong(ADDRESS, subject) : { by: emailIdentity(value) };
    case 'visitor':
      return value === '' ? wrong('visitor:<id>', subject) : { by: visitorIdentity(value) };
    case 'card':
      return value === '' ? wrong('card:<id>', subject) : { by: cardIdentity(value) };
  }
  // The name of a system is one word; a colon elsewhere may be part of the display name before an address.
  const ofSystem = /^[^\s"<>@]+$/u.test(kind) && kind.toLowerCase() !== 'mailto';
  if (ofSystem) return value === '' ? wrong('<system>:<id>', subject) : { by: identityOf({ foreign: { system: kind, id: value } }) };
  if (looksLikeEmail(subject)) return parseEmail(subject) === undefined ? wrong(ADDRESS, subject) : { by: emailIdentity(subject) };
  return colon === -1 ? { leadId: subject.trim() } : wrong('a leadId, an e-mail address, or <system>:<id>', subject);
}

/** `email:…` or `mailto:…` in full-width characters. */
const WIDE_ADDRESS = /^\s*[\uff21-\uff5aA-Za-z]{5,6}[:\uff1a][^:]*[@\uff20]/u;

const wrong = (expected: string, subject: string): FieldError => ({ pointer: '/subject', expected, got: shown(subject) });
