import { ValidateBy } from 'class-validator';
import { isCalendarDate, isTimestamp } from '@leadlog/time';

/** A moment that is the same in every time zone. */
export const IsMoment = (): PropertyDecorator =>
  ValidateBy({
    name: 'isMoment',
    validator: {
      validate: (value) => typeof value === 'string' && isTimestamp(value),
      defaultMessage: () => 'a moment in RFC 3339 with an offset',
    },
  });

/** A day that exists. */
export const IsDay = (): PropertyDecorator =>
  ValidateBy({
    name: 'isDay',
    validator: { validate: (value) => typeof value === 'string' && isCalendarDate(value), defaultMessage: () => 'a day as YYYY-MM-DD' },
  });
