import { ApiRefused } from '../api-client';
import { CommandFailed, type Terminal } from '../terminal';

/** What is wrong with a document, as `file:line:column: message`, one a line, as editors and CI read it. */
export function withPlaces(error: unknown, file: string, failure: string, terminal: Terminal): unknown {
  const places = error instanceof ApiRefused ? (error.errors ?? []).flatMap((part) => ('line' in part ? [part] : [])) : [];
  if (places.length === 0) return error;
  for (const { line, column, message } of places) terminal.err(`${file}:${line}:${column}: ${message}\n`);
  return new CommandFailed(failure);
}
