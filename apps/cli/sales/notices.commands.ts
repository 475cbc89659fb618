import { Command, Option } from 'commander';
import { NOTICE_KINDS } from '@leadlog/sales';
import { position, wholeNumber } from '../arguments';
import { recordFact } from '../leads/record-fact';
import { moreText, queryOf, showAnswer } from '../show-answer';
import { tableText } from '../tables';
import type { Terminal } from '../terminal';

interface Notices {
  items: { noticeId: string; kind: string; leadId: string; at: string; says: { en: string } }[];
  nextCursor?: string;
}

/** Facts that contradict each other: each is one request to the API. */
export function addNotices(program: Command, terminal: Terminal): void {
  const notices = program
    .command('notices')
    .description('list facts that contradict each other, the latest first')
    .addOption(new Option('--kind <kind>', 'only of this kind').choices(NOTICE_KINDS))
    .option('--lead <id>', 'only of this lead')
    .option('--limit <number>', 'maximum number of results', wholeNumber(1, 500))
    .option('--cursor <cursor>', 'continue from the previous page')
    .option('--after <position>', 'wait until everything up to this position is included', position)
    .action((_: unknown, command: Command) => showAnswer<Notices>(terminal, command, '/v1/notices', queryOf(command), noticesText));
  notices
    .command('accept')
    .description('accept a contradiction as it is; it leaves the list until other facts contradict')
    .argument('<notice>')
    .requiredOption('--reason <text>', 'why it may stand')
    .option('--rep <id>', 'the representative who says so')
    .action((noticeId: string, { reason, rep: repId }: { reason: string; rep?: string }, command: Command) =>
      recordFact(terminal, command, `/v1/notices/${encodeURIComponent(noticeId)}/accept`, { reason, repId }, `${noticeId} is accepted`),
    );
}

function noticesText({ items, nextCursor }: Notices): string {
  const rows = items.map(({ kind, leadId, at, says, noticeId }) => [kind, at, leadId, says.en, noticeId]);
  return `${tableText(['kind', 'at', 'lead', 'what', 'id'], rows)}${moreText(nextCursor)}`;
}
