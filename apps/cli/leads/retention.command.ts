import type { Command } from 'commander';
import { callApi } from '../api-client';
import { position, wholeNumber } from '../arguments';
import { moreText, queryOf, showAnswer } from '../show-answer';
import { tableText } from '../tables';
import type { Common, Terminal } from '../terminal';

interface Preview {
  before: string;
  items: { leadId: string; name?: string; company?: string; lastActAt: string; keptBy: string[] }[];
  nextCursor?: string;
}
interface Run {
  before: string;
  leadIds: string[];
  more: boolean;
}

const months = wholeNumber(1, 1_200);

/** Who has done nothing for long, and forgetting them. */
export function addRetention(program: Command, terminal: Terminal): void {
  const retention = program.command('retention').description('people without any act for long: list them, or forget them');
  const preview = retention
    .command('preview')
    .description('list who would be forgotten, and what keeps the others')
    .requiredOption('--months <number>', 'no act for so many months', months)
    .option('--limit <number>', 'maximum number of results', wholeNumber(1, 500))
    .option('--cursor <cursor>', 'continue from the previous page')
    .option('--after <position>', 'wait until everything up to this position is included', position)
    .action(() => showAnswer<Preview>(terminal, preview, '/v1/retention/preview', queryOf(preview), previewText));
  retention
    .command('run')
    .description('forget those whom nothing keeps; it cannot be undone')
    .requiredOption('--months <number>', 'no act for so many months', months)
    .option('--limit <number>', 'how many people at most (100)', wholeNumber(1, 500))
    .action(async (body: { months: number; limit?: number }, command: Command) => {
      const { url, json } = command.optsWithGlobals<Common>();
      const run = await callApi<Run>(url, 'POST', '/v1/retention/run', { body });
      terminal.out(json ? `${JSON.stringify(run)}\n` : runText(run));
    });
}

function previewText({ before, items, nextCursor }: Preview): string {
  const rows = items.map(({ leadId, name, company, lastActAt, keptBy }) => [leadId, name, company, lastActAt, keptBy.join(', ')]);
  return `${tableText(['lead', 'name', 'company', 'last act', 'kept by'], rows)}without any act since ${before}\n${moreText(nextCursor)}`;
}

function runText({ before, leadIds, more }: Run): string {
  const table =
    leadIds.length > 0
      ? tableText(
          ['forgotten'],
          leadIds.map((leadId) => [leadId]),
        )
      : '';
  return `${table}${leadIds.length} without any act since ${before}\n${more ? 'there are more: run it again\n' : ''}`;
}
