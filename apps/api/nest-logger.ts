import type { LoggerService } from '@nestjs/common';
import { logger } from '../setup/logger';

/** What Nest itself has to say, among our own notices. Nest gives the place last, and a stack before it. */
export const nestLogger: LoggerService = {
  log: () => undefined,
  warn: (message: unknown, ...rest: unknown[]) => logger.warn({ place: rest.at(-1) }, String(message)),
  error: (message: unknown, ...rest: unknown[]) =>
    logger.error({ place: rest.at(-1), ...(rest.length > 1 && { stack: rest[0] }) }, String(message)),
  fatal: (message: unknown, ...rest: unknown[]) => logger.fatal({ place: rest.at(-1) }, String(message)),
};
