export {
  addDays,
  daysBetween,
  clockChanges,
  isTimezone,
  localClock,
  localDay,
  localDayNumber,
  localHour,
  localMinuteOfDay,
  localMoments,
  localMonth,
  localWeekday,
  startOfDayAfter,
  startOfLocalDay,
} from './calendar';
export { isCalendarDate, isTimestamp, isTooLate, NOT_TOO_LATE } from './calendar-text';
export { CLOCK } from './clock';
export type { Clock } from './clock';
export { daysOfPeriod, FIRST_DAY, FISCAL_YEAR_START, periodName, PERIODS, periodsLater, spanBefore, startOfPeriod } from './periods';
export type { DaySpan, Period } from './periods';
