import { hoursAndMinutes } from './hours-and-minutes';

it.each([
  [0.4, { minutes: 0 }],
  [89.4, { minutes: 89 }],
  [89.6, { hours: 1, minutes: 30 }],
  [119.6, { hours: 2, minutes: 0 }],
  [605, { hours: 10, minutes: 5 }],
])('%d minutes are shown as they would be counted', (minutes, shown) => {
  expect(hoursAndMinutes(minutes)).toEqual(shown);
});
