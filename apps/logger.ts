import { pino } from 'pino';

/** Notices go to stderr, one JSON object a line; stdout belongs to what a program was asked for. */
export const logger = pino({ level: 'info' }, pino.destination({ fd: 2, sync: true }));
