import { domainToASCII, domainToUnicode } from 'node:url';

/**
 * The normal form of an address, however it is written: `Name <a@b>`, `mailto:a@b`, upper case, full-width characters, a trailing dot,
 * an international domain in its own script. Domains are kept in ASCII, as used for sending mail. Addresses that may be different
 * mailboxes stay different: dots and `+tags` are kept. Undefined if the text is not an address.
 */
export function parseEmail(text: string): string | undefined {
  if (PLAIN.test(text)) return text;
  let address = text.normalize('NFKC').trim();
  const bracketed = /^[^<>]*<([^<>]*)>$/.exec(address);
  if (bracketed) address = bracketed[1]!.trim();
  const link = /^mailto:([^?]*)/i.exec(address);
  if (link) address = decoded(link[1]!).trim();
  const at = address.lastIndexOf('@');
  // Lower-casing may break the Unicode normal form, and only normalized text compares equal.
  const local = address.slice(0, Math.max(0, at)).toLowerCase().normalize('NFKC');
  const domain = normalDomain(address.slice(at + 1));
  return LOCAL.test(local) && domain !== undefined ? `${local}@${domain}` : undefined;
}

/** Normalizes an address that may have been recorded before there was a normal form; text that is not an address is only trimmed. */
export const normalEmail = (text: string): string => parseEmail(text) ?? formerNormalEmail(text);

/** How addresses were compared earlier: brackets, `mailto:`, trailing dots and scripts of domains made them different. */
const formerNormalEmail = (text: string): string => text.trim().normalize('NFKC').toLowerCase();

/** Other forms in which the same address may have been recorded before there was a normal form. */
export function formerForms(text: string, normal: string): readonly string[] {
  if (text === normal && !normal.includes('xn--')) return NONE;
  const at = normal.lastIndexOf('@') + 1;
  const forms = new Set([formerNormalEmail(text), normal.slice(0, at) + domainToUnicode(normal.slice(at))]);
  forms.delete(normal);
  return [...forms];
}

/** Whether the text was meant as an address. */
export const looksLikeEmail = (text: string): boolean => /@|^\s*mailto:/i.test(text.normalize('NFKC'));

/** Matches nearly all addresses: already in normal form. */
const PLAIN = /^[a-z0-9._+-]{1,64}@(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.){1,3}[a-z]{2,24}$/;
const LOCAL = /^(?:[^\s\p{Cc}\p{Cf}@<>()[\],;:\\"]{1,64}|"[^\s\p{Cc}\p{Cf}@<>"\\]{1,62}")$/u;
const DOMAIN = /^(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)*[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/;
const LITERAL = /^\[[0-9a-f.:]{1,60}\]$/;

function normalDomain(text: string): string | undefined {
  // Only for names in other scripts: a numeric name would be parsed as the IP address of a host.
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
