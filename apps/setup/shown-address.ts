/**
 * An address as messages may show it, also one that is wrong: without whatever may be a password, which is all before an @ and all that is
 * asked for after a question mark.
 */
export function shownAddress(text: string): string {
  const scheme = /^[a-z][a-z\d+.-]*:\/\//i.exec(text)?.[0] ?? '';
  const at = text.lastIndexOf('@');
  const rest = at >= 0 ? `***@${text.slice(at + 1)}` : text.slice(scheme.length);
  return scheme + rest.replace(/\?.+$/s, '?…');
}
