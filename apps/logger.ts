import { pino } from 'pino';
import type { LogLevel } from './settings';

/** Notices go to stderr, one JSON object a line; stdout belongs to what a program was asked for. */
export const logger = pino({ level: 'info' }, pino.destination({ fd: 2, sync: true }));

export function setLogLevel(level: LogLevel): void {
  logger.level = level;
}
