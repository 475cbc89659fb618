import type { Command } from 'commander';
import { moment, position, wholeNumber } from '../arguments';
import { moreText, queryOf, showAnswer } from '../show-answer';
import { tableText } from '../tables';
import type { Terminal } from '../terminal';

interface Audit {
  items: {
    at: string;
    outcome: string;
    route: string;
    actor: { id: string; by?: string; name?: string };
    address: string;
    leadId?: string;
    targets?: string[];
    sql?: string;
    names?: boolean;
  }[];
  nextCursor?: string;
}

/** Who read people in bulk, changed something, or was refused that: one request to the API. */
export function addAudit(program: Command, terminal: Terminal): void {
  program
    .command('audit')
    .description('list who read people in bulk, changed something, or was refused that, the latest first')
    .option('--key <id>', 'only by this key')
    .option('--person <id>', 'only by this person or representative')
    .option('--lead <id>', 'only about this lead')
    .option('--from <moment>', 'nothing before, RFC 3339', moment)
    .option('--to <moment>', 'only before, RFC 3339', moment)
    .option('--limit <number>', 'maximum number of results', wholeNumber(1, 500))
    .option('--cursor <cursor>', 'continue from the previous page')
    .option('--after <position>', 'wait until everything up to this position is included', position)
    .action((_: unknown, command: Command) => showAnswer<Audit>(terminal, command, '/v1/audit', queryOf(command), auditText));
}

/** The name is that of the key or person by whom somebody acted. */
function whoText({ id, by = id, name }: Audit['items'][number]['actor']): string {
  const known = name === undefined || name === '' ? by : `${by} (${name})`;
  return by === id ? known : `${id} by ${known}`;
}

function auditText({ items, nextCursor }: Audit): string {
  const rows = items.map(({ at, outcome, route, actor, address, leadId, targets = [], sql, names }) => [
    at,
    outcome,
    whoText(actor),
    address,
    route,
    [leadId, ...targets, names && 'with names:', sql].filter((one) => one !== undefined).join(' '),
  ]);
  return `${tableText(['at', 'outcome', 'who', 'from', 'what', 'of'], rows)}${moreText(nextCursor)}`;
}
