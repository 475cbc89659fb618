import { ValidateBy } from 'class-validator';
import { isCalendarDate, isTimestamp } from '@leadlog/time';

const text = (name: string, isOne: (text: string) => boolean, message: string) => (): PropertyDecorator =>
  ValidateBy({ name, validator: { validate: (value) => typeof value === 'string' && isOne(value) } }, { message });

/** The same moment in every time zone. */
export const IsMoment = text('isMoment', isTimestamp, 'a moment in RFC 3339 with an offset');

/** A day that exists. */
export const IsDay = text('isDay', isCalendarDate, 'a day as YYYY-MM-DD');
