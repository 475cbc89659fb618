/** What an input of the browser calls a date and time, on the clock of this device, in RFC 3339. */
export const asMoment = (local: string): string => new Date(local).toISOString();
