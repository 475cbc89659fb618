import { Command, Option } from 'commander';
import { SIDES } from '@leadlog/events';
import { day, position, wholeNumber } from '../arguments';
import { moreText, queryOf, showAnswer } from '../show-answer';
import { tableText } from '../tables';
import type { Terminal } from '../terminal';

interface Page<Item> {
  items: Item[];
  nextCursor?: string;
}
interface Revisit {
  leadId: string;
  revisitOn: string;
  due: boolean;
  repId?: string;
  reason: string;
  tier: string;
  profile: { name?: string; company?: string };
}
interface Question {
  questionId: string;
  leadId: string;
  handoffId: string;
  from: string;
  askedBy: { id: string };
  since: string;
  text: string;
  profile: { name?: string };
}

/** What sales has given back or asked, and waits for: each is one request to the API. */
export function addMarketing(program: Command, terminal: Terminal): void {
  const list = <Item>(command: Command, path: string, text: (items: readonly Item[]) => string): Command =>
    command
      .option('--limit <number>', 'maximum number of results', wholeNumber(1, 500))
      .option('--cursor <cursor>', 'continue from the previous page')
      .option('--after <position>', 'wait until everything up to this position is included', position)
      .action(() =>
        showAnswer<Page<Item>>(
          terminal,
          command,
          path,
          queryOf(command),
          ({ items, nextCursor }) => `${text(items)}${moreText(nextCursor)}`,
        ),
      );

  list<Revisit>(
    program
      .command('revisits')
      .description('list returned leads to look at again, the earliest first')
      .option('--until <day>', 'last day (YYYY-MM-DD); today by default: those that are due', day),
    '/v1/revisits',
    (items) =>
      tableText(
        ['on', 'due', 'lead', 'name', 'company', 'tier', 'returned by', 'because'],
        items.map(({ revisitOn, due, leadId, profile, tier, repId, reason }) => [
          revisitOn,
          due ? 'due' : '',
          leadId,
          profile.name,
          profile.company,
          tier,
          repId,
          reason,
        ]),
      ),
  );
  list<Question>(
    program
      .command('questions')
      .description('list what one side has asked the other and nobody has answered, the oldest first')
      .addOption(new Option('--to <side>', 'who has to answer').choices(SIDES))
      .option('--rep <id>', 'who has the handoff'),
    '/v1/questions',
    (items) =>
      tableText(
        ['since', 'asked by', 'handoff', 'name', 'question', 'id'],
        items.map(({ since, from, askedBy, handoffId, profile, text, questionId }) => [
          since,
          `${from} (${askedBy.id})`,
          handoffId,
          profile.name,
          text,
          questionId,
        ]),
      ),
  );
}
