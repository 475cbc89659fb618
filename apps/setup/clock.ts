import type { Clock } from '@leadlog/time';
import type { Settings } from './settings';

/** The time by which an engine decides and records: that of its machine, unless whoever started it sets it. */
export function clockOf({ setTime }: Pick<Settings, 'setTime'>): Clock {
  return setTime === undefined ? Date.now : () => setTime[0] || Date.now();
}
