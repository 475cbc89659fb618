import { shown } from '@leadlog/events/validation/value-in-message';

/**
 * What Commander says of a command line, told as every refusal is: the place, what was expected there, what came, and where to look.
 * `called`: the command, whose help says more.
 */
export function wrongUsageText(message: string, called: string): string {
  const said = message.replace(/^error: /, '').trim();
  const help = `${called} --help`;
  const value = /^option '(?:-\w, )?(--[\w-]+)[^']*' argument '([^]*)' is invalid\. ([^]*)$/.exec(said);
  if (value) return `${value[1]}: expected ${expectedOf(value[3]!)}, got ${shown(value[2])} (${help})`;
  const argument = /^command-argument value '([^]*)' is invalid for argument '([^']*)'\. ([^]*)$/.exec(said);
  if (argument) return `<${argument[2]}>: expected ${expectedOf(argument[3]!)}, got ${shown(argument[1])} (${help})`;
  const unknown = /^unknown (option|command) '([^]*?)'(?:\n\(Did you mean ([^]*)\?\))?$/.exec(said);
  if (unknown)
    return `expected ${unknown[1] === 'option' ? 'an option' : 'a command'} of ${called}${unknown[3] ? `; the nearest is ${unknown[3]}` : ''}, got ${shown(unknown[2])} (${help})`;
  const missing = /^(?:missing required argument|required option|option) '([^']*)'(?: not specified| argument missing)?$/.exec(said);
  if (missing)
    return `${missing[1]!.startsWith('-') ? missing[1]!.replace(/ .*/, '') : `<${missing[1]}>`}: expected a value, got nothing (${help})`;
  const many = /^too many arguments(?: for '[^']*')?\. Expected (\d+) arguments? but got (\d+)/.exec(said);
  if (many) return `expected ${many[1]} ${many[1] === '1' ? 'argument' : 'arguments'}, got ${many[2]}; quote what has spaces (${help})`;
  return `${said} (${help})`;
}

/** `Expected a day.`, `Allowed choices are a, b.` */
const expectedOf = (text: string): string =>
  text
    .replace(/\.$/, '')
    .replace(/^Expected /, '')
    .replace(/^Allowed choices are /, 'one of ');
