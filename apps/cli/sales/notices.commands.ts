import { Command, Option } from 'commander';
import { NOTICE_KINDS } from '@leadlog/sales';
import { callApi } from '../api-client';
import { position, wholeNumber } from '../arguments';
import { recordFact } from '../leads/record-fact';
import { tableText } from '../tables';
import type { Common, Terminal } from '../terminal';
import { asOf, untilFolded } from '../wait-until-folded';

interface Notices {
  items: { noticeId: string; kind: string; leadId: string; at: string; says: { en: string } }[];
  nextCursor?: string;
  position: string;
}
type Given = Readonly<Record<'kind' | 'lead' | 'cursor' | 'after', string | undefined>> & { limit?: number };

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
    .action(async ({ kind, lead, limit, cursor, after }: Given, command: Command) => {
      const { url, json } = command.optsWithGlobals<Common>();
      if (after !== undefined) await untilFolded(url, after);
      const query = { kind, lead, limit: limit === undefined ? undefined : String(limit), cursor };
      const answer = await callApi<Notices>(url, 'GET', '/v1/notices', { query });
      const rows = answer.items.map(({ kind: what, leadId, at, says, noticeId }) => [what, at, leadId, says.en, noticeId]);
      const more = answer.nextCursor === undefined ? '' : `there are more: --cursor ${answer.nextCursor}\n`;
      terminal.out(json ? `${JSON.stringify(answer)}\n` : `${tableText(['kind', 'at', 'lead', 'what', 'id'], rows)}${more}`);
      if (!json) terminal.err(await asOf(url, answer.position));
    });
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
