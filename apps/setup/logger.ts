import { pino } from 'pino';
import { correlationId } from './correlation';
import type { LogLevel } from './settings';

/**
 * Notices go to stderr, one JSON object a line; stdout belongs to what a program was asked for. What is written for a request
 * names it. Bodies, names and addresses of people never go in; credentials in addresses of servers are taken out, whoever put them there.
 */
export const logger = pino(
  {
    level: 'info',
    mixin: () => {
      const id = correlationId();
      return id === undefined ? {} : { correlationId: id };
    },
    hooks: { streamWrite: withoutCredentials },
  },
  pino.destination({ fd: 2, sync: true }),
);

export function setLogLevel(level: LogLevel): void {
  logger.level = level;
}

/** `scheme://user:password@host`, also where the password holds what it should not; never past the end of the address. */
export function withoutCredentials(text: string): string {
  return text.includes('@') ? text.replace(/\b([a-z][a-z\d+.-]*:\/\/)[^\s/?#"'<>]+@/gi, '$1***@') : text;
}
