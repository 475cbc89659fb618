/** A length of time in whole minutes, in hours from an hour and a half on. */
export function hoursAndMinutes(minutes: number): { hours?: number; minutes: number } {
  const whole = Math.round(minutes);
  return whole < 90 ? { minutes: whole } : { hours: Math.floor(whole / 60), minutes: whole % 60 };
}
