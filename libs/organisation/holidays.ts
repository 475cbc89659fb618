import holidayJp from '@holiday-jp/holiday_jp';

/** Countries whose public holidays Leadlog knows. */
export const COUNTRIES = ['JP', 'none'] as const;
export type Country = (typeof COUNTRIES)[number];

// By the text of the date: what the library answers for a Date depends on the time zone of the process.
const JAPANESE: Readonly<Record<string, { readonly name: string } | undefined>> = holidayJp.holidays;
const DAYS = Object.keys(JAPANESE).sort();
const [FIRST_YEAR, LAST_YEAR] = [DAYS[0]!, DAYS.at(-1)!].map((day) => Number(day.slice(0, 4))) as [number, number];

/** The name of the public holiday on a day (YYYY-MM-DD), in the language of the country; undefined if it is none or none is known. */
export const publicHoliday = (country: Country, day: string): string | undefined => (country === 'JP' ? JAPANESE[day]?.name : undefined);

/** What must be said of a day whose public holidays are not known: it counts as if there were none. */
export function unknownHolidays(country: Country, day: string): string | undefined {
  const year = Number(day.slice(0, 4));
  if (country !== 'JP' || (year >= FIRST_YEAR && year <= LAST_YEAR)) return undefined;
  return `public holidays of Japan are known from ${FIRST_YEAR} to ${LAST_YEAR}, not of ${year}: its days count as working days unless calendar.holidays names them`;
}
