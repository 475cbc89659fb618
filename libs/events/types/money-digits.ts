/** Minor units of ISO 4217 where they are not 2. Not asked from Intl: CLDR has its own opinion (AFN, IDR, …). */
const NO_DIGITS = ['BIF', 'CLP', 'DJF', 'GNF', 'ISK', 'JPY', 'KMF', 'KRW', 'PYG', 'RWF', 'UGX', 'UYI', 'VND', 'VUV', 'XAF', 'XOF', 'XPF'];
const THREE_DIGITS = ['BHD', 'IQD', 'JOD', 'KWD', 'LYD', 'OMR', 'TND'];
const FOUR_DIGITS = ['CLF', 'UYW'];

const currencies = new Set(Intl.supportedValuesOf('currency'));

export const MINOR_DIGITS = [
  { digits: 0, pattern: `^(${NO_DIGITS.join('|')})$` },
  { digits: 3, pattern: `^(${THREE_DIGITS.join('|')})$` },
  { digits: 4, pattern: `^(${FOUR_DIGITS.join('|')})$` },
  { digits: 2, pattern: `^(?!(${[...NO_DIGITS, ...THREE_DIGITS, ...FOUR_DIGITS].join('|')})$)` },
] as const;

const other = new Map<string, number>([
  ...NO_DIGITS.map((code) => [code, 0] as const),
  ...THREE_DIGITS.map((code) => [code, 3] as const),
  ...FOUR_DIGITS.map((code) => [code, 4] as const),
]);

/** Upper-case ISO 4217 code. */
export const isCurrency = (code: unknown): boolean => typeof code === 'string' && currencies.has(code);

/** Decimals an amount in this currency may have. */
export const minorDigits = (currency: string): number => other.get(currency) ?? 2;

/** The same test as JSON Schema's multipleOf with a tolerance of 1e-6 of a minor unit; binary fractions need one. */
export function isExactAmount(value: unknown, currency: unknown): boolean {
  if (typeof value !== 'number' || typeof currency !== 'string') return true;
  const units = value / Number(`1e-${minorDigits(currency)}`);
  return Math.abs(Math.round(units) - units) <= 1e-6;
}
