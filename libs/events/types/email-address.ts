import { domainToASCII, domainToUnicode } from 'node:url';

/**
 * The one form of an address, whichever way it comes in: `Name <a@b>`, `mailto:a@b`, upper case, full-width characters, a trailing dot,
 * an international domain in its own script. Domains are kept in ASCII, as mail is sent to them. Nothing is made equal that may be two
 * mailboxes: dots and `+tags` stay. Undefined when the text is no address.
 */
export function parseEmail(text: string): string | undefined {
  if (PLAIN.test(text)) return text;
  let address = text.normalize('NFKC').trim();
  const bracketed = /^[^<>]*<([^<>]*)>$/.exec(address);
  if (bracketed) address = bracketed[1]!.trim();
  const link = /^mailto:([^?]*)/i.exec(address);
  if (link) address = decoded(link[1]!).trim();
  const at = address.lastIndexOf('@');
  // Lower case may leave the normal form, and only what is in it compares equal.
  const local = address.slice(0, Math.max(0, at)).toLowerCase().normalize('NFKC');
  const domain = normalDomain(address.slice(at + 1));
  return LOCAL.test(local) && domain !== undefined ? `${local}@${domain}` : undefined;
}

/** The form of an address that may have been recorded before there was one for all; what is no address stays as it is, trimmed. */
export const normalEmail = (text: string): string => parseEmail(text) ?? formerNormalEmail(text);

/** As addresses were compared before: brackets, `mailto:`, trailing dots and scripts of domains made them another. */
const formerNormalEmail = (text: string): string => text.trim().normalize('NFKC').toLowerCase();

/** Other forms in which the same address, written like this, may have been recorded before there was one for all. */
export function formerForms(text: string, normal: string): readonly string[] {
  if (text === normal && !normal.includes('xn--')) return NONE;
  const at = normal.lastIndexOf('@') + 1;
  const forms = new Set([formerNormalEmail(text), normal.slice(0, at) + domainToUnicode(normal.slice(at))]);
  forms.delete(normal);
  return [...forms];
}

/** Whether somebody who wrote this meant an address. */
export const looksLikeEmail = (text: string): boolean => /@|^\s*mailto:/i.test(text.normalize('NFKC'));

/** What nearly all addresses look like: it is in the normal form already. */
const PLAIN = /^[a-z0-9._+-]{1,64}@(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.){1,3}[a-z]{2,24}$/;
const LOCAL = /^(?:[^\s\p{Cc}\p{Cf}@<>()[\],;:\\"]{1,64}|"[^\s\p{Cc}\p{Cf}@<>"\\]{1,62}")$/u;
const DOMAIN = /^(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)*[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/;
const LITERAL = /^\[[0-9a-f.:]{1,60}\]$/;

function normalDomain(text: string): string | undefined {
  // Only names in other scripts: what looks like a number would be taken for the address of a host.
  const ascii = ASCII.test(text) ? text.toLowerCase() : domainToASCII(text);
  const domain = ascii.endsWith('.') ? ascii.slice(0, -1) : ascii;
  return domain.length <= 253 && (DOMAIN.test(domain) || LITERAL.test(domain)) ? domain : undefined;
}

const ASCII = /^[\x20-\x7e]*$/;
const NONE: readonly string[] = Object.freeze([]);

function decoded(text: string): string {
  try {
    return decodeURIComponent(text).normalize('NFKC');
  } catch {
    return text;
  }
}
