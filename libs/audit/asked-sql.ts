const LONGEST = 4_000;

/** Comments, texts in quotes or dollars, names in quotes, words and numbers, in the order in which they are told apart. */
const PARTS = /--[^\n]*|\/\*[\s\S]*?(?:\*\/|$)|'(?:[^']|'')*(?:'|$)|(\$\w*\$)[\s\S]*?(?:\1|$)|"(?:[^"]|"")*(?:"|$)|[\p{L}\p{N}_.]+/gu;

/**
 * A question as the audit keeps it for ever: what was asked for and of which views, without any value, since a value may be the name of a
 * person who is forgotten later. `undefined` if nothing is left.
 */
export function withoutValues(sql: string): string | undefined {
  const kept = sql
    .replace(PARTS, (part) => {
      if (part.startsWith('--') || part.startsWith('/*')) return ' ';
      return isName(part) ? part : '?';
    })
    .replace(/[^\x20-\x7e]+/g, ' ')
    .replace(/ {2,}/g, ' ')
    .trim()
    .slice(0, LONGEST);
  return kept === '' ? undefined : kept;
}

/** Of a column, view or function of ours: all of them are ASCII. */
const isName = (part: string): boolean => /^"?[A-Za-z_][\w.]*"?$/.test(part);
