/** How a file writes numbers. Neither said: a decimal point, commas between groups of three, and nothing that could be read both ways. */
export interface NumberForm {
  decimal?: '.' | ',';
  /** Between groups of three digits; '' for none. A blank or an apostrophe stands for its typographic sisters too. */
  group?: '' | '.' | ',' | ' ' | "'";
}

/** The number, or what was expected in its place. `currency` (ISO 4217): signs of it may stand around the number, no others. */
export function numberOf(cell: string, { decimal, group }: NumberForm, currency?: string): number | string {
  // Full-width digits and signs are those digits and signs.
  const text = withoutCurrency(cell.normalize('NFKC').replaceAll('−', '-').trim(), currency);
  const point = decimal ?? (group === '.' ? ',' : '.');
  const between = group ?? (point === '.' ? ',' : '.');
  const form = `a number such as ${shown(1234.5, point, between)}`;
  const whole = between === '' ? '\\d+' : `\\d+|\\d{1,3}(?:${SEPARATORS[between]}\\d{3})+`;
  const found = new RegExp(`^([+-]?)(${whole})(?:\\${point}(\\d+))?$`).exec(text);
  if (!found)
    return currencySign(text)
      ? `${form}${currency ? `, in ${currency}` : '; with a sign of money only where the mapping says the currency beside it'}`
      : `${form}${decimal || group ? '' : ' (decimal and group in the mapping say another form)'}`;
  // 1.500 is 1.5 to some and 1500 to others.
  if (decimal === undefined && group === undefined && /^[+-]?[1-9]\d{0,2}\.\d{3}$/.test(text))
    return `a number that can be read in one way only: say decimal: '.' or decimal: ',' in the mapping`;
  const digits = `${found[2]!.replace(/\D/g, '')}${found[3] === undefined ? '' : `.${found[3]}`}`;
  const value = Number(`${found[1]}${digits}`);
  if (digits.replace('.', '').replace(/^0+/, '').replace(/0+$/, '').length > 15 && !exact(digits, value))
    return 'a number of at most 15 digits, which all are kept';
  return Object.is(value, -0) ? 0 : value;
}

const SEPARATORS = { '.': '\\.', ',': ',', ' ': '[ \\u00a0\\u2009\\u202f]', "'": "['’]" } as const;

const shown = (value: number, point: string, between: string): string => String(value).replace('.', point).replace(/^1/, `1${between}`);

const exact = (digits: string, value: number): boolean =>
  digits.replace(/^0+(?=\d)/, '') === Math.abs(value).toFixed((digits.split('.')[1] ?? '').length);

const currencySign = (text: string): boolean => /[\p{Sc}円元원]|[A-Z]{3}/u.test(text);

/** Signs that may mean it: `$` is that of many currencies, `¥` of two. */
const signs = new Map<string, readonly string[]>();
function signsOf(currency: string): readonly string[] {
  let found = signs.get(currency);
  if (!found) {
    const named = ['en', 'ja', 'de', 'fr'].flatMap((locale) =>
      (['narrowSymbol', 'symbol', 'code'] as const).map((currencyDisplay) =>
        new Intl.NumberFormat(locale, { style: 'currency', currency, currencyDisplay })
          .formatToParts(0)
          .find(({ type }) => type === 'currency')!
          .value.normalize('NFKC'),
      ),
    );
    const own = { JPY: ['円'], CNY: ['元'], KRW: ['원'], USD: ['US$'] }[currency] ?? [];
    signs.set(currency, (found = [...new Set([...named, ...own])].sort((a, b) => b.length - a.length)));
  }
  return found;
}

function withoutCurrency(text: string, currency: string | undefined): string {
  if (currency === undefined || /^[+-]?[\d.,]+$/.test(text)) return text;
  const minus = /^[+-]/.exec(text)?.[0] ?? '';
  const rest = text.slice(minus.length).trim();
  for (const sign of signsOf(currency)) {
    if (rest.startsWith(sign)) return minus + rest.slice(sign.length).trim();
    if (rest.endsWith(sign)) return minus + rest.slice(0, -sign.length).trim();
  }
  return text;
}
