import type { Command } from 'commander';
import { callApi, type Query } from './api-client';
import type { Common, Terminal } from './terminal';
import { asOf, untilFolded } from './wait-until-folded';

/** One question of the API: with --json the answer as it came, else as a text, and as of which position it is. */
export async function showAnswer<Answer>(
  terminal: Terminal,
  command: Command,
  path: string,
  query: Query,
  text: (answer: Answer) => string,
): Promise<void> {
  const { url, json } = command.optsWithGlobals<Common>();
  const { after } = command.opts<{ after?: string }>();
  if (after !== undefined) await untilFolded(url, after);
  const answer = await callApi<Answer & { position?: string }>(url, 'GET', path, { query });
  terminal.out(json ? `${JSON.stringify(answer)}\n` : text(answer));
  if (!json && answer.position !== undefined && !path.startsWith('/v1/log/')) terminal.err(await asOf(url, answer.position));
}

/** What a list ends with where it goes on. */
export const moreText = (nextCursor: string | undefined): string =>
  nextCursor === undefined ? '' : `there are more: --cursor ${nextCursor}\n`;

/** The options of a command, as parameters of the same names. */
export const queryOf = (command: Command): Query =>
  Object.fromEntries(
    Object.entries(command.opts<Record<string, string | number | undefined>>()).map(([name, value]) => [
      name,
      value === undefined ? undefined : String(value),
    ]),
  );
